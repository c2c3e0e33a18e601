/// Any bytes as definitions and events are one error, or lines that are counted and folded.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRecording(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = [UInt8](UnsafeBufferPointer(start: start, count: count))
  check(input)
  guard let mode = input.first, input.count > 2 else { return 0 }
  let split = min(2 + Int(input[1]), input.count)
  check(recording(Array(input[2..<split]), Array(input[split...]), isClosed: mode % 2 == 0))
  return 0
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

/// A header, a block of definitions and one of events.
private func recording(_ definitions: [UInt8], _ events: [UInt8], isClosed: Bool) -> [UInt8] {
  let size = RecordingFormat.blockSize
  var bytes = [UInt8](repeating: 0, count: 3 * size)
  var header = RecordingHeader()
  header.identity = 1
  bytes.withUnsafeMutableBytes { all in
    guard let start = all.baseAddress else { return }
    header.write(to: start)
    let blocks = [(BlockKind.definitions, definitions), (.events, events)]
    for (place, (kind, payload)) in blocks.enumerated() {
      let memory = start + (place + 1) * size
      var block = OpenBlock(kind, in: memory, of: BlockOwner(identity: 1), order: 0, time: 5)
      payload.withUnsafeBytes { block.append($0) }
      if isClosed { block.close() }
    }
  }
  return bytes
}
