/// Goes on with what was folded before.
extension CountingFolder {
  /// Takes a state that is not final. Nothing was folded yet.
  /// - Returns: the number of the first segment that is not in it; nil: it makes no sense, or the
  ///   loops of the sources are others.
  func restore(_ bytes: [UInt8], since start: UInt64) -> UInt64? {
    bytes.withUnsafeBytes { bytes -> UInt64? in
      var state = NumberReader(bytes)
      trace.isFull = state.number(upTo: 1) == 1
      let segment = state.number()
      now = start &+ UInt64(state.number())
      let ended = state.number(upTo: 257)
      end = ended == 0 ? nil : ended - 1
      restoreLoops(from: &state)
      restoreWays(from: &state)
      restoreNodes(from: &state)
      restoreItems(from: &state)
      for _ in 0..<state.count() { _ = state.number() }
      restoreCounts(from: &state, since: start)
      restoreRecent(from: &state)
      for _ in 0..<state.count() { texts.append((state.number(), state.text())) }
      for _ in 0..<min(state.count(), 1 << 14) where !state.isDamaged {
        restoreThread(from: &state)
      }
      return state.isDamaged || !areInPlace ? nil : UInt64(segment)
    }
  }

  private func restoreLoops(from state: inout NumberReader) {
    let count = state.number(upTo: loops.count)
    for index in 0..<count {
      let known = places.loops[index]
      let told = (state.number(), state.number(), state.number(), state.number())
      guard
        told == (known.file, known.header, known.header - known.first, known.last - known.first)
      else { return state.damage() }
      loops[index].rounds = state.number()
      loops[index].executions = state.number()
      loops[index].others = state.number()
    }
  }

  private func restoreWays(from state: inout NumberReader) {
    var end = 0
    for _ in 0..<state.count() {
      if state.isDamaged { return }
      let loop = Int32(state.number(upTo: loops.count - 1))
      if state.isDamaged { return }
      let items = sequence(from: &state, &end)
      let (count, first, hash) = (state.number(), state.number(), state.hash())
      var way = Way(
        loop: loop, number: loops[Int(loop)].ways, items: items, first: first, hash: hash,
        count: count)
      way.execution = state.number()
      known.set(Self.key(hash, loop), to: Int32(ways.count))
      loops[Int(loop)].ways += 1
      ways.append(way)
    }
  }

  private func sequence(from state: inout NumberReader, _ end: inout Int) -> FoldedTrace.Sequence {
    let start = state.signed(from: end, upTo: Self.mostItems)
    let count = state.number(upTo: Self.mostItems)
    end = start + count
    return FoldedTrace.Sequence(start: start, count: count)
  }

  private func restoreNodes(from state: inout NumberReader) {
    var end = 0
    for index in 0..<min(state.count(), Self.mostNodes + 1) {
      if state.isDamaged { return }
      let kind = state.number(upTo: 5)
      let number = state.number(upTo: kind / 2 == 1 ? loops.count - 1 : Int(Int32.max))
      trace.nodes.append(
        FoldedTrace.Node(
          kind: kind / 2 == 0 ? .call : kind / 2 == 1 ? .loop : .other, number: number,
          items: sequence(from: &state, &end), count: 0, isUnwound: kind % 2 == 1))
      let count = state.number()
      nodes.append(Node(hash: state.hash(), count: count))
      if kind / 2 < 2 { known.set(nodes[index].hash, to: Int32(index)) }
    }
  }

  private func item(
    from state: inout NumberReader, _ place: inout Int, _ node: inout Int
  ) -> Int32 {
    let number = state.number()
    let difference = number >> 2 ^ -(number >> 1 & 1)
    let next = (number & 1 == 0 ? place : node) &+ difference
    if number & 1 == 0 {
      guard next > 0, next < places.places.count else { return state.damagedItem() }
      place = next
      return Int32(next)
    }
    guard next >= 0, next < nodes.count else { return state.damagedItem() }
    node = next
    return ~Int32(next)
  }

  private func restoreItems(from state: inout NumberReader) {
    var (place, node) = (0, 0)
    for _ in 0..<min(state.count(), Self.mostItems) where !state.isDamaged {
      trace.items.append(itemOrWay(from: &state, &place, &node))
    }
  }

  /// The items of a loop are numbers of ways, from 0 on, which are stored as places are.
  private func itemOrWay(
    from state: inout NumberReader, _ place: inout Int, _ node: inout Int
  ) -> Int32 {
    let number = state.number()
    let next = (number & 1 == 0 ? place : node) &+ (number >> 2 ^ -(number >> 1 & 1))
    let most = number & 1 == 0 ? max(places.places.count, Self.mostWays) : nodes.count
    guard next >= 0, next < most else { return state.damagedItem() }
    if number & 1 == 0 { place = next } else { node = next }
    return number & 1 == 0 ? Int32(next) : ~Int32(next)
  }

  private func restoreCounts(from state: inout NumberReader, since start: UInt64) {
    let count = state.number(upTo: counts.count)
    for place in 0..<count {
      counts[place].count = state.number()
      if counts[place].count == 0 { continue }
      counts[place].first = start &+ UInt64(state.number()) &* 1000
      counts[place].last = counts[place].first &+ UInt64(state.number()) &* 1000
      lines &+= counts[place].count
    }
  }

  private func restoreRecent(from state: inout NumberReader) {
    let kept = state.number(upTo: Self.mostRecent)
    if kept > lines { return state.damage() }
    var place = 0
    for line in lines - kept..<lines {
      place = state.signed(from: place, upTo: places.places.count - 1)
      recent[line & (Self.mostRecent - 1)] = Int32(place)
    }
  }

  private func restoreThread(from state: inout NumberReader) {
    var thread = Thread(UInt32(state.number(upTo: Int(UInt32.max))))
    thread.levels.cut(to: 0)
    (thread.lines, thread.tooDeep) = (state.number(), state.number())
    thread.function = Int32(state.number(upTo: Int(Int32.max)))
    var (place, node) = (0, 0)
    for _ in 0..<state.count() { thread.items.append(item(from: &state, &place, &node)) }
    for _ in 0..<state.count() { thread.taken.append(Int32(state.number(upTo: Self.mostWays))) }
    for _ in 0..<state.count() where !state.isDamaged { restoreLevel(from: &state, to: &thread) }
    if thread.levels.count == 0 || thread.levels[0].loop >= 0 { state.damage() }
    add(thread)
  }

  private func restoreLevel(from state: inout NumberReader, to thread: inout Thread) {
    let loop = Int32(state.number(upTo: loops.count)) - 1
    let number = Int32(state.number(upTo: Int(Int32.max)))
    var level = Level(loop: loop, number: number, start: 0)
    level.start = state.number(upTo: thread.items.count)
    (level.hash, level.ways) = (state.hash(), state.hash())
    level.execution = state.number()
    level.taken = state.number(upTo: thread.taken.count)
    level.caller = Int32(state.number(upTo: Int(Int32.max)))
    if thread.levels.count > 0, thread.levels.top.pointee.start > level.start { state.damage() }
    if thread.levels.count > 0, thread.levels.top.pointee.taken > level.taken { state.damage() }
    thread.levels.append(level)
  }

  /// Whether all stretches are among the items.
  private var areInPlace: Bool {
    ways.view.allSatisfy { $0.items.start + $0.items.count <= trace.items.count }
      && trace.nodes.allSatisfy { $0.items.start + $0.items.count <= trace.items.count }
  }
}

extension NumberReader {
  fileprivate mutating func damagedItem() -> Int32 {
    damage()
    return 0
  }
}
