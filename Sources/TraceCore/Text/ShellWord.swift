/// A word as a shell would take it back: plain, in quotes or, with something in it that
/// would not be seen, as bash's `$'...'`.
enum ShellWord {
  static func append(_ word: Bytes, to output: inout Bytes) {
    if !word.isEmpty, word.allSatisfy(isPlain) {
      output += word
    } else if visible(word) == word {
      appendQuoted(word, to: &output)
    } else {
      output.append("$'")
      output += visible(escaped(word))
      output.append("'")
    }
  }

  /// `shlex.quote`'s list.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case Ascii.zero...UInt8(ascii: "9"): true
    default: StaticString("_@%+=:,./-").withUTF8Buffer { $0.contains(byte) }
    }
  }

  private static func visible(_ word: Bytes) -> Bytes {
    var shown = Bytes()
    word.withUnsafeBufferPointer { VisibleText.append($0, to: &shown) }
    return shown
  }

  private static func appendQuoted(_ word: Bytes, to output: inout Bytes) {
    output.append("'")
    for byte in word {
      if byte == UInt8(ascii: "'") { output.append("'\"'\"'") } else { output.append(byte) }
    }
    output.append("'")
  }

  /// What `$'...'` reads otherwise.
  private static func escaped(_ word: Bytes) -> Bytes {
    var escaped = Bytes()
    for byte in word {
      if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\\") {
        escaped.append(UInt8(ascii: "\\"))
      }
      escaped.append(byte)
    }
    return escaped
  }
}
