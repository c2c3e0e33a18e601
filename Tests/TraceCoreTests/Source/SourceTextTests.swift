import Testing

@testable import TraceCore

@Suite struct SourceTextTests {
  @Test("lines are numbered from 1, as Python counts")
  func numbers() throws {
    let text = SourceText("first\n\n  third")
    #expect(text.lineCount == 3)
    #expect(text.allLines == ["first", "", "  third"])
  }

  @Test("there is no line outside the text", arguments: [0, -1, 3, Int.max, Int.min])
  func outside(number: Int) {
    #expect(SourceText("a\nb\n").line(number) == nil)
  }

  @Test("an empty text has no line", arguments: ["", "\u{FEFF}"] as [Bytes])
  func empty(source: Bytes) {
    let text = SourceText(source)
    #expect(text.lineCount == 0)
    #expect(text.line(1) == nil)
  }

  @Test("the text keeps its own copy")
  func copies() throws {
    var source: Bytes = "before"
    let text = source.withUnsafeBufferPointer { SourceText($0) }
    source.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    #expect(text.allLines == ["before"])
  }

  @Test("a line keeps the white space at its end and all of its bytes")
  func untouched() {
    #expect(
      SourceText([0x61, 0x20, 0x09, 0xFF, 0x20, 0x0A]).allLines == [[0x61, 0x20, 9, 0xFF, 0x20]])
  }

  @Test("line ends of every kind give the same lines")
  func ends() {
    #expect(SourceText("\u{FEFF}a\r\nb\rc\n").allLines == ["a", "b", "c"])
  }

  @Test("a line of 10 MB is found whole, and the one behind it")
  func longLine() throws {
    let long = Bytes(repeating: 0x78, count: 10_000_000)
    let text = SourceText(long + "\nend")
    #expect(text.bytes(1) == long)
    #expect(text.bytes(2) == "end")
  }

  @Test("a million lines are each found")
  func manyLines() throws {
    let text = SourceText(Bytes(repeatElement([0x78, 0x0A], count: 1_000_000).joined()))
    #expect(text.lineCount == 1_000_000)
    #expect(text.bytes(1_000_000) == "x")
    #expect(text.line(1_000_001) == nil)
  }

  @Test("a text knows the source it was made of, byte for byte")
  func isMade() {
    let text = SourceText("x = 1\n")
    #expect(text.isMade(of: "x = 1\n"))
    #expect(!text.isMade(of: "x = 2\n"))
    #expect(!text.isMade(of: "x = 1"))
    #expect(!text.isMade(of: ""))
    #expect(SourceText("").isMade(of: ""))
  }
}
