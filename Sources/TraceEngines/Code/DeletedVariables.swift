import PythonInterop
import TraceCore

/// Which of its variables a function deletes itself, by `del` or at the end of an
/// `except ... as`.
///
/// From 3.12 on the variables of a comprehension are the function's (PEP 709), and have no
/// value after it: nobody has deleted them.
struct DeletedVariables {
  private var indices: [Int]? = []

  init(by code: CodeObject) throws(PythonError) {
    guard let opcodes = Interpreter.opcodes, let local = opcodes.deleteLocal else {
      indices = nil
      return
    }
    let bytes = try code.instructions
    var argument = 0
    for offset in stride(from: 0, to: bytes.count - 1, by: 2) {
      argument = argument << 8 & 0xFF_FFFF | Int(bytes[offset + 1])
      if bytes[offset] == opcodes.extendedArgument { continue }
      if bytes[offset] == local || bytes[offset] == opcodes.deleteShared {
        indices?.append(argument)
      }
      argument = 0
    }
  }

  func contains(_ index: Int) -> Bool { indices?.contains(index) ?? true }
}
