/// Which statement each line of a text is part of, and the text with each statement as one line.
public final class StatementLines {
  /// As many lines as the text has: a statement is in its first, and the others are empty.
  public let text: SourceText
  private let lines: [Int]

  /// - Parameter lines: for each line, from line 0 on, the first line of its statement times 4,
  ///   and `isClass` and `isRepeated` as bits.
  public init(_ text: SourceText, _ lines: [Int]) {
    (self.text, self.lines) = (text, lines)
  }

  private static var isRepeated: Int { 1 }
  private static var isClass: Int { 2 }

  private func entry(_ number: Int) -> Int {
    lines.indices.contains(number) ? lines[number] : number * 4
  }

  /// The first line of the statement that a line is part of.
  public func first(of number: Int) -> Int { entry(number) / 4 }

  /// Whether the line is a loop and its body, and each time that it runs is one of its own.
  public func isRepeated(_ number: Int) -> Bool { entry(number) & Self.isRepeated != 0 }

  /// Whether the statement is the head of a class, whose body runs within it.
  public func isClass(_ number: Int) -> Bool { entry(number) & Self.isClass != 0 }
}
