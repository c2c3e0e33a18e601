import Testing

@testable import TraceCore

private func rendered(
  _ source: Bytes?, _ format: LineFormat = .numbered, named name: Bytes = "f.py"
)
  -> RenderedLines
{
  RenderedLines(
    of: RenderedLines.Source(source.map { SourceText($0) }, name: name), as: LineStyle(format))
}

@Suite struct RenderedLinesTests {
  @Test(
    "a line is printed in the file's format",
    arguments: [
      (.line, "+   b\n"), (.numbered, "+ [     2]   b\n"),
      (.located, "+ [                            f.py:2     ]   b\n"),
    ] as [(LineFormat, Bytes)])
  func formats(format: LineFormat, expected: Bytes) {
    #expect(rendered("a\n  b  \n", format).bytes(2) == expected)
  }

  @Test("a line stays where it is, however many are rendered after it")
  func stays() {
    let lines = rendered(Bytes(repeatElement("x = 1\n" as Bytes, count: 5000).joined()))
    let first = lines.line(1)
    for number in 1...5000 { _ = lines.line(number) }
    #expect(first.bytes == "+ [     1] x = 1\n")
    #expect(lines.line(1).header == first.header)
  }

  @Test("every line of a long file is its own, across the pieces of memory")
  func everyLine() {
    let source = (1...3000).map { "line(\($0))" }
    let lines = rendered(Bytes(source.joined(separator: "\n").utf8), .line)
    for number in (1...3000).reversed() { _ = lines.line(number) }
    let printed = (1...3000).flatMap { lines.bytes($0) }
    #expect(printed == Bytes(source.map { "+ \($0)\n" }.joined().utf8))
  }

  @Test("a line that ran is at hand by its number; one that did not is not")
  func atHand() {
    let lines = rendered("a\nb\nc\n")
    #expect(lines.lines.count == 4)
    _ = lines.line(2)
    #expect(lines.lines.map { $0 != nil } == [false, false, true, false])
  }

  @Test(
    "a number the text does not have is printed as a place",
    arguments: [
      (0, "+ [     0] <no source>\n"), (-1, "+ [    -1] <no source>\n"),
      (3, "+ [     3] <no source>\n"), (Int.max, "+ [9223372036854775807] <no source>\n"),
      (Int.min, "+ [-9223372036854775808] <no source>\n"),
    ] as [(Int, Bytes)])
  func outside(number: Int, expected: Bytes) {
    #expect(rendered("a\nb\n").bytes(number) == expected)
  }

  @Test("without a text every line is a place", arguments: [0, 1, 2, Int.max])
  func noText(number: Int) {
    #expect(rendered(nil, .line).bytes(number) == "+ <no source>\n")
  }

  @Test("made-up numbers leave the text's lines as they are")
  func madeUp() {
    let lines = rendered("a\n")
    let first = lines.line(1)
    for number in [0, 2, Int.max, -5] { _ = lines.line(number) }
    #expect(first.bytes == "+ [     1] a\n")
    #expect(lines.lines[0] == nil)
  }

  @Test("made-up numbers do not fill the memory")
  func bounded() async {
    await #expect(processExitsWith: .success) {
      let lines = RenderedLines(
        of: RenderedLines.Source(nil, name: "made-up.py"), as: LineStyle(.located))
      for number in 0..<1000 { _ = lines.line(number) }
      let before = try memoryInUse()
      for number in 0..<30_000 { _ = lines.line(number) }
      #expect(try memoryInUse() - before < 1 << 20)
    }
  }

  @Test("a line of 10 MB is printed whole")
  func longLine() {
    let long = Bytes(repeating: 0x78, count: 10_000_000)
    let lines = rendered(long + "\nend\n", .line)
    #expect(lines.bytes(1) == "+ " + long + "\n")
    #expect(lines.bytes(2) == "+ end\n")
  }

  @Test("lines of every length fit, the longest that a piece of memory holds among them")
  func lengths() {
    let lengths = [0, 1, 2, 3, 4, 5, 16373, 16374, 16375, 16376, 16377, 16378, 16379, 16384, 40000]
    let source = lengths.map { Bytes(repeating: 0x78, count: $0) }
    let lines = rendered(Bytes(source.joined(separator: "\n" as Bytes)), .line)
    for (index, line) in source.enumerated() {
      #expect(lines.bytes(index + 1) == "+ " + line + "\n")
    }
  }
}
