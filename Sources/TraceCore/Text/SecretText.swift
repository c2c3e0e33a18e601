/// Secrets within a text: the password of a URL, `--password=…`, `api_key=…&`,
/// `"password": "…"`, `Authorization: …`, `Bearer …`.
public struct SecretText {
  private let text: Bytes
  private var output = Bytes()
  /// How much of the text has been put out.
  private var done = 0

  /// - Parameter mask: what stands for a secret.
  /// - Returns: nil if there is none.
  public static func masked(_ text: Bytes, _ mask: (Bytes) -> Bytes) -> Bytes? {
    var secrets = SecretText(text: text)
    for index in text.indices where index >= secrets.done {
      if let found = secrets.secret(at: index) { secrets.hide(found, mask) }
    }
    if secrets.done == 0 { return nil }
    return secrets.output + text[secrets.done...]
  }

  /// The arguments of a command: a secret may be the one behind its option, too.
  public static func masked(arguments: [Bytes], _ mask: (Bytes) -> Bytes) -> [Bytes] {
    var shown: [Bytes] = []
    for (index, argument) in arguments.enumerated() {
      let isNamed = index > 0 && names(arguments[index - 1], argument)
      shown.append(isNamed ? mask(argument) : masked(argument, mask) ?? argument)
    }
    return shown
  }

  /// Whether an argument is an option for a secret, which the next argument is.
  public static func names(_ option: Bytes, _ value: Bytes) -> Bool {
    option.first == dash && !option.contains(equals) && value.first != dash
      && !option.contains(Ascii.space) && SecretNames.contain(option)
  }

  private init(text: Bytes) { self.text = text }

  private mutating func hide(_ range: Range<Int>, _ mask: (Bytes) -> Bytes) {
    output += text[done..<range.lowerBound]
    output += mask(Bytes(text[range]))
    done = range.upperBound
  }

  // MARK: what stands at a place

  private static let equals = UInt8(ascii: "=")
  private static let colon = UInt8(ascii: ":")
  private static let dash = UInt8(ascii: "-")

  private func secret(at index: Int) -> Range<Int>? {
    switch text[index] {
    case Self.equals: return assigned(at: index)
    case Self.colon: return has("://", at: index) ? password(from: index + 3) : member(at: index)
    case Self.dash: return option(at: index)
    case UInt8(ascii: "B"), UInt8(ascii: "b"): return bearer(at: index)
    default: return nil
    }
  }

  /// `scheme://user:password@host`, and a user without a password that is as long as a key.
  private func password(from start: Int) -> Range<Int>? {
    let end = end(from: start) { Self.isSpace($0) || Self.isQuote($0) }
    let authority = self.end(from: start, before: end) { StaticString("/?#").has($0) }
    let first = text[start..<authority].firstIndex(of: Self.colon)
    guard let at = text[start..<authority].lastIndex(of: UInt8(ascii: "@")) else {
      // A password with a slash in it: no number of a port stands there.
      guard let first, !text[(first + 1)..<authority].allSatisfy(Self.isDigit) else { return nil }
      return text[start..<end].lastIndex(of: UInt8(ascii: "@")).map { (first + 1)..<$0 }
    }
    guard let first, first < at else {
      return at - start >= Self.shortestKey ? start..<at : nil
    }
    return first + 1 < at ? (first + 1)..<at : nil
  }

  private static let shortestKey = 16

  /// `--password=…`, `PASSWORD=…`, `password='…'`, `password = '…'`
  private func assigned(at index: Int) -> Range<Int>? {
    let hasSpace = index > 0 && text[index - 1] == Ascii.space
    guard index + 1 < text.count, text[index + 1] != Self.equals,
      let name = name(before: hasSpace ? index - 1 : index), SecretNames.contain(name)
    else { return nil }
    guard hasSpace else { return value(from: index + 1) }
    // In Python's text a name is on the left of much that is no secret.
    let start = end(from: index + 1) { $0 != Ascii.space }
    return start < text.count && Self.isQuote(text[start]) ? value(from: start) : nil
  }

  /// `"password": "…"`, `Authorization: …`
  private func member(at index: Int) -> Range<Int>? {
    guard index > 0, let name = name(before: index), SecretNames.contain(name) else { return nil }
    let start = end(from: index + 1) { $0 != Ascii.space }
    if Self.isQuote(text[index - 1]) { return value(from: start) }
    guard Self.isHeader(name), start < text.count else { return nil }
    let end = end(from: start) { $0 < Ascii.space || Self.isQuote($0) }
    return start < end ? start..<end : nil
  }

  /// `--token …`
  private func option(at index: Int) -> Range<Int>? {
    guard index == 0 || !Self.isName(text[index - 1]) else { return nil }
    let end = end(from: index) { !Self.isName($0) }
    guard end < text.count, text[end] == Ascii.space,
      SecretNames.contain(Bytes(text[index..<end]))
    else { return nil }
    let start = self.end(from: end) { $0 != Ascii.space }
    return start < text.count && text[start] != Self.dash ? value(from: start) : nil
  }

  /// `Bearer …`, `Basic …`, if what follows looks like a key and not like a word.
  private func bearer(at index: Int) -> Range<Int>? {
    guard index == 0 || !Self.isName(text[index - 1]) else { return nil }
    let word = end(from: index) { !Self.isName($0) }
    let scheme = text[index..<word].map { $0 | 0x20 }
    guard scheme == Bytes("bearer") || scheme == Bytes("basic"), word < text.count,
      text[word] == Ascii.space
    else { return nil }
    let end = end(from: word + 1) { !Self.isName($0) && !StaticString("~+/=").has($0) }
    let key = text[(word + 1)..<end]
    let isKey = key.count >= Self.shortestKey || key.contains(where: Self.isDigit)
    return isKey ? (word + 1)..<end : nil
  }

  // MARK: names and values

  /// The name that ends before a place, in quotes or not.
  private func name(before index: Int) -> Bytes? {
    var end = index
    if end > 0, Self.isQuote(text[end - 1]) { end -= 1 }
    var start = end
    while start > done, Self.isName(text[start - 1]) { start -= 1 }
    return start < end ? Bytes(text[start..<end]) : nil
  }

  /// In quotes: what is between them. Else up to what ends a word.
  private func value(from start: Int) -> Range<Int>? {
    guard start < text.count else { return nil }
    var first = start
    if StaticString("bBuUrRfF").has(text[first]), first + 1 < text.count,
      Self.isQuote(text[first + 1])
    {
      first += 1
    }
    let quote = text[first]
    if Self.isQuote(quote) {
      let end = end(from: first + 1) { $0 == quote }
      return first + 1 < end ? (first + 1)..<end : nil
    }
    let end = end(from: start) {
      Self.isSpace($0) || Self.isQuote($0) || StaticString("&;,)]}<>").has($0)
    }
    return start < end && !Self.isOpen(Bytes(text[start..<end])) ? start..<end : nil
  }

  /// What is no secret: it is shown of a variable, too. Nor is what was masked before.
  private static func isOpen(_ value: Bytes) -> Bool {
    WordList("None True False null true false").contains { $0.elementsEqual(value) }
      || value.starts(with: "***")
  }

  private static func isHeader(_ name: Bytes) -> Bool {
    let letters = Bytes(name.map { $0 | 0x20 })
    return name.contains(dash)
      || WordList("authorization cookie").contains { $0.elementsEqual(letters) }
  }

  // MARK: bytes

  private func has(_ wanted: StaticString, at index: Int) -> Bool {
    wanted.withUTF8Buffer { text[index...].starts(with: $0) }
  }

  private func end(from start: Int, before most: Int? = nil, _ isEnd: (UInt8) -> Bool) -> Int {
    let most = most ?? text.count
    return start < most ? text[start..<most].firstIndex(where: isEnd) ?? most : most
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte <= Ascii.space }

  private static func isQuote(_ byte: UInt8) -> Bool { StaticString("'\"`").has(byte) }

  private static func isDigit(_ byte: UInt8) -> Bool {
    Ascii.zero...UInt8(ascii: "9") ~= byte
  }

  private static func isName(_ byte: UInt8) -> Bool {
    isDigit(byte) || byte >= 0x80 || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
      || StaticString("_-.").has(byte)
  }
}

extension StaticString {
  fileprivate func has(_ byte: UInt8) -> Bool { withUTF8Buffer { $0.contains(byte) } }
}
