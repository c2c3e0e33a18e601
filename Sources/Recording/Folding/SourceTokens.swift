/// The tokens of a Python source, as far as its blocks and loops need them.
struct SourceTokens {
  enum Token: Equatable {
    /// The spaces before the first token of a line.
    case indentation(Int)
    case word(Word)
    case open, close
    /// A statement ends, if no bracket is open.
    case newline
    /// A line ends within a statement: within a string, or behind a backslash.
    case continuation
    case other
  }

  enum Word {
    case `for`, `while`, def, `class`, async, `import`, from
    /// `@`, which begins a decorator where a statement begins.
    case at
    case other
  }

  private let source: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var isAtLineStart = true
  /// The quote of the string that goes on in this line; 0: none does.
  private var (quote, isTriple) = (0 as UInt8, false)

  private static let newline = UInt8(ascii: "\n")
  private static let backslash = UInt8(ascii: "\\")

  init(_ source: UnsafeBufferPointer<UInt8>) { self.source = source }

  /// The next token; nil at the end of the source.
  mutating func next() -> Token? {
    if quote != 0 { return restOfString() }
    if isAtLineStart { return lineStart() }
    skipBlanks()
    guard position < source.count else { return nil }
    let byte = source[position]
    if Self.isInWord(byte) { return word() }
    position += 1
    switch byte {
    case Self.newline: return endLine(.newline)
    case UInt8(ascii: "\r"): return carriageReturn()
    case Self.backslash: return backslash()
    case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): return .open
    case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): return .close
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return string(byte)
    case UInt8(ascii: "#"): return comment()
    case UInt8(ascii: "@"): return .word(.at)
    default: return .other
    }
  }

  private mutating func lineStart() -> Token? {
    isAtLineStart = false
    var width = 0
    while position < source.count {
      switch source[position] {
      case UInt8(ascii: " "): width += 1
      case UInt8(ascii: "\t"): width = width / 8 * 8 + 8
      default: return .indentation(width)
      }
      position += 1
    }
    return .indentation(width)
  }

  private mutating func skipBlanks() {
    while position < source.count,
      source[position] == UInt8(ascii: " ") || source[position] == UInt8(ascii: "\t")
        || source[position] == 0x0C
    { position += 1 }
  }

  private mutating func endLine(_ token: Token) -> Token {
    isAtLineStart = token == .newline
    return token
  }

  private mutating func carriageReturn() -> Token {
    if position < source.count, source[position] == Self.newline { position += 1 }
    return endLine(.newline)
  }

  private mutating func backslash() -> Token? {
    if position < source.count, source[position] == UInt8(ascii: "\r") { position += 1 }
    guard position < source.count, source[position] == Self.newline else { return .other }
    position += 1
    return .continuation
  }

  private mutating func comment() -> Token? {
    while position < source.count, source[position] != Self.newline { position += 1 }
    return next()
  }

  private mutating func string(_ mark: UInt8) -> Token? {
    quote = mark
    isTriple =
      position + 1 < source.count && source[position] == mark && source[position + 1] == mark
    if isTriple { position += 2 }
    return .other
  }

  private mutating func restOfString() -> Token? {
    while position < source.count {
      let byte = source[position]
      position += 1
      if byte == Self.backslash, position < source.count, source[position] != Self.newline {
        position += 1
      } else if byte == Self.newline {
        let goesOn = isTriple || position > 1 && source[position - 2] == Self.backslash
        if !goesOn { quote = 0 }
        return goesOn ? .continuation : endLine(.newline)
      } else if byte == quote, endsString() {
        quote = 0
        return .other
      }
    }
    return nil
  }

  private mutating func endsString() -> Bool {
    if !isTriple { return true }
    guard position + 1 < source.count, source[position] == quote, source[position + 1] == quote
    else { return false }
    position += 2
    return true
  }

  private static func isInWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
      true
    default: false
    }
  }

  private mutating func word() -> Token {
    let start = position
    while position < source.count, Self.isInWord(source[position]) { position += 1 }
    let word = UnsafeBufferPointer(rebasing: source[start..<position])
    for (text, known) in Self.words where text.utf8CodeUnitCount == word.count {
      if text.withUTF8Buffer({ $0.elementsEqual(word) }) { return .word(known) }
    }
    return .word(.other)
  }

  private static let words: [(StaticString, Word)] = [
    ("for", .for), ("while", .while), ("def", .def), ("class", .class), ("async", .async),
    ("import", .import), ("from", .from),
  ]
}
