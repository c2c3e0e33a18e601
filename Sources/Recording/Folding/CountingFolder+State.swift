/// What has been folded, as bytes.
extension CountingFolder {
  /// - Parameters:
  ///   - segment: the number of the first one that is not in it.
  ///   - start: when the recording began.
  ///   - isFinal: nothing more will be folded. `finished` was called.
  func encoded(upTo segment: UInt64, since start: UInt64, isFinal: Bool) -> [UInt8] {
    var state = NumberWriter()
    state.number(trace.isFull ? 1 : 0)
    state.number(Int(truncatingIfNeeded: segment))
    state.number(Int(truncatingIfNeeded: now &- start))
    state.number(end.map { $0 + 1 } ?? 0)
    encodeLoops(to: &state)
    encodeWays(to: &state, isFinal)
    encodeNodes(to: &state, isFinal)
    trace.items.withUnsafeBufferPointer { encode($0, to: &state) }
    encodeDefinitions(to: &state)
    encodeCounts(to: &state, since: start)
    encodeRecent(to: &state)
    state.number(texts.count)
    for text in texts {
      state.number(text.lines)
      state.text(text.bytes)
    }
    if isFinal { encodeThreads(to: &state) } else { encodeLevels(to: &state) }
    return state.bytes
  }

  private func encodeLoops(to state: inout NumberWriter) {
    state.number(loops.count)
    for (index, loop) in loops.view.enumerated() {
      state.number(Int(loop.file))
      state.number(places.loops[index].header)
      state.number(places.loops[index].header - loop.first)
      state.number(loop.last - loop.first)
      state.number(loop.rounds)
      state.number(loop.executions)
      state.number(loop.others)
    }
  }

  private func encodeWays(to state: inout NumberWriter, _ isFinal: Bool) {
    state.number(ways.count)
    var end = 0
    for way in ways.view {
      state.number(Int(way.loop))
      encode(way.items, &end, to: &state)
      state.number(way.count)
      state.number(way.first)
      if !isFinal {
        state.hash(way.hash)
        state.number(way.execution)
      }
    }
  }

  private func encode(
    _ sequence: FoldedTrace.Sequence, _ end: inout Int, to state: inout NumberWriter
  ) {
    state.signed(sequence.start - end)
    state.number(sequence.count)
    end = sequence.start + sequence.count
  }

  private func encodeNodes(to state: inout NumberWriter, _ isFinal: Bool) {
    state.number(nodes.count)
    var end = 0
    for (index, node) in trace.nodes.enumerated() {
      let kind = node.kind == .call ? 0 : node.kind == .loop ? 1 : 2
      state.number(kind * 2 + (node.isUnwound ? 1 : 0))
      state.number(node.number)
      encode(node.items, &end, to: &state)
      state.number(nodes[index].count)
      if !isFinal { state.hash(nodes[index].hash) }
    }
  }

  /// Each place as the difference from the one before it, and likewise each node.
  private func encode(_ items: UnsafeBufferPointer<Int32>, to state: inout NumberWriter) {
    state.number(items.count)
    var (place, node) = (0, 0)
    for item in items {
      let number = Int(item >= 0 ? item : ~item)
      let difference = number - (item >= 0 ? place : node)
      state.number((difference << 1 ^ difference >> 63) << 1 | (item >= 0 ? 0 : 1))
      if item >= 0 { place = number } else { node = number }
    }
  }

  private func encodeDefinitions(to state: inout NumberWriter) {
    let defining = places.definitions.indices.filter { places.definitions[$0] }
    state.number(defining.count)
    var previous = 0
    for place in defining {
      state.number(place - previous)
      previous = place
    }
  }

  /// Times are in microseconds.
  private func encodeCounts(to state: inout NumberWriter, since start: UInt64) {
    state.number(counts.count)
    for count in counts.view {
      state.number(count.count)
      if count.count == 0 { continue }
      state.number(Int(truncatingIfNeeded: (count.first &- start) / 1000))
      state.number(Int(truncatingIfNeeded: (count.last &- count.first) / 1000))
    }
  }

  private func encodeRecent(to state: inout NumberWriter) {
    let kept = min(lines, Self.mostRecent)
    state.number(kept)
    var previous = 0
    for line in lines - kept..<lines {
      let place = Int(recent[line & (Self.mostRecent - 1)])
      state.signed(place - previous)
      previous = place
    }
  }

  private func encodeThreads(to state: inout NumberWriter) {
    state.number(trace.threads.count)
    var end = 0
    for thread in trace.threads {
      state.number(Int(thread.number))
      state.number(thread.lines)
      encode(thread.items, &end, to: &state)
    }
  }

  private func encodeLevels(to state: inout NumberWriter) {
    state.number(threads.count)
    for thread in threads.view.map({ $0.pointee }) {
      state.number(Int(thread.number))
      state.number(thread.lines)
      state.number(thread.tooDeep)
      state.number(Int(thread.function))
      encode(UnsafeBufferPointer(thread.items.view), to: &state)
      state.number(thread.taken.count)
      for way in thread.taken.view { state.number(Int(way)) }
      state.number(thread.levels.count)
      for level in thread.levels.view { encode(level, to: &state) }
    }
  }

  private func encode(_ level: Level, to state: inout NumberWriter) {
    state.number(Int(level.loop) + 1)
    state.number(Int(level.number))
    state.number(level.start)
    state.hash(level.hash)
    state.hash(level.ways)
    state.number(level.execution)
    state.number(level.taken)
    state.number(Int(level.caller))
  }
}
