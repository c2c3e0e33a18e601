import Testing

@testable import TraceCore

@Suite struct BytesTests {
  @Test(
    "a number is written as \"%d\" % number",
    arguments: [
      (0, "0"), (7, "7"), (10, "10"), (999_999, "999999"), (-1, "-1"), (-10, "-10"),
      (Int.max, "9223372036854775807"), (Int.min, "-9223372036854775808"),
    ] as [(Int, Bytes)])
  func decimal(number: Int, digits: Bytes) {
    #expect(appended { $0.append(decimal: number) } == digits)
  }

  @Test("padding of no width or less adds nothing", arguments: [0, -1, Int.min])
  func noPadding(count: Int) {
    #expect(appended { $0.append(spaces: count) } == "")
  }

  @Test("padding is that many spaces")
  func padding() {
    #expect(appended { $0.append(spaces: 3) } == "   ")
  }

  @Test("a literal is its UTF-8")
  func literal() {
    let text: StaticString = "é€"
    #expect(Bytes(text) == [0xC3, 0xA9, 0xE2, 0x82, 0xAC])
    #expect(appended { $0.append(text) } == [0xC3, 0xA9, 0xE2, 0x82, 0xAC])
  }

  @Test(
    "C is given the bytes up to their end, and a NUL",
    arguments: ["", "a", "a b", [0xFF, 0x80]] as [Bytes])
  func cString(bytes: Bytes) {
    let seen = bytes.withCString { start in
      (0...bytes.count).map { UInt8(bitPattern: start[$0]) }
    }
    #expect(seen == bytes + [0])
  }

  @Test(
    "a beginning is compared byte by byte",
    arguments: [
      ("utf-8", true), ("utf-8-sig", true), ("utf", false), ("", false), ("UTF-8", false),
    ] as [(Bytes, Bool)])
  func startsWith(bytes: Bytes, expected: Bool) {
    #expect(bytes.starts(with: "utf-8" as StaticString) == expected)
  }

  @Test("one byte is appended to what is there")
  func oneByte() {
    #expect(appended { $0.append(UInt8(ascii: "a")) } == "a")
    #expect(("+ " as Bytes) + appended { $0.append(0xFF) } == "+ " + [0xFF])
  }

  @Test(
    "parts are what stands between separators, as bytes.split has them",
    arguments: [
      ("a.b", ["a", "b"]), ("", [""]), ("a", ["a"]), (".a..b.", ["", "a", "", "b", ""]),
    ] as [(Bytes, [Bytes])])
  func parts(text: Bytes, expected: [Bytes]) {
    let dot = UInt8(ascii: ".")
    #expect(text.parts(between: dot, keepsEmpty: true) == expected)
    #expect(text.parts(between: dot) == expected.filter { !$0.isEmpty })
  }

  @Test(
    "texts are joined with a separator between each two",
    arguments: [([], ""), (["a"], "a"), (["", "b", "c"], ", b, c")] as [([Bytes], Bytes)])
  func joining(texts: [Bytes], expected: Bytes) {
    #expect(Bytes(joining: texts, by: ", ") == expected)
  }

  @Test("everything starts with nothing")
  func startsWithNothing() {
    #expect(Bytes().starts(with: "" as StaticString))
  }
}
