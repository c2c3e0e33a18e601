import Testing

@testable import TraceCore

private func fitted(_ line: String, _ fit: LineFit, _ columns: Int) -> String {
  String(decoding: fit.fitted(Bytes(line.utf8), columns: columns), as: UTF8.self)
}

private let mark = "\u{1F}"

@Suite("Lines that are fitted into a width")
struct FittedLineTests {
  @Test("without a width they are whole, and the mark is gone", arguments: [LineFit.cut, .wrap])
  func whole(_ fit: LineFit) {
    #expect(fitted("+ \(mark)x = 1\n", fit, 0) == "+ x = 1\n")
    #expect(fitted("+ \(mark)x = 1\n", fit, 7) == "+ x = 1\n")
  }

  @Test("a cut counts characters, wide ones twice, combining ones and colours not at all")
  func cut() {
    #expect(fitted("+ \(mark)x = 1\n", .cut, 6) == "+ x =…\n")
    #expect(fitted("+ \(mark)日本語\n", .cut, 8) == "+ 日本語\n")
    #expect(fitted("+ \(mark)日本語\n", .cut, 7) == "+ 日本…\n")
    #expect(fitted("+ \(mark)日本語\n", .cut, 6) == "+ 日…\n")
    #expect(fitted("e\u{301}e\u{301}\n", .cut, 2) == "e\u{301}e\u{301}\n")
    #expect(fitted("\u{1B}[2m+ \u{1B}[0mab\n", .cut, 4) == "\u{1B}[2m+ \u{1B}[0mab\n")
    #expect(fitted("\u{1B}[31mabc\u{1B}[0m\n", .cut, 2) == "\u{1B}[31ma…\u{1B}[0m\n")
  }

  @Test("a wrapped line goes on below its text, in the same colours")
  func wrap() {
    #expect(fitted("++ \(mark)  abcdef\n", .wrap, 10) == "++   abcde\n     f\n")
    #expect(fitted("++ \(mark)          ab\n", .wrap, 14) == "++           a\n   b\n")
    let colour = "\u{1B}[01m\u{1B}[34m"
    #expect(
      fitted("+ \(mark)\(colour)abcd\u{1B}[39;49;00me\n", .wrap, 5)
        == "+ \(colour)abc\u{1B}[0m\n  \(colour)d\u{1B}[39;49;00me\n")
    #expect(fitted("日本\n", .wrap, 1) == "日\n本\n")
  }

  @Test("black is no reset")
  func black() {
    #expect(fitted("\u{1B}[30mab\n", .wrap, 1) == "\u{1B}[30ma\u{1B}[0m\n\u{1B}[30mb\n")
  }
}
