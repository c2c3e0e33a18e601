/// How much a recording keeps.
public struct KeptLimits: Sendable {
  /// The most bytes that the file has; 0: there is no such limit.
  public var size: UInt64 = 0
  /// Events that are older are given up, in nanoseconds; 0: there is no such limit.
  public var age: UInt64 = 0

  /// Everything is kept.
  public init() {}

  var isBounded: Bool { size > 0 || age > 0 }
  /// How many blocks the file may have. A generation needs some of them.
  var blocks: Int {
    size == 0 ? .max : max(Int(clamping: size) / RecordingFormat.blockSize, KeptBlocks.fewest)
  }
}

/// Which blocks a file has, and where the next one is written.
///
/// Events refer to definitions, which would be kept for good if nothing were done. The blocks of a
/// bounded recording therefore belong to generations, each of which defines what its events refer
/// to. The blocks of a generation go with its last events.
struct KeptBlocks {
  private struct Block {
    let offset: Int
    let generation: UInt32
    let isEvents: Bool
    /// When it was opened.
    let time: UInt64
  }

  let limits: KeptLimits
  private(set) var generation: UInt32 = 0
  /// The file's length, in blocks.
  private(set) var count = 1
  /// Of a bounded recording, in the order in which they were opened.
  private var kept: [Block] = []
  private var free: [Int] = []
  /// The blocks of this generation, those that were given up among them.
  private var opened = 0
  private var begun: UInt64 = 0

  /// A file of fewer blocks would have no room for definitions.
  static let fewest = 16

  init(_ limits: KeptLimits) { self.limits = limits }

  /// Half of the file belongs to one generation, so that the one before is kept meanwhile.
  private var quota: Int { limits.blocks == .max ? .max : (limits.blocks - 1) / 2 }

  /// How many bytes of sources a generation has room for.
  var roomForSources: Int { quota == .max ? .max : quota / 4 * RecordingFormat.payloadSize }

  /// Whether the next generation should begin.
  func isFull(at time: UInt64) -> Bool {
    opened >= quota || limits.age > 0 && time &- begun > limits.age
  }

  mutating func beginGeneration(at time: UInt64) {
    generation &+= 1
    (opened, begun) = (0, time)
  }

  /// Where the next block is written; nil: there is no room.
  /// - Parameter isEvents: no block of events may take another's place while one is written.
  mutating func take(isEvents: Bool, at time: UInt64) -> Int? {
    guard limits.isBounded else { return free.popLast() ?? takeAtEnd() }
    if begun == 0 { begun = time }
    guard let offset = freeOffset() else { return nil }
    kept.append(
      Block(offset: offset, generation: generation, isEvents: isEvents, time: time))
    opened += 1
    return offset
  }

  mutating func takeAtEnd() -> Int {
    count += 1
    return (count - 1) * RecordingFormat.blockSize
  }

  /// What is in these blocks is in others by now.
  mutating func giveBack(_ offsets: [Int]) { free += offsets }

  private mutating func freeOffset() -> Int? {
    if let last = free.popLast() { return last }
    if count < limits.blocks { return takeAtEnd() }
    guard let index = kept.firstIndex(where: isLost) else { return nil }
    return kept.remove(at: index).offset
  }

  /// Whether it goes next: the oldest events, or definitions that no event refers to. The block
  /// of events that was opened last may be open.
  private func isLost(_ block: Block) -> Bool {
    if block.isEvents { return block.offset != newestEvents }
    return block.generation != generation && !hasEvents(block.generation)
  }

  private var newestEvents: Int { kept.last { $0.isEvents }?.offset ?? -1 }

  private func hasEvents(_ generation: UInt32) -> Bool {
    kept.contains { $0.isEvents && $0.generation == generation }
  }

  /// Gives up what is too old.
  /// - Returns: the offsets of the blocks, which are to be emptied.
  mutating func giveUp(at time: UInt64) -> [Int] {
    guard limits.age > 0, time > limits.age else { return [] }
    let oldest = time - limits.age
    var lost: [Int] = []
    // A block ends as the next one begins.
    while let first = kept.firstIndex(where: { $0.isEvents }),
      let next = kept[(first + 1)...].first(where: { $0.isEvents }), next.time < oldest
    {
      lost.append(kept.remove(at: first).offset)
    }
    while let block = kept.first, !block.isEvents, isLost(block) {
      lost.append(kept.removeFirst().offset)
    }
    free += lost
    return lost
  }
}
