/// Takes a template apart.
struct TemplateParser {
  private var rest: ArraySlice<UInt8>
  private var parts: [LineTemplate.Part] = []
  private var text = Bytes()

  private static let open = UInt8(ascii: "{")
  private static let close = UInt8(ascii: "}")
  /// Wider than any terminal.
  private static let mostWidth = 10_000

  init(_ template: Bytes) { rest = template[...] }

  mutating func parse() throws(TraceError) -> [LineTemplate.Part] {
    while let byte = rest.popFirst() {
      let isDoubled = rest.first == byte
      if byte == Self.open || byte == Self.close, isDoubled {
        rest = rest.dropFirst()
        text.append(byte)
      } else if byte == Self.open {
        endText()
        parts.append(try field())
      } else if byte == Self.close {
        throw TraceError.badTemplate(Bytes("a } without its {"))
      } else {
        text.append(byte)
      }
    }
    endText()
    return parts
  }

  private mutating func endText() {
    if !text.isEmpty { parts.append(.text(text)) }
    text = []
  }

  private mutating func field() throws(TraceError) -> LineTemplate.Part {
    guard let end = rest.firstIndex(of: Self.close) else {
      throw TraceError.badTemplate(Bytes("a { without its }"))
    }
    let field = rest[..<end]
    rest = rest[(end + 1)...]
    let colon = field.firstIndex(of: UInt8(ascii: ":")) ?? end
    let name = Bytes(field[..<colon])
    for known in LineTemplate.Field.allCases where name == Bytes(known.name) {
      let layout = try layout(field[colon...], isRight: known == .lineno)
      return .field(known, layout)
    }
    for known in LineField.allCases where known != .calls && name == Bytes(known.name) {
      return .varying(known, try layout(field[colon...], isRight: false))
    }
    throw TraceError.badTemplate(Self.unknown(name))
  }

  /// `:>32.32`
  private func layout(_ text: ArraySlice<UInt8>, isRight: Bool) throws(TraceError)
    -> LineTemplate.Layout
  {
    var layout = LineTemplate.Layout(isRight: isRight)
    var rest = text.dropFirst()
    if let side = rest.first, side == UInt8(ascii: "<") || side == UInt8(ascii: ">") {
      layout.isRight = side == UInt8(ascii: ">")
      rest = rest.dropFirst()
    }
    layout.width = Self.number(&rest) ?? 0
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      layout.last = Self.number(&rest)
      if layout.last == nil { throw TraceError.badTemplate(Self.badLayout(text)) }
    }
    if !rest.isEmpty || layout.width > Self.mostWidth {
      throw TraceError.badTemplate(Self.badLayout(text))
    }
    return layout
  }

  private static func number(_ text: inout ArraySlice<UInt8>) -> Int? {
    let digits = text.prefix { $0 >= Ascii.zero && $0 <= UInt8(ascii: "9") }
    if digits.isEmpty || digits.count > 6 { return nil }
    text = text.dropFirst(digits.count)
    return digits.reduce(0) { $0 * 10 + Int($1 - Ascii.zero) }
  }

  private static func badLayout(_ text: ArraySlice<UInt8>) -> Bytes {
    Bytes("no such layout: ") + VisibleText.visible(Bytes(text.dropFirst()))
  }

  private static func unknown(_ name: Bytes) -> Bytes {
    var message = Bytes("no field {") + VisibleText.visible(name)
    message.append("}; there are ")
    func append(_ name: StaticString) {
      message.append(name)
      message.append(", ")
    }
    for field in LineTemplate.Field.allCases { append(field.name) }
    for field in LineField.allCases where field != .calls { append(field.name) }
    return Bytes(message.dropLast(2))
  }
}
