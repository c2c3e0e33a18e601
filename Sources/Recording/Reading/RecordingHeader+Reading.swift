extension RecordingHeader {
  /// - Throws: `notARecording`, `laterVersion`, `cut`, `damaged`, `cannotRead`.
  /// - Parameter isFolded: whether it is a folded recording that is wanted.
  init(from source: BlockSource, isFolded: Bool = false) throws(RecordingError) {
    typealias Offset = RecordingFormat.FileOffset
    let block = try source.bytes(at: 0, most: RecordingFormat.blockSize)
    let magic = [UInt8](RecordingFormat.magic)
    guard block.starts(with: magic) else { throw RecordingError(.notARecording) }
    guard block.count >= Offset.fields else { throw RecordingError(.cut) }
    self.init()
    let (version, size) = block.withUnsafeBytes {
      ($0.number32(at: Offset.version), $0.number32(at: Offset.blockSize))
    }
    if version > RecordingFormat.versionOfFolded { throw RecordingError(.laterVersion) }
    if (version == RecordingFormat.versionOfFolded) != isFolded { throw RecordingError(.folded) }
    guard version > 0, size == UInt32(RecordingFormat.blockSize) else {
      throw RecordingError(.damaged, at: Offset.version)
    }
    try block.withBytes { bytes throws(RecordingError) in try read(bytes) }
  }

  private mutating func read(_ block: UnsafeRawBufferPointer) throws(RecordingError) {
    typealias Offset = RecordingFormat.FileOffset
    identity = block.number64(at: Offset.identity)
    process = block.number64(at: Offset.process)
    parent = block.number64(at: Offset.parent)
    wallClock = block.number64(at: Offset.wallClock)
    monotonic = block.number64(at: Offset.monotonic)
    let length = Int(block.number32(at: Offset.length))
    guard length <= RecordingFormat.blockSize - Offset.fields else {
      throw RecordingError(.damaged, at: Offset.length)
    }
    guard length <= block.count - Offset.fields else { throw RecordingError(.cut) }
    let fields = UnsafeRawBufferPointer(
      rebasing: block[Offset.fields..<Offset.fields + length])
    guard Checksum.of(fields) == block.number32(at: Offset.checksum), read(fields: fields) else {
      throw RecordingError(.damaged, at: Offset.fields)
    }
  }

  /// Fields that a later version has are left out.
  private mutating func read(fields bytes: UnsafeRawBufferPointer) -> Bool {
    var cursor = ByteCursor(bytes)
    while let kind = cursor.byte() {
      guard let count = cursor.number(), let value = cursor.take(count) else { return false }
      if let field = HeaderField(rawValue: kind) { fields.append((field, [UInt8](value))) }
    }
    return true
  }
}

extension BlockSource {
  /// - Returns: fewer than `most` at the end alone.
  func bytes(at offset: Int, most: Int) throws(RecordingError) -> [UInt8] {
    let count = max(min(most, size - offset), 0)
    var bytes = [UInt8](repeating: 0, count: count)
    let taken = try bytes.withMutableBytes { buffer throws(RecordingError) in
      try read(buffer, at: offset)
    }
    bytes.removeLast(count - taken)
    return bytes
  }
}
