import Testing

@testable import Recording

@Suite struct RoundTripTests {
  /// A file with as many places as asked for.
  private func places(_ count: Int, in written: Written) throws {
    let file = try written.writer.defineFile(Array("a.py".utf8), at: Array("/d/a.py".utf8))
    for line in 0..<count {
      let text = Array("x = \(line)".utf8)
      _ = try written.writer.definePlace(UInt64(line + 1), of: file, text: text)
    }
  }

  @Test("what was written is read, each event of its kind")
  func everyKind() throws {
    let written = try Written()
    let writer = written.writer
    try places(3, in: written)
    let code = try writer.defineCode(Array("f".utf8), firstLine: 1, of: 1)
    let label = try writer.defineLabel(Array("{w} ".utf8))
    try writer.defineThread(9, name: Array("worker".utf8))
    try writer.call(code)
    try writer.record(1)
    try writer.record(3)
    try writer.raise()
    try writer.caught()
    try writer.yield(activation: 300)
    try writer.resume(code, activation: 300)
    try writer.label(label)
    try writer.return()
    try writer.unwind()
    try writer.fork(child: 77)
    try writer.switchThread(to: 9)
    try writer.stamp()
    try withText("# said\n") { try writer.text($0) }
    try withText("x = 3") { try writer.note($0, at: 2, indentation: nil) }
    try withText("=> f()") { try writer.note($0, at: 2, indentation: 4) }
    try writer.finish(status: 3)
    writer.close()
    #expect(
      try written.log.entries == [
        "thread 0 @2", "call 1", "line 1", "line 3", "raise", "caught", "yield 300",
        "resume 1 300", "label 1", "return", "unwind", "fork 77 @3", "thread 9 @4", "time @5",
        "text # said\n", "note 2 -1 x = 3", "note 2 4 => f()", "finish 3 @6",
      ])
  }

  @Test("definitions are read, and what the header says")
  func definitions() throws {
    let written = try Written()
    try places(2, in: written)
    try written.writer.defineSource(Array("x = 0\nx = 1\n".utf8), of: 1)
    _ = try written.writer.definePlace(9, of: 1, text: nil)
    let reader = try RecordingReader(MemorySource(written.bytes))
    let all = reader.definitions
    #expect(all.places.map(\.line) == [1, 2, 9])
    #expect(all.places.map { all.text(of: $0)?.text } == ["x = 0", "x = 1", nil])
    #expect(all.name(ofFile: 1).text == "a.py" && all.path(ofFile: 1).text == "/d/a.py")
    #expect(all.source(ofFile: 1)?.text == "x = 0\nx = 1\n")
    #expect(reader.header.process == 42 && reader.header.parent == 41)
    #expect(reader.header.fields.map { $0.bytes.text } == ["there", "a b"])
  }

  @Test(
    "lines near and far, over several blocks",
    arguments: [1, 2, 63, 64, 65, 4_200, 8_300, 20_000])
  func distances(step: Int) throws {
    let written = try Written()
    try places(20_001, in: written)
    var (place, expected) = (1, [String]())
    for index in 0..<150_000 {
      place = (place - 1 + step * (index % 3 == 0 ? 2 : 1)) % 20_001 + 1
      if !written.writer.window.pointee.record(UInt32(place)) {
        try written.writer.record(UInt32(place))
      }
      expected.append("line \(place)")
    }
    #expect(try written.log.events == expected)
    written.writer.close()
    #expect(try written.log.events == expected)
    #expect(written.writer.lines == 150_000)
  }

  @Test("a text and a definition longer than a block are read whole")
  func longTexts() throws {
    let written = try Written()
    let long = String(repeating: "0123456789abcdef", count: 20_000)
    try places(2, in: written)
    try written.writer.defineSource(Array(long.utf8), of: 1)
    _ = try written.writer.definePlace(3, of: 1, text: Array("last".utf8))
    try written.writer.record(2)
    try withText(long) { try written.writer.note($0, at: 2, indentation: 1) }
    try written.writer.record(3)
    for _ in 0..<2 {
      let reader = try RecordingReader(MemorySource(written.bytes))
      #expect(reader.definitions.source(ofFile: 1)?.text == long)
      #expect(try written.log.events == ["line 2", "note 2 1 \(long)", "line 3"])
      written.writer.close()
    }
  }

  @Test("after each event the file has it, without a call to close it")
  func atOnce() throws {
    let written = try Written()
    try places(300, in: written)
    var expected: [String] = []
    for index in 0..<300 {
      let place = UInt32(index * 7 % 300 + 1)
      try written.writer.record(place)
      expected.append("line \(place)")
      if index % 50 == 0 { #expect(try written.log.events == expected) }
    }
    #expect(try written.log.events == expected)
  }

  @Test("the blocks from which on there are so many lines")
  func lastBlocks() throws {
    let written = try Written()
    try places(2, in: written)
    for index in 0..<200_000 { try written.writer.record(UInt32(index % 2 + 1)) }
    written.writer.close()
    let reader = try RecordingReader(MemorySource(written.bytes))
    #expect(reader.linesOfClosedBlocks.lines == 200_000)
    let log = Log()
    try reader.play(to: log, from: reader.block(with: 40))
    #expect(log.events.count < 70_000 && log.events.count >= 40)
    #expect(log.events.last == "line 2")
  }

  @Test("a line that is near costs one byte")
  func size() throws {
    let written = try Written()
    try places(40, in: written)
    for index in 0..<1_000_000 { try written.writer.record(UInt32(index % 40 + 1)) }
    written.writer.close()
    #expect(written.bytes.count < 1_000_000 + 4 * RecordingFormat.blockSize)
  }

  @Test("a line as it is printed is a line for who does not print, a note is none")
  func spelled() throws {
    let written = try Written()
    try places(3, in: written)
    try written.writer.record(1)
    try withText("+ 0.1 x\n") { try written.writer.spelled($0, at: 2, isNote: false) }
    try withText("+ 0.2 # x = 3\n") { try written.writer.spelled($0, at: 3, isNote: true) }
    #expect(try written.log.events == ["line 1", "line 2"])
    #expect(written.writer.lines == 2)
  }

  @Test("what came after a mark is taken back, unless it is too much or in another block")
  func takenBack() throws {
    let written = try Written()
    try places(3, in: written)
    let writer = written.writer
    try writer.record(1)
    writer.mark()
    try writer.record(2)
    try writer.record(3)
    writer.takeBack(upTo: 2)
    #expect(try written.log.events == ["line 1"] && writer.lines == 1)
    try writer.record(3)
    writer.takeBack(upTo: 2)
    writer.mark()
    try writer.record(1)
    try writer.record(2)
    writer.takeBack(upTo: 1)
    let expected = ["line 1", "line 3", "line 1", "line 2"]
    #expect(try written.log.events == expected)
    writer.mark()
    for _ in 0..<RecordingFormat.payloadSize { try writer.record(2) }
    writer.takeBack(upTo: .max)
    #expect(try written.log.events.count == expected.count + RecordingFormat.payloadSize)
  }
}
