/// What a rendered line has besides its text: colours, and a mark for who fits it into a
/// width. Both are put where no text can have them: text is made visible first.
public struct LineLook: Equatable, Sendable {
  /// The prefix is dim, a note has a colour of its own.
  public var hasColours: Bool
  /// A byte stands before the line's text.
  public var marksText: Bool

  /// A statement is one line.
  public var joinsStatements: Bool

  /// The plain look by default: no colours, no mark, a line of the file as one line.
  public init(hasColours: Bool = false, marksText: Bool = false, joinsStatements: Bool = false) {
    (self.hasColours, self.marksText) = (hasColours, marksText)
    self.joinsStatements = joinsStatements
  }

  static let mark: UInt8 = 0x1F
  static let escape: UInt8 = 0x1B
  static let dim: StaticString = "\u{1B}[2m"
  static let note: StaticString = "\u{1B}[36m"
  static let reset: StaticString = "\u{1B}[0m"

  /// Where a tag goes: how many bytes of a line stand before it.
  /// - Parameter depth: how many crosses it has.
  public func tagOffset(depth: Int) -> Int {
    depth + 1 + (hasColours ? Self.dim.utf8CodeUnitCount : 0)
  }

  func beginPrefix(_ output: inout Bytes) {
    if hasColours { output.append(Self.dim) }
  }

  /// Appends the line's text, behind its prefix.
  func append(text: Bytes, isNote: Bool = false, to output: inout Bytes) {
    if hasColours { output.append(Self.reset) }
    if marksText { output.append(Self.mark) }
    if isNote, hasColours { output.append(Self.note) }
    output.append(contentsOf: text)
    if isNote, hasColours { output.append(Self.reset) }
  }
}
