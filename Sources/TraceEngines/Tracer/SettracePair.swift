import CPython
public import PythonInterop
public import TraceCore

/// The pair as `sys.settrace` knows it: functions of `(frame, event, argument)`.
extension Tracer {
  /// `swifttrace.global_trace`. While the trace is on its lines are printed
  /// already; otherwise the frame's are, where it is in scope.
  /// - Returns: `local`, or `None` for a frame that is not to be traced.
  public func globalTrace(_ frame: Borrowed, local: Borrowed) throws(PythonError) -> PyRef {
    if session != nil {
      engine?.adoptThread()
      return .none
    }
    return PyRef(retaining: try entryInPairScope(frame) == nil ? cpython_none() : local)
  }

  /// `swifttrace.local_trace`: prints the line that is about to run.
  public func localTrace(_ frame: Borrowed, event: Bytes) throws(PythonError) {
    if session == nil, let pairSession, pairSession.timesLines {
      endLine(pairSession)
      if PyErr_Occurred() != nil { throw PythonError() }
    }
    guard event == Bytes("line"), session == nil, let pairSession, pairSession.failure == nil,
      let entry = try entryInPairScope(frame)
    else { return }
    let number = Int(PyFrame_GetLineNumber(OpaquePointer(frame)))
    begin(pairSession)
    try checkText(of: entry)
    let lines = lines(of: entry.file, pairSession)
    pairSession.look.raiseAgain()
    held.raiseAgain()
    entryAtHand = entry
    if let line = lines.shownLine(number) {
      pairSession.timesLines ? hold(line, pairSession) : write(line, pairSession)
    }
    // Not the lines of the next session.
    pairSession.printed += hot.pointee.printed
    hot.pointee.printed = 0
    if PyErr_Occurred() != nil { throw PythonError() }
  }

  private func entryInPairScope(_ frame: Borrowed) throws(PythonError) -> CodeEntry? {
    guard let pairSession else { return nil }
    guard PyRef.isFrame(frame) else {
      throw raise(cpython_type_error(), "swifttrace: expected a frame")
    }
    let code = PyRef.code(of: frame)
    let entry = try entry(for: code.borrowed)
    let isInScope = entry.file.isInScope(pairSession.scope, generation: pairSession.generation)
    return isInScope ? entry : nil
  }
}
