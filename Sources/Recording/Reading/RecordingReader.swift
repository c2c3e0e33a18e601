/// Reads a recording, whatever may be in the file: what comes of it is one error, or events.
///
/// The memory that it takes is that of the definitions, of the blocks' headers, and of the few
/// blocks that were open at the same time.
public final class RecordingReader {
  /// What the recording says of its process.
  public let header: RecordingHeader
  /// What the numbers in events stand for.
  public let definitions: Definitions
  private let source: BlockSource
  private let events: [BlockInfo]
  /// Empty where the blocks belong to one generation.
  private let numbers: [Generations.Numbers]

  /// More blocks that were open at the same time are not read.
  static let mostOpen = 256

  /// - Throws: what is wrong with the header or the definitions.
  public init(_ source: BlockSource) throws(RecordingError) {
    self.source = source
    header = try RecordingHeader(from: source)
    let index = try BlockIndex(source, identity: header.identity)
    events = index.events
    if index.isOfOneGeneration {
      (definitions, numbers) = (try Definitions(source, index.definitions), [])
    } else {
      let generations = try Generations(source, index)
      (definitions, numbers) = (generations.all, generations.numbers)
    }
  }

  /// How many lines the closed blocks have, and whether that is all.
  public var linesOfClosedBlocks: (lines: Int, isAll: Bool) {
    (events.reduce(0) { $0 + $1.lines }, events.allSatisfy { $0.isClosed })
  }

  /// How many blocks of events there are.
  public var blockCount: Int { events.count }

  /// The first block from which on at least so many lines follow.
  public func block(with lines: Int) -> Int {
    var (index, left) = (events.count, lines)
    while index > 0, left > 0 {
      index -= 1
      if events[index].isClosed { left -= events[index].lines }
    }
    return index
  }

  /// Tells all events to the receiver.
  /// - Parameter first: the block to begin with.
  /// - Throws: `damaged`, `tooMuch`, `cannotRead`, once all before was told.
  public func play(to receiver: EventReceiver, from first: Int = 0) throws(RecordingError) {
    var (next, open) = (first, [Open]())
    while !receiver.isDone {
      try openBlocks(&next, &open)
      guard let index = open.indices.min(by: { open[$0].segment < open[$1].segment }) else {
        return
      }
      switch open[index].decode(to: receiver) {
      case .segment(let segment):
        guard segment > open[index].segment else { throw damage(open[index]) }
        open[index].segment = segment
      case .end: open.remove(at: index)
      case .damage(let offset): throw RecordingError(.damaged, at: offset)
      }
    }
  }

  private func limits(of block: BlockInfo) -> EventDecoder.Limits {
    let numbers = numbers(of: block)
    return EventDecoder.Limits(
      places: numbers.map { $0.places.count - 1 } ?? definitions.places.count,
      codes: numbers.map { $0.codes.count - 1 } ?? definitions.codes.count,
      labels: numbers.map { $0.labels.count - 1 } ?? definitions.labelCount,
      firstPlace: block.firstPlace)
  }

  private func numbers(of block: BlockInfo) -> Generations.Numbers? {
    numbers.first { $0.generation == block.generation }
  }

  private struct Open {
    var decoder: EventDecoder
    var segment: UInt64
    let offset: Int
    let numbers: Generations.Numbers?

    mutating func decode(to receiver: EventReceiver) -> EventDecoder.Stop {
      guard let numbers else { return decoder.decode(to: receiver) }
      return decoder.decode(to: GenerationReceiver(numbers, to: receiver))
    }
  }

  private func damage(_ block: Open) -> RecordingError {
    RecordingError(.damaged, at: block.offset)
  }

  /// Opens the blocks that begin before any that is open goes on.
  /// - Throws: `tooMuch`, `cannotRead`.
  private func openBlocks(_ next: inout Int, _ open: inout [Open]) throws(RecordingError) {
    var soonest = open.map { $0.segment }.min() ?? .max
    while next < events.count, open.isEmpty || events[next].order < soonest {
      let block = events[next]
      if open.count >= Self.mostOpen { throw RecordingError(.tooMuch, at: block.offset) }
      let decoder = EventDecoder(block, try source.payload(of: block), limits(of: block))
      open.append(
        Open(
          decoder: decoder, segment: block.order, offset: block.offset,
          numbers: numbers(of: block)))
      soonest = min(soonest, block.order)
      next += 1
    }
  }
}
