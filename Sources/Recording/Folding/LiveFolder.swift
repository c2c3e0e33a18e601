/// Folds events as they happen, and notes what is new.
public final class LiveFolder: Folder {
  /// What has happened for the first time.
  public enum News {
    /// A line has run, of the place with this number.
    case line(Int)
    /// A round of a loop has ended that ran other lines than all rounds before: the loop's index,
    /// the number of the round, and the places that ran in it.
    case way(loop: Int, round: Int, places: [Int])
  }

  private var news: [News] = []
  private var hasRun: [Bool] = [true]
  private var told = HashTable()
  /// The place of the line that ran last; 0: none has.
  public private(set) var last = 0

  /// More places of a way are not told.
  private static let mostPlaces = 4096

  /// - Returns: what is new since the last time.
  public func takeNews() -> [News] {
    defer { news.removeAll(keepingCapacity: true) }
    return news
  }

  /// How many lines have run.
  public private(set) var lines = 0
  /// No more ways are told apart.
  public var isFull: Bool { trace.isFull }

  /// The loops, with the ways that their rounds have taken so far.
  public var countedLoops: [FoldedTrace.Loop] { foundLoops }
  /// The loop with this index.
  public func loop(_ index: Int) -> FoldedTrace.Loop { places.loops[index] }
  private var waysOfLoops: [[FoldedTrace.Sequence]] = []

  override func extend(by definitions: Definitions) {
    super.extend(by: definitions)
    hasRun += Array(repeating: false, count: definitions.places.count + 1 - hasRun.count)
  }

  public override func line(_ place: Int) {
    if !hasRun[place] {
      hasRun[place] = true
      news.append(.line(place))
    }
    last = place
    lines += 1
    super.line(place)
  }

  /// Ways that differ by the order of their lines alone are no news.
  override func found(_ way: Way) {
    let loop = Int(way.loop)
    while waysOfLoops.count <= loop { waysOfLoops.append([]) }
    waysOfLoops[loop].append(way.items)
    let places = places(of: way.items)
    var key = ContentHash.mix(ContentHash.start, UInt64(loop))
    for place in places.sorted() { key = ContentHash.mix(key, UInt64(place)) }
    if told.value(key) != nil { return }
    told.set(key, to: 1)
    news.append(.way(loop: loop, round: way.first, places: places))
  }

  /// The places in a sequence and in all that it holds, each once.
  private func places(of sequence: FoldedTrace.Sequence) -> [Int] {
    var found: [Int] = []
    var seen = HashTable()
    var seenNodes = HashTable()
    var work = [sequence]
    while let next = work.popLast(), found.count < Self.mostPlaces {
      for item in trace.items[next.start..<next.start + next.count] {
        if item >= 0 {
          if seen.value(UInt64(item)) == nil { found.append(Int(item)) }
          seen.set(UInt64(item), to: 1)
        } else if seenNodes.value(UInt64(~item) + 1) == nil {
          seenNodes.set(UInt64(~item) + 1, to: 1)
          work += sequences(in: trace.nodes[Int(~item)])
        }
      }
    }
    return found
  }

  private func sequences(in node: FoldedTrace.Node) -> [FoldedTrace.Sequence] {
    if node.kind == .call { return [node.items] }
    return trace.items[node.items.start..<node.items.start + node.items.count].map {
      waysOfLoops[node.number][Int($0)]
    }
  }
}
