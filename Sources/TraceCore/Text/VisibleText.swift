/// Text as a terminal may safely be given it.
///
/// What a terminal would act on (C0 but for the tab, DEL, C1, bidirectional
/// overrides) and what is not UTF-8 is written as Python's `repr` escapes it.
public enum VisibleText {
  static func append(_ text: BytesView, to output: inout Bytes) {
    var rest = text[...]
    while let first = rest.first {
      if first >= 0x20, first < 0x7F {
        let plain = rest.prefix { $0 >= 0x20 && $0 < 0x7F }
        output.append(contentsOf: plain)
        rest = rest[plain.endIndex...]
      } else {
        rest = rest.dropFirst(appendScalar(rest, to: &output))
      }
    }
  }

  /// Makes the end of a text what `visible(line:)` makes of it.
  public static func makeVisible(_ text: inout Bytes, from start: Int) {
    let isVisible = text[start...].allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    if isVisible, text.last != Ascii.space { return }
    let shown = text[start...].withUnsafeBufferPointer { visible(line: $0) }
    text.removeSubrange(start...)
    text.append(contentsOf: shown)
  }

  /// The text as a terminal may safely be given it.
  public static func visible(_ text: Bytes) -> Bytes {
    var shown = Bytes()
    text.withUnsafeBufferPointer { append($0, to: &shown) }
    return shown
  }

  /// A line as a terminal may safely be given it, without the white space at its end.
  static func visible(line: BytesView) -> Bytes {
    var shown = Bytes()
    append(trimmedEnd(line), to: &shown)
    return shown
  }

  /// Appends the scalar that `text` starts with; returns how many bytes it took.
  private static func appendScalar(_ text: Slice<BytesView>, to output: inout Bytes) -> Int {
    guard let scalar = UTF8Scalar(startOf: text) else {
      output.append(escaped: UInt32(text[text.startIndex]))
      return 1
    }
    if isActedOn(scalar.value) {
      output.append(escaped: scalar.value)
    } else {
      output.append(contentsOf: text.prefix(scalar.length))
    }
    return scalar.length
  }

  private static func isActedOn(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x09: false
    case 0x00..<0x20, 0x7F..<0xA0: true
    case 0x061C, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// As `str.rstrip()` would: the end without Unicode's white space.
  static func trimmedEnd(_ text: BytesView) -> BytesView {
    var end = text.count
    while end > 0 {
      let (start, scalar) = lastScalar(of: text[..<end])
      guard let scalar, isWhiteSpace(scalar) else { break }
      end = start
    }
    return BytesView(rebasing: text[..<end])
  }

  /// `str.isspace()`'s list.
  private static func isWhiteSpace(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F,
      0x205F, 0x3000:
      true
    default: false
    }
  }

  /// Where the scalar that `text` ends with starts, and which it is; a byte that is
  /// no UTF-8 stands for itself, as `surrogateescape` has it.
  private static func lastScalar(of text: Slice<BytesView>) -> (start: Int, value: UInt32?) {
    let start = text.suffix(4).lastIndex { $0 & 0xC0 != 0x80 } ?? text.endIndex - 1
    guard let scalar = UTF8Scalar(startOf: text[start...]), start + scalar.length == text.endIndex
    else { return (text.endIndex - 1, nil) }
    return (start, scalar.value)
  }

  /// The last `count` characters of `text`, as `text[-count:]`.
  static func last(_ count: Int, of text: BytesView) -> BytesView {
    var start = text.count
    var left = count
    while start > 0, left > 0 {
      start = lastScalar(of: text[..<start]).start
      left -= 1
    }
    return BytesView(rebasing: text[start...])
  }

  /// How many characters, as `len(text)`.
  static func length(of text: Bytes) -> Int {
    text.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
  }
}

extension Bytes {
  /// As `repr` writes it: `\x1b`, `\u202e`.
  fileprivate mutating func append(escaped scalar: UInt32) {
    append(scalar < 0x100 ? "\\x" : "\\u")
    for shift in scalar < 0x100 ? [4, 0] : [12, 8, 4, 0] as [UInt32] {
      let digit = UInt8(scalar >> shift & 0xF)
      append(digit < 10 ? Ascii.zero + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
}

/// One well-formed UTF-8 sequence: no surrogate, no overlong form.
struct UTF8Scalar {
  let value: UInt32
  let length: Int

  init?(startOf text: Slice<BytesView>) {
    guard let first = text.first, let (length, bits) = Self.lead(first), text.count >= length
    else { return nil }
    var value = UInt32(bits)
    for byte in text.prefix(length).dropFirst() {
      guard byte & 0xC0 == 0x80 else { return nil }
      value = value << 6 | UInt32(byte & 0x3F)
    }
    let least: UInt32 = length == 4 ? 0x10000 : length == 3 ? 0x800 : length == 2 ? 0x80 : 0
    guard value >= least, value <= 0x10FFFF, !(0xD800...0xDFFF).contains(value) else { return nil }
    self.value = value
    self.length = length
  }

  private static func lead(_ byte: UInt8) -> (length: Int, bits: UInt8)? {
    switch byte {
    case 0x00...0x7F: (1, byte)
    case 0xC2...0xDF: (2, byte & 0x1F)
    case 0xE0...0xEF: (3, byte & 0x0F)
    case 0xF0...0xF4: (4, byte & 0x07)
    default: nil
    }
  }
}
