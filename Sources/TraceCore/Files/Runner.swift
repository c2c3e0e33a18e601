/// Modules that run other programs, as pdb, cProfile and runpy do.
public enum Runner {
  /// Whether the text of a module speaks of `__main__` besides asking whether it is run as
  /// that itself, or calls `exec`: it runs something else.
  public static func isText(_ text: SourceText) -> Bool {
    (1...max(text.lineCount, 1)).contains { number in
      text.line(number).map(isLine) ?? false
    }
  }

  private static func isLine(_ line: BytesView) -> Bool {
    let words = line.drop { $0 == Ascii.space || $0 == Ascii.tab }
    if words.starts(with: Bytes("import __main__")) || hasCall(words) { return true }
    if index(of: Bytes(".__main__ import "), in: words) != nil { return true }
    return [Bytes("\"__main__\""), Bytes("'__main__'")].contains { name in
      index(of: name, in: words).map { !isComparison(words[..<$0]) } ?? false
    }
  }

  private static func index(of name: Bytes, in line: Slice<BytesView>) -> Int? {
    line.indices.first { line[$0...].starts(with: name) }
  }

  /// Of `exec`, and no other function whose name ends so.
  private static func hasCall(_ line: Slice<BytesView>) -> Bool {
    guard let index = index(of: Bytes("exec("), in: line) else { return false }
    let before = line[..<index].last
    return before == nil || before == Ascii.space || before == UInt8(ascii: "(")
  }

  /// What stands before ends in `==` or `!=`.
  private static func isComparison(_ before: Slice<BytesView>) -> Bool {
    var rest = before
    while rest.last == Ascii.space { rest = rest.dropLast() }
    guard rest.popLast() == UInt8(ascii: "=") else { return false }
    return rest.last == UInt8(ascii: "=") || rest.last == UInt8(ascii: "!")
  }
}
