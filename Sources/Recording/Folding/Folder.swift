/// Folds the events of a recording as they come.
///
/// Per thread there is a stack of levels: a call, or the round of a loop within one. Each has
/// the items that came since it began, and a running hash of them. As a round ends its hash
/// says whether its way is known; if so the items are dropped. Likewise as a call ends.
public class Folder: EventReceiver {
  /// What is known for good; how often each of it was met is in `loops`, `ways` and `nodes`.
  var trace = FoldedTrace()
  var places: FoldedPlaces
  var loops = Stack<Loop>()
  var ways = Stack<Way>()
  var nodes = Stack<Node>()
  var threads = Stack<UnsafeMutablePointer<Thread>>(capacity: 4)
  /// The thread that runs.
  private var state: UnsafeMutablePointer<Thread>
  /// The indices of ways and nodes.
  var known = HashTable()
  private var hasCalls: Bool

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
    // Of no thread: each one begins before its events.
    state = .allocate(capacity: 1)
    state.initialize(to: Thread(0))
    super.init()
    addLoops()
  }

  deinit {
    for thread in threads.view where thread != state { Self.free(thread) }
    Self.free(state)
    threads.free()
    loops.free()
    ways.free()
    nodes.free()
    places.free()
  }

  private static func free(_ thread: UnsafeMutablePointer<Thread>) {
    thread.pointee.free()
    thread.deallocate()
  }

  private func addLoops() {
    for loop in places.loops[loops.count...] {
      loops.append(Loop(file: Int32(loop.file), first: loop.first, last: loop.last))
    }
  }

  /// Takes what has been defined since the last time.
  func extend(by definitions: Definitions) {
    places.extend(by: definitions)
    addLoops()
    if !definitions.codes.isEmpty { hasCalls = true }
  }

  /// A round has ended whose way is new.
  func found(_ way: Way) {}

  // MARK: threads

  public override func begin(thread: UInt32, time: UInt64) {
    if threads.count > 0, state.pointee.number == thread { return }
    if let known = threads.view.first(where: { $0.pointee.number == thread }) {
      return state = known
    }
    add(Thread(thread))
  }

  /// The thread runs from here on.
  func add(_ thread: Thread) {
    if threads.count == 0 { Self.free(state) }
    state = .allocate(capacity: 1)
    state.initialize(to: thread)
    threads.append(state)
  }

  /// All that has been told, folded.
  public func finished() -> FoldedTrace {
    for thread in threads.view {
      state = thread
      while state.pointee.levels.count > 1 { endTop(isUnwound: false) }
      trace.threads.append(
        FoldedTrace.Thread(
          number: state.pointee.number, items: store(from: 0), lines: state.pointee.lines))
      trace.lines += state.pointee.lines
    }
    trace.loops = foundLoops
    for index in trace.nodes.indices { trace.nodes[index].count = nodes[index].count }
    return trace
  }

  /// The loops, with the ways that their rounds have taken so far.
  final var foundLoops: [FoldedTrace.Loop] {
    var found = places.loops
    for index in found.indices {
      (found[index].rounds, found[index].executions, found[index].otherRounds) = (
        loops[index].rounds, loops[index].executions, loops[index].others
      )
    }
    for way in ways.view {
      found[Int(way.loop)].ways.append(
        FoldedTrace.Way(items: way.items, count: way.count, first: way.first))
    }
    return found
  }

  // MARK: lines

  public override func line(_ place: Int) {
    let known = places.places[place]
    state.pointee.lines += 1
    if !hasCalls, known.function != state.pointee.function { inferCall(known.function) }
    let loop = state.pointee.levels.top.pointee.loop
    if loop >= 0, !loops[Int(loop)].has(known) { leaveLoops(to: known) }
    if known.header >= 0 { takeHeader(known.header) }
    append(Int32(truncatingIfNeeded: place), UInt64(place))
  }

  @inline(__always)
  private func append(_ item: Int32, _ content: UInt64) {
    if trace.isFull || state.pointee.items.count >= Self.mostItems {
      trace.isFull = true
    } else {
      state.pointee.items.append(item)
    }
    let top = state.pointee.levels.top
    top.pointee.hash = ContentHash.mix(top.pointee.hash, content)
  }

  @inline(never)
  private func leaveLoops(to place: FoldedPlaces.Place) {
    while true {
      let loop = state.pointee.levels.top.pointee.loop
      if loop < 0 || loops[Int(loop)].has(place) { return }
      endLoop()
    }
  }

  /// The next round begins, or the loop does.
  @inline(__always)
  private func takeHeader(_ loop: Int32) {
    if state.pointee.levels.top.pointee.loop == loop { endRound() } else { beginLoop(loop) }
  }

  private func beginLoop(_ loop: Int32) {
    guard state.pointee.levels.count <= Self.deepest else { return }
    loops[Int(loop)].executions += 1
    var level = Level(loop: loop, number: 0, start: state.pointee.items.count)
    level.execution = loops[Int(loop)].executions
    level.taken = state.pointee.taken.count
    state.pointee.levels.append(level)
  }

  private func endRound() {
    let top = state.pointee.levels.top
    let loop = loops.start + Int(top.pointee.loop)
    loop.pointee.rounds += 1
    let way = way(of: loop, top)
    if way < 0 {
      loop.pointee.others += 1
    } else if ways[way].execution != top.pointee.execution {
      ways[way].execution = top.pointee.execution
      take(ways[way].number, top)
    }
    state.pointee.items.cut(to: top.pointee.start)
    top.pointee.hash = ContentHash.start
  }

  /// Notes that the execution took a way. It is looked up first: in a recursion another execution
  /// of the loop may have come between.
  private func take(_ way: Int32, _ level: UnsafeMutablePointer<Level>) {
    if state.pointee.taken.view[level.pointee.taken...].contains(way) { return }
    state.pointee.taken.append(way)
    level.pointee.ways &+= level.pointee.hash
  }

  /// Counts the way of the round that has ended.
  /// - Returns: -1: there are too many.
  @inline(__always)
  private func way(of loop: UnsafeMutablePointer<Loop>, _ level: UnsafeMutablePointer<Level>) -> Int
  {
    let key = Self.key(level.pointee.hash, level.pointee.loop)
    if let way = known.value(key) {
      ways[Int(way)].count += 1
      return Int(way)
    }
    return newWay(of: loop, level.pointee, key)
  }

  static func key(_ way: UInt64, _ loop: Int32) -> UInt64 {
    ContentHash.mix(way, UInt64(loop) &+ 0x1_0000_0000)
  }

  private func newWay(of loop: UnsafeMutablePointer<Loop>, _ level: Level, _ key: UInt64) -> Int {
    if loop.pointee.ways >= Int32(Self.mostWays) || trace.isFull { return -1 }
    let way = Way(
      loop: level.loop, number: loop.pointee.ways, items: store(from: level.start),
      first: loop.pointee.rounds, hash: level.hash, count: 1)
    loop.pointee.ways += 1
    known.set(key, to: Int32(ways.count))
    ways.append(way)
    found(way)
    return ways.count - 1
  }

  /// What comes last is a look whether there is another round, and none of its own, unless
  /// other lines than the header have run in it. The calls that it made come after the loop.
  private func endLoop() {
    let calls = callsOfLastLook()
    if calls == nil { endRound() }
    let level = state.pointee.levels.top.pointee
    state.pointee.levels.cut(to: state.pointee.levels.count - 1)
    state.pointee.items.cut(to: level.start)
    let hash = ContentHash.mix(ContentHash.mix(level.ways, UInt64(level.loop)), 2)
    let ways = known.value(hash) == nil ? store(state.pointee.taken, from: level.taken) : .empty
    state.pointee.taken.cut(to: level.taken)
    appendNode(hash, .loop, Int(level.loop), ways, isUnwound: false)
    for item in calls ?? [] where !isRepeated(item) {
      append(item, UInt64(bitPattern: Int64(item)))
    }
  }

  /// The calls that the last look at a loop's header made; nil if it was a round.
  private func callsOfLastLook() -> [Int32]? {
    let (items, start) = (state.pointee.items.view, state.pointee.levels.top.pointee.start)
    guard start < items.count else { return trace.isFull ? nil : [] }
    let calls = items[(start + 1)...]
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
    if state.pointee.levels.count >= Self.deepest {
      state.pointee.tooDeep += 1
    } else {
      var level = Level(loop: -1, number: number, start: state.pointee.items.count)
      level.caller = state.pointee.function
      state.pointee.levels.append(level)
      state.pointee.function = number
    }
  }

  /// A call that began before the recording did is not known.
  private func end(isUnwound: Bool) {
    if state.pointee.tooDeep > 0 {
      state.pointee.tooDeep -= 1
      return
    }
    while state.pointee.levels.top.pointee.loop >= 0 { endLoop() }
    if state.pointee.levels.count > 1 { endTop(isUnwound: isUnwound) }
  }

  private func endTop(isUnwound: Bool) {
    let level = state.pointee.levels.top.pointee
    if level.loop >= 0 { return endLoop() }
    state.pointee.levels.cut(to: state.pointee.levels.count - 1)
    state.pointee.function = level.caller
    let hash = ContentHash.mix(
      ContentHash.mix(level.hash, UInt64(level.number)), isUnwound ? 4 : 3)
    let items = known.value(hash) == nil ? store(from: level.start) : .empty
    state.pointee.items.cut(to: level.start)
    appendNode(hash, .call, Int(level.number), items, isUnwound: isUnwound)
  }

  private func appendNode(
    _ hash: UInt64, _ kind: FoldedTrace.Node.Kind, _ number: Int, _ items: FoldedTrace.Sequence,
    isUnwound: Bool
  ) {
    let node = known.value(hash) ?? Int32(min(nodes.count, Self.mostNodes))
    if Int(node) == nodes.count {
      let isLast = Int(node) == Self.mostNodes
      nodes.append(Node(hash: hash))
      trace.nodes.append(
        isLast
          ? FoldedTrace.Node(kind: .other, number: 0, items: .empty, count: 0, isUnwound: false)
          : FoldedTrace.Node(
            kind: kind, number: number, items: items, count: 0, isUnwound: isUnwound))
      if isLast { trace.isFull = true } else { known.set(hash, to: node) }
    }
    nodes[Int(node)].count += 1
    if !isRepeated(~node) { append(~node, hash) }
  }

  /// Whether the line that runs has made the same call before.
  private func isRepeated(_ item: Int32) -> Bool {
    let (items, start) = (state.pointee.items, state.pointee.levels.top.pointee.start)
    var (index, left) = (items.count - 1, Self.mostSiblings)
    while index >= start, left > 0, items[index] < 0 {
      if items[index] == item { return true }
      (index, left) = (index - 1, left - 1)
    }
    return false
  }

  /// Which calls lie between two lines, where the recording does not have them: a line of a
  /// function that is on the stack has come back to it.
  private func inferCall(_ function: Int32) {
    let levels = state.pointee.levels
    var (index, left, callee) = (levels.count - 1, Self.mostSearched, levels.count)
    while index > 0, left > 0 {
      if levels[index].loop < 0 {
        if levels[index].number == function {
          while state.pointee.levels.count > callee { endTop(isUnwound: false) }
          return
        }
        callee = index
      }
      (index, left) = (index - 1, left - 1)
    }
    begin(function)
  }

  private func store(from start: Int) -> FoldedTrace.Sequence {
    store(state.pointee.items, from: start)
  }

  private func store(_ items: Stack<Int32>, from start: Int) -> FoldedTrace.Sequence {
    let items = items.view[start...]
    if trace.items.count + items.count > Self.mostItems {
      trace.isFull = true
      return .empty
    }
    let sequence = FoldedTrace.Sequence(start: trace.items.count, count: items.count)
    trace.items += items
    return sequence
  }
}
