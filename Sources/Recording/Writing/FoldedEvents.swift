/// What a recording that is folded has of its events, once a block of them is full.
final class FoldedEvents {
  private let definitions = Definitions()
  private let folder: CountingFolder
  private let start: UInt64
  private let libraries: [[UInt8]]
  /// The number of the next segment.
  private var segment: UInt64 = 0
  /// Where the blocks of events are that are folded, but not in a state that was written.
  private(set) var foldedBlocks: [Int] = []
  /// Where the state is that was written last, and how many bytes it has.
  private var (stateBlocks, stateSize) = ([Int](), 0)
  /// The number of that state.
  private var generation: UInt32 = 0

  /// While a state is large, it is written the less often.
  private static let mostRewritten = 4
  /// More is not packed, in bytes: it would take seconds.
  private static let mostPacked = 32 << 20

  /// - Parameters:
  ///   - start: when the recording began.
  ///   - libraries: where the sources lie that are not kept to the end.
  init(since start: UInt64, without libraries: [[UInt8]]) {
    (self.start, self.libraries) = (start, libraries)
    folder = CountingFolder(definitions, at: start)
  }

  /// Takes a definition that was written.
  func define(_ record: [UInt8]) { _ = definitions.extend(by: record[...]) }

  /// Folds a block that is closed.
  /// - Parameter offset: where it is in the file.
  func fold(_ block: UnsafeMutableRawPointer, at offset: Int, time: UInt64) {
    foldedBlocks.append(offset)
    folder.extend(by: definitions)
    let header = UnsafeRawBufferPointer(start: block, count: RecordingFormat.blockHeaderSize)
    let length = Int(header.number32(at: RecordingFormat.BlockOffset.length))
    let payload = UnsafeRawBufferPointer(
      start: block + RecordingFormat.blockHeaderSize, count: length)
    let info = BlockInfo(
      kind: .events, offset: offset, order: segment, time: time,
      thread: header.number32(at: RecordingFormat.BlockOffset.thread), lines: 0, length: length,
      checksum: 0, generation: 0, firstPlace: 0)
    segment = folder.fold(info, [UInt8](payload), definitions) ?? segment + 1
  }

  /// Whether the state is to be written, so that the blocks of events can be used again.
  var isDue: Bool {
    !foldedBlocks.isEmpty
      && foldedBlocks.count * RecordingFormat.blockSize >= Self.mostRewritten * stateSize
  }

  /// The state, to be written to other blocks than the one before.
  func nextState() -> (bytes: [UInt8], generation: UInt32) {
    let bytes = folder.encoded(upTo: segment, since: start, isFinal: false)
    stateSize = bytes.count
    generation += 1
    return (BlockSet.bytes(of: bytes), generation)
  }

  /// The state has been written.
  /// - Returns: the blocks that are not needed any more.
  func didWrite(to blocks: [Int]) -> [Int] {
    defer { (stateBlocks, foldedBlocks) = (blocks, []) }
    return stateBlocks + foldedBlocks
  }

  /// All that there is, and nothing more will be; nil: it is too much to be packed.
  func packed() -> [UInt8]? {
    let texts = keptDefinitions()
    folder.extend(by: definitions)
    _ = folder.finished()
    let state = folder.encoded(upTo: segment, since: start, isFinal: true)
    if texts.count + state.count > Self.mostPacked { return nil }
    var packed = NumberWriter()
    for text in [texts, state] {
      packed.number(text.count)
      packed.text(Packer.pack(text))
    }
    return BlockSet.bytes(of: packed.bytes)
  }

  /// The number of the next set of blocks.
  func nextGeneration() -> UInt32 {
    generation += 1
    return generation
  }

  /// The definitions without the sources of libraries: the lines that ran have their texts.
  private func keptDefinitions() -> [UInt8] {
    var kept: [UInt8] = []
    definitions.bytes.withUnsafeBytes { all in
      var (cursor, start) = (ByteCursor(all), 0)
      while let kind = cursor.byte(), let count = cursor.number(), let body = cursor.take(count) {
        if kind != DefinitionKind.source.rawValue || !isOfLibrary(body) {
          kept += all[start..<cursor.position]
        }
        start = cursor.position
      }
    }
    return kept
  }

  private func isOfLibrary(_ source: UnsafeRawBufferPointer) -> Bool {
    var body = ByteCursor(source)
    guard let file = body.number(upTo: definitions.fileCount), file > 0 else { return false }
    let path = definitions.path(ofFile: file)
    return libraries.contains { path.starts(with: $0) }
  }
}

/// Bytes in several blocks: whether all of them are there is known by their number, which comes
/// first.
enum BlockSet {
  static let headSize = 8

  static func bytes(of content: [UInt8]) -> [UInt8] {
    var head = NumberWriter()
    head.hash(UInt64(content.count))
    return head.bytes + content
  }

  /// How many blocks they take.
  static func blocks(of bytes: [UInt8]) -> Int {
    (bytes.count + RecordingFormat.payloadSize - 1) / RecordingFormat.payloadSize
  }
}

extension CountingFolder {
  /// Folds a block of events.
  /// - Returns: the number of the segment that comes after it; nil: it is damaged.
  func fold(_ block: BlockInfo, _ bytes: [UInt8], _ definitions: Definitions) -> UInt64? {
    let limits = EventDecoder.Limits(
      places: definitions.places.count, codes: definitions.codes.count,
      labels: definitions.labelCount, firstPlace: 0)
    var (decoder, next) = (EventDecoder(block, bytes, limits), block.order + 1)
    while true {
      switch decoder.decode(to: self) {
      case .segment(let segment):
        guard segment == next else { return nil }
        next += 1
      case .end: return next
      case .damage: return nil
      }
    }
  }
}
