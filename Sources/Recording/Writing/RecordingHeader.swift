/// What a recording says of its process.
public struct RecordingHeader {
  /// Differs between any two recordings; each block has it.
  public var identity: UInt64 = 0
  /// The pid of the process.
  public var process: UInt64 = 0
  /// The pid of the process's parent.
  public var parent: UInt64 = 0
  /// In nanoseconds since 1970, as the recording began.
  public var wallClock: UInt64 = 0
  /// The monotonic clock at that moment, in nanoseconds.
  public var monotonic: UInt64 = 0
  /// Further texts about the run, such as its command line. One that does not fit into the block is
  /// left out.
  public var fields: [(field: HeaderField, bytes: [UInt8])] = []
  /// How much of what ran the file keeps.
  public var limits = KeptLimits()
  /// The folders whose sources a folded recording does not keep to its end; nil: the recording is
  /// none.
  public var libraries: [[UInt8]]?

  /// A header of zeros without fields, to be filled in.
  public init() {}

  /// The first block of a file. Fields that do not fit are left out.
  func write(to memory: UnsafeMutableRawPointer) {
    typealias Offset = RecordingFormat.FileOffset
    let fields = encodedFields()
    memory.store(version, at: Offset.version)
    memory.store(UInt32(RecordingFormat.blockSize), at: Offset.blockSize)
    memory.store(identity, at: Offset.identity)
    memory.store(process, at: Offset.process)
    memory.store(parent, at: Offset.parent)
    memory.store(wallClock, at: Offset.wallClock)
    memory.store(monotonic, at: Offset.monotonic)
    memory.store(UInt32(fields.count), at: Offset.length)
    fields.withUnsafeBytes {
      memory.store(Checksum.of($0), at: Offset.checksum)
      if let start = $0.baseAddress {
        (memory + Offset.fields).copyMemory(from: start, byteCount: $0.count)
      }
    }
    // Last: without it the file is no recording yet.
    memory.copyMemory(
      from: RecordingFormat.magic.utf8Start, byteCount: RecordingFormat.magicSize)
  }

  private var version: UInt32 {
    if libraries != nil { return RecordingFormat.versionOfFolded }
    return limits.isBounded ? RecordingFormat.version : RecordingFormat.versionOfAll
  }

  private func encodedFields() -> [UInt8] {
    var encoded: [UInt8] = []
    for (field, bytes) in fields {
      let room = RecordingFormat.blockSize - RecordingFormat.FileOffset.fields - encoded.count
      guard bytes.count + 1 + Varint.mostBytes <= room else { continue }
      encoded.append(field.rawValue)
      Varint.append(UInt64(bytes.count), to: &encoded)
      encoded += bytes
    }
    return encoded
  }
}
