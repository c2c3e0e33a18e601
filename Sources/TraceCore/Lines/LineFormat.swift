/// How a line is printed: ayrton's three levels byte for byte, or as a template says.
public enum LineFormat: Equatable, Sendable {
  /// `"+ %s"`: the line.
  case line
  /// `"+ [%6d] %s"`: its number and the line.
  case numbered
  /// `"+ [%32s:%-6d] %s"`: the last 32 characters of the file's name, the
  /// number, the line.
  case located
  /// `"+ [%s:%d] %s"`: the file's whole path, the number, the line. Of a file below the
  /// directory the path is relative to that; empty: to none.
  case placed(relativeTo: Bytes)
  /// For programs: the file's name, the number and the line, with U+001F between them,
  /// which no line has.
  case fields
  case template(LineTemplate)

  /// The format of a level, and `fields` for 4.
  public init?(level: Int) {
    switch level {
    case 1: self = .line
    case 2: self = .numbered
    case 3: self = .located
    case 4: self = .fields
    default: return nil
    }
  }

  public var template: LineTemplate? {
    if case .template(let template) = self { template } else { nil }
  }

  static let nameWidth = 32
  static let numberWidth = 6
  static let cross = UInt8(ascii: "+")

  /// What follows the crosses and, where there is one, the tag.
  func appendPosition(file: Bytes, path: Bytes? = nil, number: Int, to output: inout Bytes) {
    switch self {
    case .line: break
    case .numbered: appendNumber(number, to: &output)
    case .located: appendPlace(file: file, number: number, to: &output)
    case .placed(let start):
      appendPath(path ?? file, relativeTo: start, number: number, to: &output)
    case .fields: appendFields(file: file, number: number, to: &output)
    case .template: break
    }
  }

  private func appendNumber(_ number: Int, to output: inout Bytes) {
    var digits = Bytes()
    digits.append(decimal: number)
    output.append("[")
    output.append(spaces: Self.numberWidth - digits.count)
    output.append(contentsOf: digits)
    output.append("] ")
  }

  private func appendPlace(file: Bytes, number: Int, to output: inout Bytes) {
    var name = Bytes()
    file.withUnsafeBufferPointer {
      VisibleText.append(VisibleText.last(Self.nameWidth, of: $0), to: &name)
    }
    var digits = Bytes()
    digits.append(decimal: number)
    output.append("[")
    output.append(spaces: Self.nameWidth - VisibleText.length(of: name))
    output.append(contentsOf: name)
    output.append(":")
    output.append(contentsOf: digits)
    output.append(spaces: Self.numberWidth - digits.count)
    output.append("] ")
  }

  private func appendPath(
    _ path: Bytes, relativeTo start: Bytes, number: Int, to output: inout Bytes
  ) {
    let directory = start.last == Ascii.slash ? start : start + [Ascii.slash]
    let isBelow = !start.isEmpty && path.starts(with: directory)
    output.append("[")
    output += VisibleText.visible(isBelow ? Bytes(path.dropFirst(directory.count)) : path)
    output.append(":")
    output.append(decimal: number)
    output.append("] ")
  }

  private func appendFields(file: Bytes, number: Int, to output: inout Bytes) {
    file.withUnsafeBufferPointer { VisibleText.append($0, to: &output) }
    output.append(Ascii.unitSeparator)
    output.append(decimal: number)
    output.append(Ascii.unitSeparator)
  }

  static let noSource = Bytes("<no source>")

  /// The whole line as it is printed, with its newline. Trailing white space is
  /// stripped, indentation kept.
  /// - Parameters:
  ///   - depth: how many processes deep; as many crosses stand in front.
  ///   - painted: the source as it is to be shown.
  ///   - isNote: it is no line of the file's.
  public func appendLine(
    _ source: BytesView?, painted: BytesView? = nil, file: Bytes, path: Bytes? = nil, number: Int,
    depth: Int = 1, look: LineLook = LineLook(), isNote: Bool = false, to output: inout Bytes
  ) {
    let shown = painted.map { Bytes($0) } ?? Self.shown(source)
    look.beginPrefix(&output)
    if let template {
      let line = LineTemplate.Line(
        source: shown, plain: painted == nil ? shown : Self.shown(source), name: file,
        path: path ?? file, number: number, depth: depth)
      return template.append(line, look, isNote: isNote, to: &output)
    }
    if self != .fields {
      output.append(contentsOf: repeatElement(Self.cross, count: depth))
      output.append(Ascii.space)
    }
    appendPosition(file: file, path: path, number: number, to: &output)
    look.append(text: shown, isNote: isNote, to: &output)
    output.append(Ascii.newline)
  }

  static func shown(_ source: BytesView?) -> Bytes {
    guard let source else { return noSource }
    var text = Bytes()
    VisibleText.append(VisibleText.trimmedEnd(source), to: &text)
    return text
  }
}
