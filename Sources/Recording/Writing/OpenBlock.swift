/// What a block belongs to.
struct BlockOwner {
  /// Of the recording.
  var identity: UInt64
  var generation: UInt32 = 0
  /// The number before that of the generation's first place.
  var firstPlace: UInt32 = 0
}

/// A block that is being written.
struct OpenBlock {
  let memory: UnsafeMutableRawPointer
  /// What has been written ends here.
  var next: UnsafeMutablePointer<UInt8>

  /// The first byte of the payload, behind the block's header.
  private var start: UnsafeMutablePointer<UInt8> {
    (memory + RecordingFormat.blockHeaderSize).assumingMemoryBound(to: UInt8.self)
  }

  /// The end of the payload's room. The payload may end before it.
  var end: UnsafeMutablePointer<UInt8> { start + RecordingFormat.payloadSize }
  /// What is free, in bytes.
  var free: Int { end - next }

  /// - Parameters:
  ///   - memory: a block of zeros.
  ///   - order: the number of its first segment, or of its first byte among the definitions.
  ///   - time: of the monotonic clock, in nanoseconds.
  init(
    _ kind: BlockKind, in memory: UnsafeMutableRawPointer, of owner: BlockOwner, order: UInt64,
    time: UInt64, thread: UInt32 = 0
  ) {
    typealias Offset = RecordingFormat.BlockOffset
    self.memory = memory
    next = (memory + RecordingFormat.blockHeaderSize).assumingMemoryBound(to: UInt8.self)
    memory.store(UInt32(kind.rawValue), at: Offset.kind)
    memory.store(owner.identity, at: Offset.identity)
    memory.store(order, at: Offset.order)
    memory.store(time, at: Offset.time)
    memory.store(thread, at: Offset.thread)
    memory.store(owner.generation, at: Offset.generation)
    memory.store(owner.firstPlace, at: Offset.firstPlace)
    // Last: a block without it is none yet.
    memory.store(RecordingFormat.blockMagic, at: Offset.magic)
  }

  /// Nothing more is written to it.
  func close(lines: UInt32 = 0) {
    typealias Offset = RecordingFormat.BlockOffset
    let payload = UnsafeRawBufferPointer(start: start, count: next - start)
    memory.store(lines, at: Offset.lines)
    memory.store(Checksum.of(payload), at: Offset.checksum)
    memory.store(UInt32(payload.count), at: Offset.length)
  }

  /// Appends bytes of which the first is stored last.
  /// - Parameter bytes: one at least; no more than are free.
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    for index in stride(from: bytes.count - 1, through: 0, by: -1) { next[index] = bytes[index] }
    next += bytes.count
  }

  /// Appends bytes of which none counts until the block is closed.
  mutating func copy(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    UnsafeMutableRawPointer(next).copyMemory(from: start, byteCount: bytes.count)
    next += bytes.count
  }

  /// Appends as many bytes as there is room for, and leaves the others.
  mutating func take(_ bytes: inout UnsafeRawBufferPointer) {
    let piece = UnsafeRawBufferPointer(rebasing: bytes.prefix(free))
    append(piece)
    bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(piece.count))
  }
}
