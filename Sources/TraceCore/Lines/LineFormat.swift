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

  /// The template of a format that is the user's own; nil for the built-in formats.
  public var template: LineTemplate? {
    if case .template(let template) = self { template } else { nil }
  }

  static let nameWidth = 32
  static let numberWidth = 6
  static let cross = UInt8(ascii: "+")

  /// What follows the crosses and, where there is one, the tag.
  func appendPosition(of line: SourceLine, to output: inout Bytes) {
    switch self {
    case .line: break
    case .numbered: appendNumber(line.number, to: &output)
    case .located: appendPlace(file: line.file, number: line.number, to: &output)
    case .placed(let start):
      appendPath(line.path, relativeTo: start, number: line.number, to: &output)
    case .fields: appendFields(file: line.file, number: line.number, to: &output)
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
    let directory = start.last == Ascii.slash ? start : start + Bytes("/")
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
}
