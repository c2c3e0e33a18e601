/// What becomes of a line that is wider than there is room.
public enum LineFit: Int, Sendable {
  /// The line is cut and ends in `…`.
  case cut = 1
  /// It goes on below, indented as its text is.
  case wrap

  /// - Parameters:
  ///   - line: as it was rendered with a `LineLook` that marks its text.
  ///   - columns: the width; below 1: whatever the line needs.
  public func fitted(_ line: Bytes, columns: Int) -> Bytes {
    var fitting = Fitting(line, self, columns < 1 ? .max : columns)
    return line.withUnsafeBufferPointer { fitting.run($0) }
  }
}

/// One line on its way into a width.
private struct Fitting {
  private let fit: LineFit
  private let columns: Int
  private let isTooWide: Bool
  private var output = Bytes()
  private var column = 0
  private var indentation = 0
  /// The colour in force: what to set again on the next row.
  private var colour = Bytes()

  init(_ line: Bytes, _ fit: LineFit, _ columns: Int) {
    (self.fit, self.columns) = (fit, columns)
    let width = line.withUnsafeBufferPointer { TextWidth.of($0) }
    isTooWide = width > columns
    output.reserveCapacity(line.count + 16)
  }

  mutating func run(_ line: BytesView) -> Bytes {
    var rest = line[...]
    while let first = rest.first {
      let piece = BytesView(rebasing: rest.prefix(TextWidth.length(startOf: rest)))
      rest = rest.dropFirst(piece.count)
      if first == LineLook.mark {
        setIndentation(rest)
      } else if first == LineLook.escape {
        note(colour: piece)
      } else if first != Ascii.newline, !makeRoom(TextWidth.of(piece, at: column)) {
        endCut()
        break
      } else {
        column += TextWidth.of(piece, at: column)
        output.append(contentsOf: piece)
      }
    }
    return output
  }

  /// Below the text, not below its first column; the text keeps half of the width.
  private mutating func setIndentation(_ rest: Slice<BytesView>) {
    var text = rest
    if text.first == LineLook.escape { text = text.dropFirst(TextWidth.length(startOf: text)) }
    let own = text.prefix { $0 == Ascii.space }.count
    indentation = column + own <= columns / 2 ? column + own : Swift.min(column, columns / 2)
  }

  private mutating func note(colour piece: BytesView) {
    output.append(contentsOf: piece)
    // Pygments resets by `39;49;00`; the colours from 30 on are no resets.
    let isReset =
      piece.suffix(3).elementsEqual(Bytes("00m")) || piece.count == 4 && piece[2] == 0x30
    if isReset { colour = [] } else { colour += piece }
  }

  /// - Returns: false where the line ends here.
  private mutating func makeRoom(_ width: Int) -> Bool {
    guard isTooWide else { return true }
    if fit == .cut { return column + width < columns }
    if column + width > columns, column > indentation { beginRow() }
    return true
  }

  private mutating func beginRow() {
    reset()
    output.append(Ascii.newline)
    output.append(spaces: indentation)
    output.append(contentsOf: colour)
    column = indentation
  }

  private mutating func endCut() {
    output.append("…")
    reset()
    output.append(Ascii.newline)
  }

  private mutating func reset() {
    if !colour.isEmpty { output.append(LineLook.reset) }
  }
}

/// How many columns of a terminal a text takes.
enum TextWidth {
  private static let tab = 8

  /// - Parameter column: where it starts.
  static func of(_ text: BytesView, at column: Int = 0) -> Int {
    var rest = text[...]
    var end = column
    while let first = rest.first {
      let count = length(startOf: rest)
      end += width(of: rest, first, at: end)
      rest = rest.dropFirst(count)
    }
    return end - column
  }

  private static func width(of text: Slice<BytesView>, _ first: UInt8, at column: Int) -> Int {
    switch first {
    case Ascii.tab: tab - column % tab
    case 0..<0x20: 0
    case 0x20..<0x80: 1
    default: UTF8Scalar(startOf: text).map { width(of: $0.value) } ?? 1
    }
  }

  /// How many bytes the first piece has: a character, or one of our own escapes.
  static func length(startOf text: Slice<BytesView>) -> Int {
    guard text.first == LineLook.escape else { return UTF8Scalar(startOf: text)?.length ?? 1 }
    let end = text.firstIndex(of: UInt8(ascii: "m")) ?? text.startIndex
    return end - text.startIndex + 1
  }

  private static func width(of scalar: UInt32) -> Int {
    if contain(combining, scalar) { return 0 }
    return contain(wide, scalar) ? 2 : 1
  }

  private static func contain(_ ranges: [UInt32], _ scalar: UInt32) -> Bool {
    var index = 0
    while index + 1 < ranges.count, ranges[index] <= scalar {
      if scalar <= ranges[index + 1] { return true }
      index += 2
    }
    return false
  }

  /// The first and the last of each range: what stands on the character before it.
  private static let combining: [UInt32] = [
    0x300, 0x36F, 0x483, 0x489, 0x591, 0x5BD, 0x610, 0x61A, 0x64B, 0x65F, 0x1AB0, 0x1AFF, 0x1DC0,
    0x1DFF, 0x200B, 0x200D, 0x20D0, 0x20F0, 0x302A, 0x302D, 0x3099, 0x309A, 0xFE00, 0xFE0F, 0xFE20,
    0xFE2F, 0xFEFF, 0xFEFF, 0xE0100, 0xE01EF,
  ]

  /// East Asian Width W and F.
  private static let wide: [UInt32] = [
    0x1100, 0x115F, 0x231A, 0x231B, 0x2329, 0x232A, 0x23E9, 0x23EC, 0x23F0, 0x23F0, 0x23F3, 0x23F3,
    0x25FD, 0x25FE, 0x2614, 0x2615, 0x2630, 0x2637, 0x2648, 0x2653, 0x267F, 0x267F, 0x268A, 0x268F,
    0x2693, 0x2693, 0x26A1, 0x26A1, 0x26AA, 0x26AB, 0x26BD, 0x26BE, 0x26C4, 0x26C5, 0x26CE, 0x26CE,
    0x26D4, 0x26D4, 0x26EA, 0x26EA, 0x26F2, 0x26F3, 0x26F5, 0x26F5, 0x26FA, 0x26FA, 0x26FD, 0x26FD,
    0x2705, 0x2705, 0x270A, 0x270B, 0x2728, 0x2728, 0x274C, 0x274C, 0x274E, 0x274E, 0x2753, 0x2755,
    0x2757, 0x2757, 0x2795, 0x2797, 0x27B0, 0x27B0, 0x27BF, 0x27BF, 0x2B1B, 0x2B1C, 0x2B50, 0x2B50,
    0x2B55, 0x2B55, 0x2E80, 0x3029, 0x302E, 0x303E, 0x3041, 0x3096, 0x309B, 0x3247, 0x3250, 0xA4C6,
    0xA960, 0xA97C, 0xAC00, 0xD7A3, 0xF900, 0xFAD9, 0xFE10, 0xFE19, 0xFE30, 0xFE6B, 0xFF01, 0xFF60,
    0xFFE0, 0xFFE6, 0x16FE0, 0x16FE3, 0x16FF0, 0x1B2FB, 0x1D300, 0x1D376, 0x1F004, 0x1F004,
    0x1F0CF, 0x1F0CF, 0x1F18E, 0x1F18E, 0x1F191, 0x1F19A, 0x1F200, 0x1F320, 0x1F32D, 0x1F335,
    0x1F337, 0x1F37C, 0x1F37E, 0x1F393, 0x1F3A0, 0x1F3CA, 0x1F3CF, 0x1F3D3, 0x1F3E0, 0x1F3F0,
    0x1F3F4, 0x1F3F4, 0x1F3F8, 0x1F43E, 0x1F440, 0x1F440, 0x1F442, 0x1F4FC, 0x1F4FF, 0x1F53D,
    0x1F54B, 0x1F54E, 0x1F550, 0x1F567, 0x1F57A, 0x1F57A, 0x1F595, 0x1F596, 0x1F5A4, 0x1F5A4,
    0x1F5FB, 0x1F64F, 0x1F680, 0x1F6C5, 0x1F6CC, 0x1F6CC, 0x1F6D0, 0x1F6D2, 0x1F6D5, 0x1F6DF,
    0x1F6EB, 0x1F6EC, 0x1F6F4, 0x1F6FC, 0x1F7E0, 0x1F7F0, 0x1F90C, 0x1F93A, 0x1F93C, 0x1F945,
    0x1F947, 0x1F9FF, 0x1FA70, 0x1FAF8, 0x20000, 0x33479,
  ]
}
