/// Folds the events of a recording as they come.
///
/// Per thread there is a stack of levels: a call, or the round of a loop within one. Each has
/// the items that came since it began, and a running hash of them. As a round ends its hash
/// says whether its way is known; if so the items are dropped. Likewise as a call ends.
public class Folder: EventReceiver {
  private struct Level {
    /// The loop; -1: it is a call.
    let loop: Int32
    /// The code object of a call, or its function where calls are not recorded.
    let number: Int32
    /// The index of the level's first item in the thread's items.
    let start: Int
    var hash = ContentHash.start
    /// The sum of the hashes of the ways that were taken since the loop began.
    var ways: UInt64 = 0
    /// The number of the loop's execution, from 1 on.
    var execution = 0
    /// The index in `taken` of the first way that was taken since the loop began.
    var taken = 0
  }

  private struct Thread {
    var levels: [Level]
    var items: [Int32] = []
    var taken: [Int32] = []
    var lines = 0
    /// Calls that are too deep to be told apart.
    var tooDeep = 0
  }

  private(set) var trace = FoldedTrace()
  private var places: FoldedPlaces
  private var hasCalls: Bool
  private var threads: [(number: UInt32, state: Thread)] = []
  private var current = -1
  private var state = Thread(levels: [])
  private var known = HashTable()

  /// More ways of a loop are not told apart.
  static let mostWays = 1024
  /// More items are not kept, in all.
  static let mostItems = 8 << 20
  private static let deepest = 1 << 16
  /// More courses of calls are not told apart.
  static let mostNodes = 1 << 20
  /// How far back a call is looked for that is the same.
  private static let mostSiblings = 32
  /// How far up the stack a function is looked for that a line may have come back to.
  private static let mostSearched = 256

  /// For each place, from 0 on, whether it only defines or imports something.
  public var definitionPlaces: [Bool] { places.definitions }

  /// Prepares to fold the events of a recording that has these definitions. The sources in them are
  /// scanned for loops.
  public init(_ definitions: Definitions) {
    places = FoldedPlaces(definitions)
    hasCalls = !definitions.codes.isEmpty
    super.init()
    trace.loops = places.loops
  }

  /// Takes what has been defined since the last time.
  func extend(by definitions: Definitions) {
    places.extend(by: definitions)
    trace.loops += places.loops[trace.loops.count...]
    if !definitions.codes.isEmpty { hasCalls = true }
  }

  /// A round has ended whose way is new.
  func foundWay(_ way: Int, of loop: Int) {}

  // MARK: threads

  public override func begin(thread: UInt32, time: UInt64) {
    if current >= 0, threads[current].number == thread { return }
    keep()
    current = threads.firstIndex { $0.number == thread } ?? -1
    if current < 0 {
      threads.append((thread, Thread(levels: [Level(loop: -1, number: 0, start: 0)])))
      current = threads.count - 1
    }
    swap(&state, &threads[current].state)
  }

  private func keep() {
    if current >= 0 { swap(&state, &threads[current].state) }
  }

  /// All that has been told, folded.
  public func finished() -> FoldedTrace {
    keep()
    current = -1
    for index in threads.indices {
      swap(&state, &threads[index].state)
      endThread(threads[index].number)
    }
    threads = []
    return trace
  }

  private func endThread(_ number: UInt32) {
    while state.levels.count > 1 { endTop(isUnwound: false) }
    trace.threads.append(
      FoldedTrace.Thread(number: number, items: store(from: 0), lines: state.lines))
    trace.lines += state.lines
  }

  // MARK: lines

  public override func line(_ place: Int) {
    let known = places.places.withUnsafeBufferPointer { $0[place] }
    state.lines += 1
    if !hasCalls { inferCall(known.function) }
    if state.levels[state.levels.count - 1].loop >= 0 { leaveLoops(to: known) }
    if known.header >= 0 { takeHeader(known.header) }
    append(Int32(truncatingIfNeeded: place), UInt64(place))
  }

  @inline(__always)
  private func append(_ item: Int32, _ content: UInt64) {
    let top = state.levels.count - 1
    if trace.isFull || state.items.count >= Self.mostItems {
      trace.isFull = true
    } else {
      state.items.append(item)
    }
    state.levels[top].hash = ContentHash.mix(state.levels[top].hash, content)
  }

  private func leaveLoops(to place: FoldedPlaces.Place) {
    while let top = state.levels.last, top.loop >= 0 {
      let loop = trace.loops[Int(top.loop)]
      if loop.file == Int(place.file), loop.first <= place.line, place.line <= loop.last { return }
      endLoop()
    }
  }

  /// The next round begins, or the loop does.
  private func takeHeader(_ loop: Int32) {
    let top = state.levels.count - 1
    if state.levels[top].loop == loop { return endRound() }
    guard top < Self.deepest else { return }
    trace.loops[Int(loop)].executions += 1
    var level = Level(loop: loop, number: 0, start: state.items.count)
    level.execution = trace.loops[Int(loop)].executions
    level.taken = state.taken.count
    state.levels.append(level)
  }

  private func endRound() {
    let top = state.levels.count - 1
    let level = state.levels[top]
    let loop = Int(level.loop)
    trace.loops[loop].rounds += 1
    let way = way(of: loop, level)
    if way < 0 {
      trace.loops[loop].otherRounds += 1
    } else if trace.loops[loop].ways[way].execution != level.execution {
      trace.loops[loop].ways[way].execution = level.execution
      take(Int32(way), level)
    }
    state.items.removeLast(state.items.count - level.start)
    state.levels[top].hash = ContentHash.start
  }

  /// Notes that the execution took a way. It is looked up first: in a recursion another execution
  /// of the loop may have come between.
  private func take(_ way: Int32, _ level: Level) {
    if state.taken[level.taken...].contains(way) { return }
    state.taken.append(way)
    state.levels[state.levels.count - 1].ways &+= level.hash
  }

  /// Counts the way of the round that has ended.
  /// - Returns: -1: there are too many.
  private func way(of loop: Int, _ level: Level) -> Int {
    let key = ContentHash.mix(level.hash, UInt64(loop) &+ 0x1_0000_0000)
    if let way = known.value(key) {
      trace.loops[loop].ways[Int(way)].count += 1
      return Int(way)
    }
    let count = trace.loops[loop].ways.count
    if count >= Self.mostWays || trace.isFull { return -1 }
    let items = store(from: level.start)
    trace.loops[loop].ways.append(
      FoldedTrace.Way(
        items: items, count: 1, first: trace.loops[loop].rounds, execution: 0, hash: level.hash))
    known.set(key, to: Int32(count))
    foundWay(count, of: loop)
    return count
  }

  /// What comes last is a look whether there is another round, and none of its own, unless
  /// other lines than the header have run in it. The calls that it made come after the loop.
  private func endLoop() {
    let calls = callsOfLastLook()
    if calls == nil { endRound() }
    let level = state.levels.removeLast()
    state.items.removeLast(state.items.count - level.start)
    let hash = ContentHash.mix(ContentHash.mix(level.ways, UInt64(level.loop)), 2)
    let ways = known.value(hash) == nil ? store(state.taken[level.taken...]) : .empty
    state.taken.removeLast(state.taken.count - level.taken)
    appendNode(hash, .loop, Int(level.loop), ways, isUnwound: false)
    for item in calls ?? [] where !isRepeated(item) {
      append(item, UInt64(bitPattern: Int64(item)))
    }
  }

  /// The calls that the last look at a loop's header made; nil if it was a round.
  private func callsOfLastLook() -> [Int32]? {
    let start = state.levels[state.levels.count - 1].start
    guard start < state.items.count else { return trace.isFull ? nil : [] }
    let calls = state.items[(start + 1)...]
    return calls.allSatisfy { $0 < 0 } ? Array(calls) : nil
  }

  // MARK: calls

  public override func call(_ code: Int) { begin(Int32(truncatingIfNeeded: code)) }
  public override func resume(_ code: Int, activation: UInt64) {
    begin(Int32(truncatingIfNeeded: code))
  }
  public override func `return`() { end(isUnwound: false) }
  public override func yield(activation: UInt64) { end(isUnwound: false) }
  public override func unwind() { end(isUnwound: true) }

  private func begin(_ number: Int32) {
    if state.levels.count >= Self.deepest {
      state.tooDeep += 1
    } else {
      state.levels.append(Level(loop: -1, number: number, start: state.items.count))
    }
  }

  /// A call that began before the recording did is not known.
  private func end(isUnwound: Bool) {
    if state.tooDeep > 0 {
      state.tooDeep -= 1
      return
    }
    while state.levels[state.levels.count - 1].loop >= 0 { endLoop() }
    if state.levels.count > 1 { endTop(isUnwound: isUnwound) }
  }

  private func endTop(isUnwound: Bool) {
    if state.levels[state.levels.count - 1].loop >= 0 { return endLoop() }
    let level = state.levels.removeLast()
    let hash = ContentHash.mix(
      ContentHash.mix(level.hash, UInt64(level.number)), isUnwound ? 4 : 3)
    let items = known.value(hash) == nil ? store(from: level.start) : .empty
    state.items.removeLast(state.items.count - level.start)
    appendNode(hash, .call, Int(level.number), items, isUnwound: isUnwound)
  }

  private func appendNode(
    _ hash: UInt64, _ kind: FoldedTrace.Node.Kind, _ number: Int, _ items: FoldedTrace.Sequence,
    isUnwound: Bool
  ) {
    let node = known.value(hash) ?? Int32(min(trace.nodes.count, Self.mostNodes))
    if Int(node) == trace.nodes.count {
      let isLast = Int(node) == Self.mostNodes
      trace.nodes.append(
        isLast
          ? FoldedTrace.Node(kind: .other, number: 0, items: .empty, count: 0, isUnwound: false)
          : FoldedTrace.Node(
            kind: kind, number: number, items: items, count: 0, isUnwound: isUnwound))
      if isLast { trace.isFull = true } else { known.set(hash, to: node) }
    }
    trace.nodes[Int(node)].count += 1
    if !isRepeated(~node) { append(~node, hash) }
  }

  /// Whether the line that runs has made the same call before.
  private func isRepeated(_ item: Int32) -> Bool {
    let start = state.levels[state.levels.count - 1].start
    var (index, left) = (state.items.count - 1, Self.mostSiblings)
    while index >= start, left > 0, state.items[index] < 0 {
      if state.items[index] == item { return true }
      (index, left) = (index - 1, left - 1)
    }
    return false
  }

  /// Which calls lie between two lines, where the recording does not have them: a line of a
  /// function that is on the stack has come back to it.
  private func inferCall(_ function: Int32) {
    var (index, left, callee) = (state.levels.count - 1, Self.mostSearched, state.levels.count)
    while index > 0, left > 0 {
      if state.levels[index].loop < 0 {
        if state.levels[index].number == function {
          while state.levels.count > callee { endTop(isUnwound: false) }
          return
        }
        callee = index
      }
      (index, left) = (index - 1, left - 1)
    }
    begin(function)
  }

  private func store(from start: Int) -> FoldedTrace.Sequence { store(state.items[start...]) }

  private func store(_ items: ArraySlice<Int32>) -> FoldedTrace.Sequence {
    if trace.items.count + items.count > Self.mostItems {
      trace.isFull = true
      return .empty
    }
    let sequence = FoldedTrace.Sequence(start: trace.items.count, count: items.count)
    trace.items += items
    return sequence
  }
}
