import Testing

@testable import TraceCore

private func lines(_ source: Bytes) -> [Bytes] {
  source.withUnsafeBufferPointer { SourceLines($0).map { Bytes($0) } }
}

@Suite struct SourceLinesTests {
  @Test(
    "LF, CR LF and CR each end a line",
    arguments: [
      ("a\nb\n", ["a", "b"]), ("a\r\nb\r\n", ["a", "b"]), ("a\rb\r", ["a", "b"]),
      ("a\r\nb\nc\rd", ["a", "b", "c", "d"]), ("a\n\rb", ["a", "", "b"]),
      ("a\r\r\nb", ["a", "", "b"]), ("\r\n\r\n", ["", ""]), ("\n\n\n", ["", "", ""]),
    ] as [(Bytes, [Bytes])])
  func ends(source: Bytes, expected: [Bytes]) {
    #expect(lines(source) == expected)
  }

  @Test(
    "the last line needs no end",
    arguments: [
      ("a", ["a"]), ("a\nb", ["a", "b"]), ("a\n ", ["a", " "]), ("a\r", ["a"]),
      ("a\r\n", ["a"]),
    ] as [(Bytes, [Bytes])])
  func lastLine(source: Bytes, expected: [Bytes]) {
    #expect(lines(source) == expected)
  }

  @Test("an empty file has no line")
  func empty() {
    #expect(lines("") == [])
  }

  @Test("one line end is one empty line", arguments: ["\n", "\r", "\r\n"] as [Bytes])
  func oneEnd(source: Bytes) {
    #expect(lines(source) == [""])
  }

  @Test(
    "what str.splitlines() splits at and Python's tokenizer does not ends no line",
    arguments: [
      "a\u{C}b", "a\u{B}b", "a\u{1C}b", "a\u{1D}b", "a\u{1E}b", "a\u{85}b", "a\u{2028}b",
      "a\u{2029}b", "a\0b",
    ] as [Bytes])
  func noEnd(source: Bytes) {
    #expect(lines(source) == [source])
  }

  @Test("a byte order mark is no part of the first line")
  func byteOrderMark() {
    #expect(lines("\u{FEFF}a\nb") == ["a", "b"])
    #expect(lines("\u{FEFF}\na") == ["", "a"])
    #expect(lines("\u{FEFF}") == [])
  }

  @Test("a byte order mark anywhere else stays")
  func inner() {
    #expect(lines("a\n\u{FEFF}b") == ["a", "\u{FEFF}b"])
    #expect(lines("\u{FEFF}\u{FEFF}a") == ["\u{FEFF}a"])
  }

  @Test("bytes that are no UTF-8 are kept")
  func invalid() {
    #expect(lines([0xFF, 0x0A, 0xEF, 0xBB]) == [[0xFF], [0xEF, 0xBB]])
  }
}
