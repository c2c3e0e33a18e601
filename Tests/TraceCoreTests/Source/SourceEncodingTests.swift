import Testing

@testable import TraceCore

/// The cookie of `source`; nil: none.
private func cookie(_ source: Bytes) -> Bytes? {
  source.withUnsafeBufferPointer { SourceEncoding(of: $0).cookie }
}

private func encoding(_ source: Bytes) -> SourceEncoding {
  source.withUnsafeBufferPointer { SourceEncoding(of: $0) }
}

@Suite struct SourceEncodingTests {
  @Test(
    "every spelling of a cookie that CPython takes is taken",
    arguments: [
      "# coding: latin-1", "# coding:latin-1", "# coding=latin-1", "#coding=latin-1",
      "# -*- coding: latin-1 -*-", "# vim: set fileencoding=latin-1 :",
      "#!/usr/bin/python # coding: latin-1", "# coding: \t latin-1", "# encoding: latin-1",
      " \t\u{C}# coding: latin-1", "### coding: latin-1", "# coding: latin-1é",
      "# coding coding: latin-1", "# coding: ,coding: latin-1", "# coding:=coding:latin-1",
      "# coding : x coding=latin-1", "# codingcoding=latin-1", "# é coding: latin-1",
      "# coding: latin-1 coding: utf-8",
    ] as [Bytes])
  func taken(line: Bytes) {
    #expect(cookie(line) == "latin-1")
  }

  @Test(
    "what CPython takes for no cookie is none",
    arguments: [
      "", "#", "coding: latin-1", "x # coding: latin-1", "'# coding: latin-1'",
      "# coding : latin-1", "# coding:", "# coding=", "# coding: \t", "# coding:\u{C}latin-1",
      "# Coding: latin-1", "# CODING: latin-1", "# coding latin-1", "# codin: latin-1",
      "# coding: é", "# coding: 'latin-1'", "# coding=(latin-1)", "\u{B}# coding: latin-1",
      "\u{A0}# coding: latin-1", "# coding", "#coding:",
    ] as [Bytes])
  func refused(line: Bytes) {
    #expect(cookie(line) == nil)
  }

  @Test(
    "a name ends where PEP 263's characters end",
    arguments: [
      ("# coding: a", "a"), ("#coding:a", "a"), ("# coding: iso8859.15,x", "iso8859.15"),
      ("# coding: koi8-r/x", "koi8-r"), ("# coding: cp1252;", "cp1252"),
      ("# coding: -", "-"), ("# coding: .9", ".9"),
    ] as [(Bytes, Bytes)])
  func nameEnd(line: Bytes, name: Bytes) {
    #expect(cookie(line) == name)
  }

  @Test(
    "a name is known in every case and with either dash",
    arguments: ["# coding: LATIN_1", "# coding: Latin-1", "# coding: latin_1"] as [Bytes])
  func normalized(line: Bytes) {
    #expect(cookie(line) == "latin-1")
  }

  @Test(
    "a line of CPython's own making is read as its regular expression reads it",
    arguments: ["#", " #", "x#", "# \t"])
  func regularExpression(start: String) throws {
    let cookieLine = try Regex(
      "^[ \\t\\f]*#.*?coding[:=][ \\t]*([-_.a-zA-Z0-9]+)", as: (Substring, Substring).self)
    for line in spellings(after: start, of: 4) {
      let expected = line.firstMatch(of: cookieLine).map { Bytes($0.output.1.utf8) }
      #expect(cookie(Bytes(line.utf8)) == expected, "\(line)")
    }
  }

  /// Every way to put up to `count` pieces of a cookie behind `start`.
  private func spellings(after start: String, of count: Int) -> [String] {
    let pieces = ["coding", "codin", "g", ":", "=", " ", "\t", "#", "b-2.q", "é"]
    if count == 0 { return [start] }
    return [start] + pieces.flatMap { spellings(after: start + $0, of: count - 1) }
  }

  @Test(
    "a cookie in the second line counts after a blank line or a comment",
    arguments: [
      "\n# coding: big5", "#!/usr/bin/python\n# coding: big5", " \t\u{C}\n# coding: big5",
      "  # comment\n# coding: big5", "\r\n# coding: big5", "#!\r# coding: big5",
      "# coding:\n# coding: big5", "\n  # coding: big5\n",
    ] as [Bytes])
  func secondLine(source: Bytes) {
    #expect(cookie(source) == "big5")
  }

  @Test(
    "a cookie in the second line does not count after code, nor one in the third",
    arguments: [
      "x = 1\n# coding: big5", "\"\"\"doc\n# coding: big5\n\"\"\"", "\\\n# coding: big5",
      "\u{A0}\n# coding: big5", "\n\n# coding: big5", "#\n#\n# coding: big5",
      "\r\r\n# coding: big5", "\n\nx = 1  # coding: big5", "\n", "#", "",
    ] as [Bytes])
  func notSecondLine(source: Bytes) {
    #expect(cookie(source) == nil)
  }

  @Test("the first line's cookie wins over the second's")
  func firstWins() {
    #expect(cookie("# coding: big5\n# coding: koi8-r\n") == "big5")
  }

  @Test("a form feed and a vertical tab end no line")
  func formFeed() {
    #expect(cookie("x\u{C}# coding: big5") == nil)
    #expect(cookie("#\u{C}# coding: big5") == "big5")
  }

  @Test("a byte order mark is found, and the cookie behind it")
  func byteOrderMark() {
    let marked = encoding("\u{FEFF}# coding: utf-8\nx")
    #expect(marked.hasByteOrderMark)
    #expect(marked.cookie == "utf-8")
    #expect(!encoding("# coding: utf-8").hasByteOrderMark)
  }

  @Test("half a byte order mark is none", arguments: [[], [0xEF], [0xEF, 0xBB]] as [Bytes])
  func halfMark(source: Bytes) {
    #expect(!encoding(source).hasByteOrderMark)
  }

  @Test("a byte order mark means UTF-8, whatever the cookie says")
  func markWins() {
    #expect(encoding("\u{FEFF}# coding: latin-1\n").isUTF8)
  }

  @Test(
    "these need no codec",
    arguments: [
      "", "x", "# coding: utf-8", "# coding: UTF_8", "# coding: utf8", "# coding: utf-8-sig",
      "# coding: utf-8-unix", "# coding: ascii", "# coding: us-ascii",
    ] as [Bytes])
  func noCodec(source: Bytes) {
    #expect(encoding(source).isUTF8)
  }

  @Test(
    "these go through Python's codecs",
    arguments: [
      "# coding: latin-1", "# coding: utf-16", "# coding: utf-7", "# coding: cp1252",
      "# coding: ascii85", "# coding: no-such-codec", "# coding: utf8-mine",
    ] as [Bytes])
  func codec(source: Bytes) {
    #expect(!encoding(source).isUTF8)
  }

  @Test("a first line of 1 MB is searched to its end")
  func longLine() {
    let line: Bytes = "#" + Bytes(repeating: 0x20, count: 1_000_000) + "coding: big5"
    #expect(cookie(line) == "big5")
  }
}
