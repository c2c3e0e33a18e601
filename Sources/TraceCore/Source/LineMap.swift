/// Which line of a template each line of the Python that was generated from it stands for.
public struct LineMap {
  /// More lines than any template's code has: a number of a map may be anything.
  private static let most = 1 << 20

  /// The template's line for each number of a generated line; 0 if it stands for none.
  private let lines: [Int]

  /// The map of code that stands for no line of a template.
  public static var ofNone: LineMap { LineMap(lines: []) }

  private init(lines: [Int]) { self.lines = lines }

  /// - Parameter text: as Jinja2 has it, `2=14&3=18`: line 2 begins with line 14 of the code.
  public init?(_ text: Bytes) {
    var lines: [Int] = []
    for pair in text.parts(between: UInt8(ascii: "&"), keepsEmpty: true) {
      let numbers = pair.parts(between: UInt8(ascii: "="), keepsEmpty: true)
      guard numbers.count == 2, let template = Self.number(numbers[0]),
        let code = Self.number(numbers[1])
      else { return nil }
      while lines.count <= code { lines.append(0) }
      lines[code] = template
    }
    self.lines = lines
  }

  private static func number(_ digits: Bytes) -> Int? {
    guard !digits.isEmpty, digits.count <= 7, digits.allSatisfy({ 0x30...0x39 ~= $0 }) else {
      return nil
    }
    let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    return number > 0 && number < most ? number : nil
  }

  /// The template's line that begins with line `number` of the code.
  public subscript(number: Int) -> Int? {
    guard lines.indices.contains(number), lines[number] > 0 else { return nil }
    return lines[number]
  }

  /// The template's line that line `number` of the code is a part of; for what comes before
  /// the first one, that.
  public func nearest(_ number: Int) -> Int {
    let before = lines.prefix(Swift.max(number, 0) + 1).last { $0 > 0 }
    return before ?? lines.first { $0 > 0 } ?? 1
  }

  /// One more than the number of the last line that stands for any.
  var count: Int { lines.count }
}
