import CPython
import PythonInterop
import TraceCore

/// Whether a frame begins or goes on, returns or yields, on 3.11: `PyEval_SetTrace` calls
/// both pairs the same, but the instruction says it.
extension Tracer {
  private static let yieldValue: UInt8 = 86  // YIELD_VALUE of 3.11

  func begins(_ frame: Borrowed, _ code: Borrowed) -> Bool {
    if session?.details?.known(OpaquePointer(frame), code) != nil { return false }
    // RESUME 0 is at the start.
    guard let instruction = instruction(of: frame, code) else { return true }
    return instruction.argument & 3 == 0
  }

  func yields(_ frame: Borrowed, _ code: Borrowed) -> Bool {
    instruction(of: frame, code)?.operation == Self.yieldValue
  }

  /// nil for code that is never resumed.
  private func instruction(of frame: Borrowed, _ code: Borrowed) -> (
    operation: UInt8, argument: UInt8
  )? {
    withExceptionsContained { () throws(PythonError) -> (UInt8, UInt8)? in
      guard let entry = entry(known: code), try entry.isResumable() else { return nil }
      let place = try PyRef.attribute("f_lasti", of: frame).integer
      let instructions = try PyRef.attribute("co_code", of: code)
      guard let bytes = Bytes(bytesObject: instructions.borrowed),
        bytes.indices.contains(place), bytes.indices.contains(place + 1)
      else { return nil }
      return (bytes[place], bytes[place + 1])
    }.flatMap { $0 }
  }
}
