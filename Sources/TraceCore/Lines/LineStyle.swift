/// How the lines of a trace are printed: their format, the crosses in front of them, and the
/// colours and marks around their text.
public struct LineStyle: Equatable, Sendable {
  /// What stands in front of the text, and in which order.
  public let format: LineFormat
  /// How many processes deep the trace is: as many crosses stand in front of a line.
  public let depth: Int
  /// Colours and marks, and whether a statement is one line.
  public let look: LineLook

  /// A format with one cross and the plain look, unless others are given.
  public init(_ format: LineFormat, depth: Int = 1, look: LineLook = LineLook()) {
    (self.format, self.depth, self.look) = (format, depth, look)
  }

  /// Appends the whole line as it is printed, with its newline. White space at its end is
  /// stripped, its indentation is kept.
  public func append(_ line: SourceLine, to output: inout Bytes) {
    look.beginPrefix(&output)
    if let template = format.template {
      return template.append(line, self, to: &output)
    }
    if format != .fields {
      output.append(contentsOf: repeatElement(LineFormat.cross, count: depth))
      output.append(Ascii.space)
    }
    format.appendPosition(of: line, to: &output)
    look.append(text: line.shown, isNote: line.isNote, to: &output)
    output.append(Ascii.newline)
  }
}

/// One line of a file, as it is to be printed.
public struct SourceLine {
  /// The line's own text; nil if there is no source.
  let text: BytesView?
  /// The text in colours, if it is to be shown in colours.
  let painted: BytesView?
  /// The file's name as the code object has it.
  let file: Bytes
  /// The file's absolute path, or the name again.
  let path: Bytes
  let number: Int
  /// Whether the text says something about the line instead of being the file's own.
  let isNote: Bool

  /// - Parameter path: nil if it is not known: the name then stands for it.
  public init(
    _ text: BytesView?, file: Bytes, path: Bytes? = nil, number: Int, painted: BytesView? = nil,
    isNote: Bool = false
  ) {
    (self.text, self.painted, self.number, self.isNote) = (text, painted, number, isNote)
    (self.file, self.path) = (file, path ?? file)
  }

  /// The text as a terminal may be given it, in colours if it has any.
  var shown: Bytes { painted.map { Bytes($0) } ?? plain }

  /// The text without colours.
  var plain: Bytes { text.map { VisibleText.visible(line: $0) } ?? Bytes("<no source>") }
}
