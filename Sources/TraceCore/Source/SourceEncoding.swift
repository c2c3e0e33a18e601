/// How the bytes of a source file stand for text: its byte order mark and its
/// coding cookie (PEP 263).
public struct SourceEncoding: Equatable {
  /// The cookie's name in lower case with `-` for `_`; nil where the file has
  /// none, which means UTF-8.
  public let cookie: Bytes?
  /// Whether the file begins with the byte order mark of UTF-8.
  public let hasByteOrderMark: Bool

  /// The byte order mark of UTF-8, which a source file may begin with.
  public static let byteOrderMark: Bytes = [0xEF, 0xBB, 0xBF]

  /// Whether the bytes are what is printed, with no codec in between.
  public var isUTF8: Bool {
    guard let cookie, !hasByteOrderMark else { return true }
    return cookie.starts(with: "utf-8") || cookie == Bytes("utf8") || cookie == Bytes("ascii")
      || cookie == Bytes("us-ascii")
  }

  /// Reads the mark and the first two lines of a source file; the rest is not looked at.
  public init(of source: BytesView) {
    let mark = Self.byteOrderMark
    hasByteOrderMark = source.prefix(mark.count).elementsEqual(mark)
    var lines = SourceLines(source)
    guard let first = lines.next() else {
      cookie = nil
      return
    }
    cookie = Self.cookie(in: first) ?? Self.cookieInSecondLine(after: first, of: &lines)
  }

  private static func cookieInSecondLine(after first: BytesView, of lines: inout SourceLines)
    -> Bytes?
  {
    guard isBlankOrComment(first), let second = lines.next() else { return nil }
    return cookie(in: second)
  }

  private static func isBlankOrComment(_ line: BytesView) -> Bool {
    guard let start = line.first(where: { !isBlank($0) }) else { return true }
    return start == UInt8(ascii: "#")
  }

  /// PEP 263: `^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)`.
  private static func cookie(in line: BytesView) -> Bytes? {
    guard let hash = line.firstIndex(of: UInt8(ascii: "#")),
      line[..<hash].allSatisfy(isBlank)
    else { return nil }
    let word = Bytes("coding")
    var start = hash + 1
    while start + word.count < line.count {
      if line[start..<start + word.count].elementsEqual(word),
        let name = name(in: line[(start + word.count)...])
      {
        return name
      }
      start += 1
    }
    return nil
  }

  private static func name(in rest: Slice<BytesView>) -> Bytes? {
    guard let sign = rest.first, sign == UInt8(ascii: ":") || sign == UInt8(ascii: "=") else {
      return nil
    }
    let name = rest.dropFirst().drop { $0 == Ascii.space || $0 == Ascii.tab }
      .prefix(while: isNameByte)
    return name.isEmpty ? nil : name.map(normalized)
  }

  private static func normalized(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
    case UInt8(ascii: "_"): UInt8(ascii: "-")
    default: byte
    }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: "."):
      true
    default: false
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == Ascii.space || byte == Ascii.tab || byte == Ascii.formFeed
  }
}
