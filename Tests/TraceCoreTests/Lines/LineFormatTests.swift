import Testing

@testable import TraceCore

/// The line as it is printed. nil: there is no source.
private func printed(_ format: LineFormat, _ source: Bytes?, file: Bytes = "f.py", _ number: Int)
  -> Bytes
{
  appended { output in
    guard let source else {
      return LineStyle(format).append(SourceLine(nil, file: file, number: number), to: &output)
    }
    source.withUnsafeBufferPointer {
      LineStyle(format).append(SourceLine($0, file: file, number: number), to: &output)
    }
  }
}

private func located(_ file: Bytes, _ number: Int) -> Bytes {
  printed(.located, "x", file: file, number)
}

@Suite struct LineFormatTests {
  @Test("the levels are 1, 2 and 3, and 4 is for programs")
  func levels() {
    let formats = (-1...5).compactMap(LineFormat.init(level:))
    #expect(formats == [.line, .numbered, .located, .fields])
  }

  @Test("level 1 is \"+ %s\"")
  func line() {
    #expect(printed(.line, "x = 1", 7) == "+ x = 1\n")
  }

  @Test(
    "level 2 is \"+ [%6d] %s\"",
    arguments: [
      (1, "+ [     1] x\n"), (42, "+ [    42] x\n"), (99999, "+ [ 99999] x\n"),
      (999_999, "+ [999999] x\n"), (1_234_567, "+ [1234567] x\n"), (0, "+ [     0] x\n"),
      (-1, "+ [    -1] x\n"), (-99999, "+ [-99999] x\n"), (-100_000, "+ [-100000] x\n"),
      (Int.max, "+ [9223372036854775807] x\n"), (Int.min, "+ [-9223372036854775808] x\n"),
    ] as [(Int, Bytes)])
  func numbered(number: Int, expected: Bytes) {
    #expect(printed(.numbered, "x", number) == expected)
  }

  @Test(
    "level 3 is \"+ [%32s:%-6d] %s\"",
    arguments: [
      (1, "+ [                            f.py:1     ] x\n"),
      (999_999, "+ [                            f.py:999999] x\n"),
      (1_234_567, "+ [                            f.py:1234567] x\n"),
      (0, "+ [                            f.py:0     ] x\n"),
      (-1, "+ [                            f.py:-1    ] x\n"),
      (Int.max, "+ [                            f.py:9223372036854775807] x\n"),
    ] as [(Int, Bytes)])
  func locatedNumber(number: Int, expected: Bytes) {
    #expect(located("f.py", number) == expected)
  }

  @Test(
    "level 3 shows the last 32 characters of the name",
    arguments: [
      ("", "+ [                                :1     ] x\n"),
      ("/home/user/projects/shop/src/a.py", "+ [home/user/projects/shop/src/a.py:1     ] x\n"),
      ("home/user/projects/shop/src/a.py", "+ [home/user/projects/shop/src/a.py:1     ] x\n"),
      ("ome/user/projects/shop/src/a.py", "+ [ ome/user/projects/shop/src/a.py:1     ] x\n"),
      ("<string>", "+ [                        <string>:1     ] x\n"),
    ] as [(Bytes, Bytes)])
  func locatedName(file: Bytes, expected: Bytes) {
    #expect(located(file, 1) == expected)
  }

  @Test(
    "a name's characters are counted, not its bytes",
    arguments: [
      ("é.py", "+ [                            é.py:1     ] x\n"),
      (
        "/ä/日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語.py",
        "+ [本語日本語日本語日本語日本語日本語日本語日本語日本語日本語.py:1     ] x\n"
      ),
      (
        "日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語",
        "+ [本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語:1     ] x\n"
      ),
    ] as [(Bytes, Bytes)])
  func locatedCharacters(file: Bytes, expected: Bytes) {
    #expect(located(file, 1) == expected)
  }

  @Test("a name that a terminal would act on is escaped, its last 32 characters at the most")
  func locatedEscapes() {
    #expect(located("\u{1B}.py", 1) == "+ [                         \\x1b.py:1     ] x\n")
    let controls = Bytes(repeating: 0x1B, count: 40)
    let shown = Bytes(repeatElement("\\x1b" as Bytes, count: 32).joined())
    #expect(located(controls, 1) == "+ [" + shown + ":1     ] x\n")
  }

  @Test("a name that is no UTF-8 is escaped, its last 32 bytes at the most")
  func locatedInvalid() {
    let shown = Bytes(repeatElement("\\xff" as Bytes, count: 32).joined())
    #expect(located(Bytes(repeating: 0xFF, count: 40), 1) == "+ [" + shown + ":1     ] x\n")
    let rests = Bytes(repeatElement("\\x80" as Bytes, count: 32).joined())
    #expect(located(Bytes(repeating: 0x80, count: 40), 1) == "+ [" + rests + ":1     ] x\n")
  }

  @Test(
    "a line of a child has a cross for each process it is deep",
    arguments: [(1, "+ [     7] x\n"), (2, "++ [     7] x\n"), (5, "+++++ [     7] x\n")]
      as [(Int, Bytes)])
  func depth(depth: Int, expected: Bytes) {
    let line = appended { output in
      ("x" as Bytes).withUnsafeBufferPointer {
        LineStyle(.numbered, depth: depth).append(SourceLine($0, file: "", number: 7), to: &output)
      }
    }
    #expect(line == expected)
  }

  @Test("without source the place is printed all the same")
  func noSource() {
    #expect(printed(.line, nil, 3) == "+ <no source>\n")
    #expect(printed(.numbered, nil, 3) == "+ [     3] <no source>\n")
    #expect(
      printed(.located, nil, file: "a.py", 3)
        == "+ [                            a.py:3     ] <no source>\n")
  }

  @Test(
    "indentation is kept, white space at the end is not",
    arguments: [
      ("    x = 1", "+     x = 1\n"), ("\tx\t", "+ \tx\n"), ("x \u{A0}\u{C}", "+ x\n"),
      ("", "+ \n"), ("   ", "+ \n"), ("é ", "+ é\n"),
    ] as [(Bytes, Bytes)])
  func whiteSpace(source: Bytes, expected: Bytes) {
    #expect(printed(.line, source, 1) == expected)
  }

  @Test(
    "one line of source is one line of trace, whatever is in it",
    arguments: ["a\u{1B}[2Jb", "a\u{9B}b", "a\u{2028}b", "a\rb", "a\nb", "a\u{C}b"] as [Bytes])
  func oneLine(source: Bytes) {
    let line = printed(.line, source, 1)
    #expect(line.filter { $0 < 0x20 } == "\n")
    #expect(line.last == Ascii.newline)
  }
}
