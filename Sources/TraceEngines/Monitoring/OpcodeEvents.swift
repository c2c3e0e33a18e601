import CPython
import PythonInterop

/// `frame.f_trace_opcodes`, by which a trace function gets an event for each instruction.
/// pdb needs it to stop in the very line of `breakpoint()`: it sets it first, then calls
/// `sys.settrace`, which joins us in every code object.
/// `Interpreter.forgetsOpcodeEvents` says what would come of that.
extension Tracer {
  /// The thread that runs is about to call `sys.settrace`.
  func keepOpcodeEvents() {
    guard session != nil else { return }
    _ = withExceptionsContained { () throws(PythonError) in
      try keepOpcodeEvents(of: StackedFrames.ofThisThread())
    }
  }

  func keepOpcodeEvents(of frames: borrowing PyRefs) throws(PythonError) {
    guard Interpreter.forgetsOpcodeEvents else { return }
    for frame in frames.borrowed where try Self.tracesOpcodes(frame) {
      let code = PyRef.code(of: frame)
      // Out of scope too: its places of entry are ours, silent as they are.
      try engine?.keepOpcodeEvents(of: frame, entry(for: code.borrowed))
    }
  }

  private static func tracesOpcodes(_ frame: Borrowed) throws(PythonError) -> Bool {
    try PyRef.attribute("f_trace_opcodes", of: frame).isTrue
  }
}

extension CodeEntry {
  /// Whether `settrace` is among the names that the code object uses.
  func namesSettrace() throws(PythonError) -> Bool {
    let names = try PyRef.attribute("co_names", of: code)
    return items(of: names.borrowed).contains {
      PyUnicode_CompareWithASCIIString($0, StaticString("settrace").chars) == 0
    }
  }
}
