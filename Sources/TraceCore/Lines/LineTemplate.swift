/// A line's format in the user's own words: text, and fields in braces. It is compiled
/// once; what does not differ from one run of a line to the next is rendered once a line.
///
/// A field is `{name}` or `{name:layout}`; the layout is `<` or `>` for the side, a width,
/// and `.N` for its last N characters alone. `{{` and `}}` are braces.
public final class LineTemplate: Equatable, Sendable {
  /// The fields that come with the line itself.
  enum Field: Int, CaseIterable {
    case prefix, file, path, name, lineno, line

    var name: StaticString {
      switch self {
      case .prefix: "prefix"
      case .file: "file"
      case .path: "path"
      case .name: "name"
      case .lineno: "lineno"
      case .line: "line"
      }
    }
  }

  struct Layout {
    var width = 0
    var isRight = false
    var last: Int?
    /// A text is just appended.
    var isPlain: Bool { width == 0 && last == nil }
  }

  enum Part {
    case text(Bytes)
    case field(Field, Layout)
    case varying(LineField, Layout)
  }

  let parts: [Part]

  /// Stands in a rendered line where a field that varies goes. No text has it.
  private static let hole: UInt8 = 0x1E

  /// - Throws: `badTemplate`, with what is wrong of it.
  public init(_ text: Bytes) throws(TraceError) {
    if text.contains(Self.hole) { throw TraceError.badTemplate(Bytes("it has a byte 0x1e")) }
    var parser = TemplateParser(text)
    parts = try parser.parse()
  }

  /// Whether both are the same object: a template is compiled once a session, and its text is not
  /// kept.
  public static func == (one: LineTemplate, other: LineTemplate) -> Bool { one === other }

  /// The fields that it has a value to be asked for, each time.
  public var varying: LineFields {
    var fields: LineFields = []
    for case .varying(let field, _) in parts { fields.insert(LineFields(field)) }
    return fields
  }

  /// Appends the line with a hole for each field that varies, and its newline.
  func append(_ line: SourceLine, _ style: LineStyle, to output: inout Bytes) {
    let look = style.look
    for part in parts {
      switch part {
      case .field(.line, let layout):
        var text = Bytes()
        text.append(layout.isPlain ? line.shown : line.plain, layout)
        look.append(text: text, isNote: line.isNote, to: &output)
        look.beginPrefix(&output)
      case .text(let text): output.append(contentsOf: text)
      case .field(let field, let layout): output.append(value(of: field, line, style), layout)
      case .varying: output.append(Self.hole)
      }
    }
    if look.hasColours { output.append(LineLook.reset) }
    output.append(Ascii.newline)
  }

  private func value(of field: Field, _ line: SourceLine, _ style: LineStyle) -> Bytes {
    switch field {
    case .prefix: Bytes(repeating: LineFormat.cross, count: style.depth)
    case .file: VisibleText.visible(line.file)
    case .path: VisibleText.visible(line.path)
    case .name: VisibleText.visible(Bytes(FilePath.lastComponent(line.file)))
    case .lineno: Bytes(decimal: line.number)
    case .line: line.shown
    }
  }

  /// The rendered line with its holes filled.
  public func append(_ line: RenderedLine, to output: inout Bytes, _ value: (LineField) -> Bytes?) {
    let rendered = UnsafeRawBufferPointer(start: line.start, count: line.count)
    var rest = rendered[...]
    for case .varying(let field, let layout) in parts {
      guard let index = rest.firstIndex(of: Self.hole) else { break }
      output.append(contentsOf: rest[..<index])
      output.append(VisibleText.visible(value(field) ?? []), layout)
      rest = rest[(index + 1)...]
    }
    output.append(contentsOf: rest)
  }
}

extension Bytes {
  fileprivate mutating func append(_ value: Bytes, _ layout: LineTemplate.Layout) {
    var value = value
    if let last = layout.last {
      value = value.withUnsafeBufferPointer { Bytes(VisibleText.last(last, of: $0)) }
    }
    let spaces = layout.width - VisibleText.length(of: value)
    if layout.isRight { append(spaces: spaces) }
    append(contentsOf: value)
    if !layout.isRight { append(spaces: spaces) }
  }
}
