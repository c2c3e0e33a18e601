/// A block, as its header has it.
struct BlockInfo {
  let kind: BlockKind
  /// Of the block, in the file.
  let offset: Int
  /// The number of its first segment, or of its first byte among the definitions.
  let order: UInt64
  /// When it was opened, in nanoseconds of the monotonic clock.
  let time: UInt64
  let thread: UInt32
  /// How many lines it has, if it is closed.
  let lines: Int
  /// How many bytes are in it at the most.
  let length: Int
  /// What the sum of its bytes is; nil: it was never closed, or the file was cut.
  let checksum: UInt32?
  let generation: UInt32
  /// The number before that of the generation's first place.
  let firstPlace: UInt32

  var isClosed: Bool { checksum != nil }

  /// Whether it was begun before the other one.
  static func < (left: BlockInfo, right: BlockInfo) -> Bool {
    (left.generation, left.order) < (right.generation, right.order)
  }
}

/// All blocks of a recording, in their order.
struct BlockIndex {
  private(set) var events: [BlockInfo] = []
  private(set) var definitions: [BlockInfo] = []
  /// Of a folded recording, in the order in which they lie in the file.
  private(set) var states: [BlockInfo] = []

  /// - Throws: `damaged`, `cannotRead`.
  init(_ source: BlockSource, identity: UInt64) throws(RecordingError) {
    var offset = RecordingFormat.blockSize
    while offset + RecordingFormat.blockHeaderSize <= source.size {
      if let block = try Self.block(source, at: offset, identity) {
        switch block.kind {
        case .events: events.append(block)
        case .definitions: definitions.append(block)
        case .state, .packed: states.append(block)
        }
      }
      offset += RecordingFormat.blockSize
    }
    Self.sort(&events)
    Self.sort(&definitions)
  }

  /// Whether each number means the same in all blocks. Definitions that no event refers to may be
  /// incomplete.
  var isOfOneGeneration: Bool {
    guard let generation = (events.first ?? definitions.first)?.generation else { return true }
    return events.allSatisfy { $0.generation == generation }
      && definitions.allSatisfy { $0.generation == generation }
  }

  /// The block at an offset; nil if it was not begun when the process was killed.
  static func block(_ source: BlockSource, at offset: Int, _ identity: UInt64)
    throws(RecordingError) -> BlockInfo?
  {
    typealias Offset = RecordingFormat.BlockOffset
    let bytes = try source.bytes(at: offset, most: RecordingFormat.blockHeaderSize)
    if bytes.count < RecordingFormat.blockHeaderSize { return nil }
    return try bytes.withBytes { header throws(RecordingError) -> BlockInfo? in
      let magic = header.number32(at: Offset.magic)
      if magic == 0 { return nil }
      guard magic == RecordingFormat.blockMagic,
        header.number64(at: Offset.identity) == identity,
        let kind = BlockKind(rawValue: header[Offset.kind])
      else { throw RecordingError(.damaged, at: offset) }
      let length = Int(header.number32(at: Offset.length))
      guard length <= RecordingFormat.payloadSize else {
        throw RecordingError(.damaged, at: offset + Offset.length)
      }
      let room = min(
        source.size - offset - RecordingFormat.blockHeaderSize, RecordingFormat.payloadSize)
      let isWhole = length > 0 && length <= room
      return BlockInfo(
        kind: kind, offset: offset, order: header.number64(at: Offset.order),
        time: header.number64(at: Offset.time), thread: header.number32(at: Offset.thread),
        lines: Int(header.number32(at: Offset.lines)),
        length: length > 0 ? min(length, room) : room,
        checksum: isWhole ? header.number32(at: Offset.checksum) : nil,
        generation: header.number32(at: Offset.generation),
        firstPlace: header.number32(at: Offset.firstPlace))
    }
  }

  /// Most often they are in order already.
  private static func sort(_ blocks: inout [BlockInfo]) {
    for index in blocks.indices.dropFirst() where blocks[index] < blocks[index - 1] {
      blocks.sort { $0 < $1 }
      return
    }
  }
}

extension BlockSource {
  /// What is in a block; nothing, if another block has taken its place meanwhile.
  /// - Throws: `damaged` if it is not what was closed, `cannotRead`.
  func payload(of block: BlockInfo) throws(RecordingError) -> [UInt8] {
    let start = block.offset + RecordingFormat.blockHeaderSize
    let bytes = try bytes(at: start, most: block.length)
    if try !isThere(block) { return [] }
    if let checksum = block.checksum {
      guard bytes.count == block.length, bytes.withUnsafeBytes({ Checksum.of($0) }) == checksum
      else { throw RecordingError(.damaged, at: block.offset) }
    }
    return bytes
  }

  /// A block's header is the first of it that another block writes.
  private func isThere(_ block: BlockInfo) throws(RecordingError) -> Bool {
    typealias Offset = RecordingFormat.BlockOffset
    let header = try bytes(at: block.offset, most: RecordingFormat.blockHeaderSize)
    return header.withUnsafeBytes {
      $0.count < RecordingFormat.blockHeaderSize
        || $0.number32(at: Offset.magic) == RecordingFormat.blockMagic
          && $0.number64(at: Offset.order) == block.order
          && $0.number32(at: Offset.generation) == block.generation
    }
  }
}
