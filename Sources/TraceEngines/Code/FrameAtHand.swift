import CPython
import PythonInterop

/// The value of a variable as it was seen last. Nothing is kept alive by it.
struct SeenValue {
  enum Kind: UInt8 {
    case other
    /// A number is compared by its value, too: another object may have got the address.
    case number
    /// The number is its text.
    case integer
  }

  /// 0: there was none.
  var identity: UInt = 0
  /// The value of a number, or a part of it.
  var number = 0
  var kind = Kind.other

  @inline(__always)
  func isNumber(of value: Borrowed) -> Bool {
    if cpython_is_small_integer(value, SeenValue.showsSmall) != 0 {
      return cpython_small(value) == number
    }
    return Self.number(of: value).number == number
  }

  private static let showsSmall: CInt = Interpreter.showsSmallIntegers ? 1 : 0

  @inline(never)
  static func number(of value: Borrowed) -> (number: Int, kind: Kind) {
    switch ObjectKind(of: value) {
    case .integer:
      var overflow: CInt = 0
      return (PyLong_AsLongAndOverflow(value, &overflow), .number)
    case .scalar: return (cpython_float_bits(value), .number)
    default: return (0, .other)
    }
  }
}

/// The frame of a function that ran last, and what it takes to see that a line of it has changed
/// none of its variables: addresses alone, so that nothing is counted.
struct FrameAtHand {
  /// The address of the frame's object; 0 if none is at hand.
  var address: UInt = 0
  /// The line that has run last.
  var line = 0
  var words: UnsafePointer<UInt>?
  var values: UnsafePointer<SeenValue>?
  /// Which of the variables other functions share.
  var areShared: UnsafePointer<Bool>?
  var count = 0

  var isUnchanged: Bool {
    guard let words, let values, let areShared else { return false }
    for index in 0..<count {
      var value = FrameMemory.object(words[index])
      if areShared[index] { value = value.flatMap(FrameMemory.contents) }
      if UInt(bitPattern: value) != values[index].identity { return false }
      if values[index].kind != .other, let value, !values[index].isNumber(of: value) {
        return false
      }
    }
    return true
  }
}
