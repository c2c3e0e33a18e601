import Testing

@testable import TraceCore

private func visible(_ text: Bytes) -> Bytes {
  appended { output in text.withUnsafeBufferPointer { VisibleText.append($0, to: &output) } }
}

private func trimmed(_ text: Bytes) -> Bytes {
  text.viewed { VisibleText.trimmedEnd($0) }
}

private func last(_ count: Int, _ text: Bytes) -> Bytes {
  text.viewed { VisibleText.last(count, of: $0) }
}

/// The characters, of all that have a meaning, whose UTF-8 `isWanted` takes.
private func scalars(where isWanted: (Bytes) -> Bool) -> [UInt32] {
  (Array(0...0x3FFFF) + Array(0xE0000...0xE0FFF) + [0x10FFFF]).filter { value in
    UnicodeScalar(value).map { isWanted(Bytes(String($0).utf8)) } ?? false
  }
}

@Suite struct VisibleTextTests {
  @Test(
    "text that a terminal only shows stays as it is",
    arguments: [
      "", "x = 1", "\tindented", "é€𝄞", "日本語", "a\u{301}", "👩‍👩‍👧", "\u{A0}\u{AD}\u{FEFF}\u{2028}",
      "\u{FFFD}", "\u{10FFFF}", "\\x1b", "~",
    ] as [Bytes])
  func plain(text: Bytes) {
    #expect(visible(text) == text)
  }

  @Test(
    "what a terminal acts on is shown as an escape",
    arguments: [
      ("\0", "\\x00"), ("\u{7}", "\\x07"), ("\u{8}", "\\x08"), ("\n", "\\x0a"),
      ("\u{C}", "\\x0c"), ("\r", "\\x0d"), ("\u{1B}[31m", "\\x1b[31m"), ("\u{1F}", "\\x1f"),
      ("\u{7F}", "\\x7f"), ("\u{80}", "\\x80"), ("\u{85}", "\\x85"), ("\u{9B}31m", "\\x9b31m"),
      ("\u{9F}", "\\x9f"), ("a\u{1B}b\u{7}c", "a\\x1bb\\x07c"),
    ] as [(Bytes, Bytes)])
  func control(text: Bytes, shown: Bytes) {
    #expect(visible(text) == shown)
  }

  @Test(
    "what turns the direction of text is shown as an escape",
    arguments: [
      ("\u{61C}", "\\u061c"), ("\u{200E}", "\\u200e"), ("\u{200F}", "\\u200f"),
      ("\u{202A}", "\\u202a"), ("\u{202B}", "\\u202b"), ("\u{202C}", "\\u202c"),
      ("\u{202D}", "\\u202d"), ("a\u{202E}b", "a\\u202eb"), ("\u{2066}", "\\u2066"),
      ("\u{2067}", "\\u2067"), ("\u{2068}", "\\u2068"), ("\u{2069}", "\\u2069"),
    ] as [(Bytes, Bytes)])
  func direction(text: Bytes, shown: Bytes) {
    #expect(visible(text) == shown)
  }

  @Test(
    "a byte that is no UTF-8 is shown as an escape, and what is around it as it is",
    arguments: [
      ([0x80], "\\x80"), ([0xBF], "\\xbf"), ([0xFF], "\\xff"), ([0xFE], "\\xfe"),
      ([0x61, 0xE9, 0x62], "a\\xe9b"), ([0xC3], "\\xc3"), ([0xE2, 0x82], "\\xe2\\x82"),
      ([0xF0, 0x9D, 0x84], "\\xf0\\x9d\\x84"), ([0xC3, 0xC3, 0xA9], "\\xc3é"),
      ([0xC3, 0xA9, 0xA9], "é\\xa9"), ([0xE2, 0x82, 0x41], "\\xe2\\x82A"),
    ] as [(Bytes, Bytes)])
  func invalid(text: Bytes, shown: Bytes) {
    #expect(visible(text) == shown)
  }

  @Test(
    "an overlong form does not stand for its character",
    arguments: [
      ([0xC0, 0x80], "\\xc0\\x80"), ([0xC1, 0xBF], "\\xc1\\xbf"),
      ([0xC0, 0x9B], "\\xc0\\x9b"), ([0xE0, 0x80, 0x9B], "\\xe0\\x80\\x9b"),
      ([0xE0, 0x9F, 0xBF], "\\xe0\\x9f\\xbf"), ([0xF0, 0x80, 0x80, 0x9B], "\\xf0\\x80\\x80\\x9b"),
      ([0xF0, 0x8F, 0xBF, 0xBF], "\\xf0\\x8f\\xbf\\xbf"),
    ] as [(Bytes, Bytes)])
  func overlong(text: Bytes, shown: Bytes) {
    #expect(visible(text) == shown)
  }

  @Test(
    "a surrogate and what is past Unicode's end are no text",
    arguments: [
      ([0xED, 0xA0, 0x80], "\\xed\\xa0\\x80"), ([0xED, 0xBF, 0xBF], "\\xed\\xbf\\xbf"),
      ([0xF4, 0x90, 0x80, 0x80], "\\xf4\\x90\\x80\\x80"),
      ([0xF5, 0x80, 0x80, 0x80], "\\xf5\\x80\\x80\\x80"),
      ([0xF8, 0x88, 0x80, 0x80, 0x80], "\\xf8\\x88\\x80\\x80\\x80"),
    ] as [(Bytes, Bytes)])
  func surrogate(text: Bytes, shown: Bytes) {
    #expect(visible(text) == shown)
  }

  @Test("the characters next to the surrogates are text")
  func besideSurrogates() {
    #expect(visible("\u{D7FF}\u{E000}") == "\u{D7FF}\u{E000}")
  }

  @Test("no other character is escaped")
  func everyScalar() {
    let escaped = scalars { visible($0) != $0 }
    let expected: [UInt32] =
      Array(0..<0x09) + Array(0x0A..<0x20) + Array(0x7F..<0xA0) + [0x61C, 0x200E, 0x200F]
      + Array(0x202A...0x202E) + Array(0x2066...0x2069)
    #expect(escaped == expected)
  }

  @Test("what starts a text is the character that Swift's own decoder finds there")
  func decoder() {
    for pair in (0xC0...0xFF).flatMap({ lead in (0...0xFF).map { [lead, $0] as Bytes } }) {
      let text = pair + [0x80, 0xBF]
      let length = (1...4).first { !text.prefix($0).string.unicodeScalars.contains("\u{FFFD}") }
      let found = text.withUnsafeBufferPointer { UTF8Scalar(startOf: $0[...]) }
      #expect(found?.length == length, "\(text)")
    }
  }

  @Test("control characters by the megabyte are escaped in one go")
  func manyControls() {
    let shown = visible(Bytes(repeating: 0x1B, count: 1_000_000))
    #expect(shown.count == 4_000_000)
    #expect(shown.suffix(4).elementsEqual("\\x1b" as Bytes))
  }
}

@Suite struct TrimmedEndTests {
  @Test(
    "white space at the end goes, indentation stays",
    arguments: [
      ("x", "x"), ("  x  ", "  x"), ("x \t\u{B}\u{C}", "x"), ("", ""), (" \t ", ""),
      ("x\u{A0}\u{3000} ", "x"), ("x\u{85}", "x"), ("é ", "é"), ("a b", "a b"),
      ("x\u{2028}\u{2029}\u{1C}\u{1F}", "x"),
    ] as [(Bytes, Bytes)])
  func trims(text: Bytes, expected: Bytes) {
    #expect(trimmed(text) == expected)
  }

  @Test("the white space of every character is str.isspace()'s")
  func everyScalar() {
    let stripped = scalars { trimmed("x" + $0) == "x" }
    let expected: [UInt32] =
      Array(0x09...0x0D) + Array(0x1C...0x20) + [0x85, 0xA0, 0x1680] + Array(0x2000...0x200A)
      + [0x2028, 0x2029, 0x202F, 0x205F, 0x3000]
    #expect(stripped == expected)
  }

  @Test(
    "bytes that only look like white space end the search",
    arguments: [
      [0x78, 0xA0], [0x78, 0x85], [0x78, 0x80, 0x80], [0x80], [0x78, 0xC2], [0xC0, 0xA0],
      [0xE2, 0x80], [0x78, 0xC2, 0xA0, 0xA0],
    ] as [Bytes])
  func invalid(text: Bytes) {
    #expect(trimmed(text) == text)
    #expect(trimmed(text + " ") == text)
  }

  @Test("white space by the megabyte goes")
  func manySpaces() {
    #expect(trimmed("x" + Bytes(repeating: 0x20, count: 1_000_000)) == "x")
  }
}

@Suite struct LastCharactersTests {
  @Test(
    "the last characters are counted as text[-count:] counts them",
    arguments: [
      (3, "abcdef", "def"), (3, "abc", "abc"), (3, "ab", "ab"), (3, "", ""), (0, "abc", ""),
      (2, "aéé", "éé"), (2, "a日本語", "本語"), (1, "a𝄞", "𝄞"), (2, "ae\u{301}", "e\u{301}"),
    ] as [(Int, Bytes, Bytes)])
  func counts(count: Int, text: Bytes, expected: Bytes) {
    #expect(last(count, text) == expected)
  }

  @Test(
    "a byte that is no UTF-8 counts as one character, as surrogateescape makes it one",
    arguments: [
      (2, [0x80, 0x81, 0x82], [0x81, 0x82]), (2, [0x61, 0xC3, 0xA9, 0xFF], [0xC3, 0xA9, 0xFF]),
      (1, [0x61, 0x80], [0x80]), (2, [0xC3, 0xA9, 0xA9], [0xC3, 0xA9, 0xA9]),
      (1, [0xE2, 0x82], [0x82]), (1, [0xF0, 0x9D, 0x84, 0x9E, 0x9E], [0x9E]),
    ] as [(Int, Bytes, Bytes)])
  func invalid(count: Int, text: Bytes, expected: Bytes) {
    #expect(last(count, text) == expected)
  }

  @Test(
    "a length is counted in characters",
    arguments: [("", 0), ("abc", 3), ("é", 1), ("日本", 2), ("𝄞", 1), ("e\u{301}", 2)]
      as [(Bytes, Int)])
  func length(text: Bytes, expected: Int) {
    #expect(VisibleText.length(of: text) == expected)
  }
}
