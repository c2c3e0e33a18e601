/// Any bytes as definitions and events are one error, or lines that are counted and folded.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRecording(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
  check(input)
  guard let mode = input.first, input.count > 2 else { return 0 }
  let split = min(2 + Int(input[1]), input.count)
  let (first, second) = (Array(input[2..<split]), Array(input[split...]))
  switch mode % 8 {
  case 0, 1: check(recording([(.definitions, first), (.events, second)], isClosed: mode % 2 == 0))
  case 2, 3: check(generations(first, second, isClosed: mode % 2 == 0))
  case 4, 5:
    checkFolded(recording([(.definitions, first), (.events, second)], isClosed: mode % 2 == 0, 3))
  case 6: checkFolded(recording([(.definitions, first), (.state, sized(second))], 3))
  default: checkFolded(recording([(.packed, sized(first + second))], 3))
  }
  return 0
}

private func sized(_ content: [UInt8]) -> [UInt8] { BlockSet.bytes(of: content) }

/// The same definitions and events in two generations, or other ones.
private func generations(_ definitions: [UInt8], _ events: [UInt8], isClosed: Bool) -> [UInt8] {
  let half = events.count / 2
  return recording(
    [
      (.definitions, definitions), (.events, Array(events[..<half])), (.definitions, definitions),
      (.events, Array(events[half...])),
    ], isClosed: isClosed, 2)
}

private func checkFolded(_ bytes: [UInt8]) {
  do throws(RecordingError) {
    let found = try FoldedRecording(MemorySource(bytes))
    demand(found.state.count < 1 << 26, "a state's size")
  } catch {
    demand(error.description.allSatisfy { $0 >= 0x20 && $0 < 0x7F }, "an error's text")
  }
}

private func check(_ bytes: [UInt8]) {
  do throws(RecordingError) {
    let reader = try RecordingReader(MemorySource(bytes))
    let (folder, counter) = (Folder(reader.definitions), LineCounter(reader.definitions))
    let isWhole = play(reader, to: folder) && play(reader, to: counter)
    check(folder.finished(), counter, isWhole)
  } catch {
    demand(error.description.allSatisfy { $0 >= 0x20 && $0 < 0x7F }, "an error's text")
  }
}

private func play(_ reader: RecordingReader, to receiver: EventReceiver) -> Bool {
  do throws(RecordingError) {
    try reader.play(to: receiver)
    return true
  } catch {
    return false
  }
}

private func check(_ trace: FoldedTrace, _ counter: LineCounter, _ isWhole: Bool) {
  if isWhole { demand(trace.lines == counter.lines, "as many lines") }
  demand(counter.counts.reduce(0) { $0 + $1.count } == counter.lines, "the counts' sum")
  for loop in trace.loops {
    demand(
      loop.ways.reduce(loop.otherRounds) { $0 + $1.count } == loop.rounds, "a loop's rounds")
    demand(loop.ways.allSatisfy { $0.first <= loop.rounds && $0.first > 0 }, "a first round")
  }
  let sequences =
    trace.nodes.map(\.items) + trace.threads.map(\.items)
    + trace.loops.flatMap { $0.ways.map(\.items) }
  for sequence in sequences {
    for item in trace.items[sequence.start..<sequence.start + sequence.count] where item < 0 {
      demand(Int(~item) < trace.nodes.count, "a node")
    }
  }
}

private func demand(_ holds: Bool, _ what: StaticString) {
  if !holds { fatalError("\(what)") }
}

/// A header and blocks. Two of definitions belong to two generations.
private func recording(
  _ blocks: [(kind: BlockKind, payload: [UInt8])], isClosed: Bool = true, _ version: Int = 1
) -> [UInt8] {
  let size = RecordingFormat.blockSize
  var bytes = [UInt8](repeating: 0, count: (1 + blocks.count) * size)
  var header = RecordingHeader()
  header.identity = 1
  if version == 2 { header.limits.size = 1 << 20 }
  if version == 3 { header.libraries = [] }
  bytes.withUnsafeMutableBytes { all in
    guard let start = all.baseAddress else { return }
    header.write(to: start)
    for (place, (kind, payload)) in blocks.enumerated() {
      var owner = BlockOwner(identity: 1)
      if place > 1 { (owner.generation, owner.firstPlace) = (1, 3) }
      let memory = start + (place + 1) * size
      let order = kind == .events && place > 1 ? 1 : 0
      var block = OpenBlock(kind, in: memory, of: owner, order: UInt64(order), time: 5)
      payload.withUnsafeBytes { block.append($0) }
      if isClosed { block.close() }
    }
  }
  return bytes
}
