import PythonInterop
import TraceCore

/// Which of its variables a function deletes itself, by `del` or at the end of an
/// `except ... as`.
///
/// From 3.12 on the variables of a comprehension are the function's (PEP 709), and have no
/// value after it: nobody has deleted them.
struct DeletedVariables {
  private var places: [Int]? = []

  init(by code: Borrowed) throws(PythonError) {
    guard let numbers = Self.numbers else {
      places = nil
      return
    }
    let instructions = try PyRef.attribute("co_code", of: code)
    let bytes = Bytes(bytesObject: instructions.borrowed) ?? []
    var argument = 0
    for place in stride(from: 0, to: bytes.count - 1, by: 2) {
      argument = argument << 8 & 0xFF_FFFF | Int(bytes[place + 1])
      if bytes[place] == numbers.extendedArgument { continue }
      if bytes[place] == numbers.local || bytes[place] == numbers.shared {
        places?.append(argument)
      }
      argument = 0
    }
  }

  func contains(_ place: Int) -> Bool { places?.contains(place) ?? true }

  /// `DELETE_FAST`, `DELETE_DEREF` and `EXTENDED_ARG`; nil: not known, or not needed.
  private static let numbers: (local: UInt8, shared: UInt8, extendedArgument: UInt8)? =
    switch Interpreter.version {
    case 0x030C: (126, 139, 144)
    case 0x030D: (65, 64, 71)
    case 0x030E: (63, 62, 69)
    case 0x030F: (61, 60, 67)
    default: nil
    }
}
