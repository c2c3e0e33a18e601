import CPython
import PythonInterop
import TraceCore

/// A value whose text is had in a few steps, with no object made for it and nothing hidden in it.
enum PlainValue {
  case integer(Int)
  case word(StaticString)
  /// Characters of ASCII with no quote, no backslash and nothing that a secret could be in.
  case string(UnsafeRawBufferPointer)

  /// Longer ones are no matter of a few steps.
  private static let mostCharacters = 60

  /// nil: the long way is to be gone.
  @inline(__always)
  init?(_ value: Borrowed, width: Int = .max) {
    switch ObjectKind(of: value) {
    case .integer:
      var overflow: CInt = 0
      let number = PyLong_AsLongAndOverflow(value, &overflow)
      if overflow != 0 { return nil }
      self = .integer(number)
    case .scalar:
      guard let word = Self.word(value) else { return nil }
      self = .word(word)
    case .string:
      guard let characters = AsciiText.characters(of: value), characters.count <= width,
        Self.isPlain(characters)
      else {
        return nil
      }
      self = .string(characters)
    default: return nil
    }
  }

  private static func word(_ value: Borrowed) -> StaticString? {
    if value == cpython_none() { return "None" }
    if value == cpython_true() { return "True" }
    return value == cpython_false() ? "False" : nil
  }

  private static func isPlain(_ characters: UnsafeRawBufferPointer) -> Bool {
    if characters.count > mostCharacters { return false }
    var hasSpace = false
    var mayHaveOption = false
    for character in characters {
      switch character {
      case Ascii.space: hasSpace = true
      case UInt8(ascii: "-"), UInt8(ascii: "b"), UInt8(ascii: "B"): mayHaveOption = true
      case UInt8(ascii: "="), UInt8(ascii: ":"), UInt8(ascii: "'"), UInt8(ascii: "\\"):
        return false
      default: if character < Ascii.space || character > 0x7E { return false }
      }
    }
    return !(hasSpace && mayHaveOption)
  }
}

/// The characters of strings where the interpreter has them: it may be asked for a copy of them,
/// which it would keep.
enum AsciiText {
  private typealias Words = UnsafePointer<UInt>

  /// The bits of the fifth word that say that all is ASCII, behind the object's first part.
  private static let bits: UInt = Interpreter.hasWideStringState ? 3 << 19 : 3 << 5
  private static let start = Interpreter.hasFrameEvaluationOf311 ? 48 : 40
  /// Whether these are so: looked at, not asked for by version.
  private static let isKnown =
    shows("plain text", as: true) && shows("\u{e9}", as: false)
    && shows("\u{20ac}", as: false)

  private static func shows(_ text: StaticString, as isAscii: Bool) -> Bool {
    guard MemoryLayout<Int>.size == 8, let string = try? PyRef.string(text) else { return false }
    guard let found = read(string.borrowed) else { return !isAscii }
    return isAscii && text.withUTF8Buffer { $0.elementsEqual(found) }
  }

  private static func read(_ string: Borrowed) -> UnsafeRawBufferPointer? {
    let words = Words(OpaquePointer(string))
    guard words[4] & bits == bits else { return nil }
    return UnsafeRawBufferPointer(
      start: UnsafeRawPointer(words) + start, count: PyUnicode_GetLength(string))
  }

  /// nil of one that is not of ASCII.
  static func characters(of string: Borrowed) -> UnsafeRawBufferPointer? {
    isKnown ? read(string) : nil
  }
}
