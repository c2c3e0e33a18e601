import CPython
import PythonInterop
import TraceCore

/// Whether a frame begins or goes on, returns or yields, on 3.11: `PyEval_SetTrace` calls
/// both pairs the same, but the instruction that the frame is at says it.
enum FrameInstruction {
  static func begins(_ frame: Frame, _ tracer: Tracer) -> Bool {
    if tracer.session?.receiver?.knows(frame) == true { return false }
    // RESUME 0 is at the start.
    guard let instruction = instruction(of: frame) else { return true }
    return instruction.argument & 3 == 0
  }

  static func yields(_ frame: Frame) -> Bool {
    instruction(of: frame)?.operation == Opcodes.Of311.yieldValue
  }

  /// The instruction that a frame is at; nil for code that is never resumed.
  private static func instruction(of frame: Frame) -> (operation: UInt8, argument: UInt8)? {
    withExceptionsContained { () throws(PythonError) -> (UInt8, UInt8)? in
      guard try frame.code.isResumable else { return nil }
      let offset = try frame.offset
      let bytes = try frame.code.instructions
      guard bytes.indices.contains(offset), bytes.indices.contains(offset + 1) else { return nil }
      return (bytes[offset], bytes[offset + 1])
    }.flatMap { $0 }
  }
}
