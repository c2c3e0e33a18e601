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
    if session != nil { return }
    if let writer = pairSession?.writer, writer.timesLines {
      writer.endLine()
      if PyErr_Occurred() != nil { throw PythonError() }
    }
    guard event == Bytes("line"), session == nil, let pairSession,
      pairSession.output.failure == nil, let entry = try entryInPairScope(frame)
    else { return }
    try write(entry, Frame(frame).line, pairSession.writer)
  }

  private func write(_ entry: CodeEntry, _ number: Int, _ writer: TextWriter) throws(PythonError) {
    writer.output.begin()
    try code.checkText(of: entry)
    let lines = writer.lines(of: entry.file)
    writer.look.raiseAgain()
    DeferredException.pending.raiseAgain()
    hot.pointee.entry = entry
    if let line = lines.shownLine(number) {
      writer.timesLines ? writer.hold(line) : writer.write(line)
    }
    if PyErr_Occurred() != nil { throw PythonError() }
  }

  private func entryInPairScope(_ frame: Borrowed) throws(PythonError) -> CodeEntry? {
    guard let pairSession else { return nil }
    guard let frame = Frame(checking: frame) else {
      throw raise(cpython_type_error(), "swifttrace: expected a frame")
    }
    let entry = try code.entry(for: frame.code)
    let isInScope = entry.file.isInScope(pairSession.scope, generation: pairSession.generation)
    return isInScope ? entry : nil
  }

  /// The values that a frame has of some variables.
  public func variables(of frame: Borrowed, named names: [Borrowed]) throws(PythonError) -> PyRef {
    let frame = Frame(frame)
    if let known = code.entry(known: frame.code)?.variables {
      return try known.values(in: frame, named: names)
    }
    return try LocalVariables(of: frame.code).values(in: frame, named: names)
  }
}
