import CPython
import PythonInterop
import TraceCore

/// Lines that are shown as the statements that they are part of.
extension Tracer {
  /// A line of a session that shows each statement once.
  /// - Parameter place: the offset that the line begins at; nil: where the frame is.
  func detailedStatement(
    _ statements: StatementLines, _ entry: CodeEntry, _ number: Int, at place: Int?,
    _ session: Session, _ details: Details
  ) {
    guard let frame = PyEval_GetFrame() else { return }
    let place = place ?? self.place(of: frame)
    let first = statements.first(of: number)
    let known = details.known(frame, entry.code)
    // The interpreter goes back to the beginning of what it runs again.
    if let known, known.statement == first, place > known.place || known.isInner,
      !statements.isRepeated(number)
    {
      return goOn(known, entry, frame, number, session, details)
    }
    let isNew = (known?.statement ?? 0) == 0
    let isInner = isNew ? isInner(entry) : known?.isInner ?? false
    let isPart = isNew && isPart(of: first, statements, entry, frame, isInner: isInner)
    begin((first, place, isInner, isPart), entry, frame, number, session, details)
  }

  private func begin(
    _ run: (first: Int, place: Int, isInner: Bool, isPart: Bool), _ entry: CodeEntry,
    _ frame: OpaquePointer, _ number: Int, _ session: Session, _ details: Details
  ) {
    if session.timesLines, !run.isPart { endLine(session) }
    let state = settle(.line, entry, frame, number, nil, session, details)
    guard session === self.session, PyErr_Occurred() == nil else { return }
    follow(state, entry, frame, session, details, isLine: true)
    let isShown = !run.isPart && details.shown.contains(.lines) && isShallow(details)
    (state.line, state.isPrinted) = (run.first, isShown)
    (state.statement, state.place, state.isInner) = (run.first, run.place, run.isInner)
    details.setPlace(entry, run.first, isPrinted: isShown)
    if !run.isPart { begin(entry, run.first, session, isShown: isShown) }
  }

  /// The statement has another line, or comes back from a call to one that it has begun.
  private func goOn(
    _ state: FrameState, _ entry: CodeEntry, _ frame: OpaquePointer, _ number: Int,
    _ session: Session, _ details: Details
  ) {
    if state.waits { noteResumed(state, .line, entry, frame, session, details) }
    callHook(.line, entry, number, nil, state, session, details, isOwn: true)
    guard session === self.session, PyErr_Occurred() == nil else { return }
    follow(state, entry, frame, session, details, isLine: true)
  }

  /// Whether the code lies within a statement: a comprehension, a generator expression, a lambda.
  private func isInner(_ entry: CodeEntry) -> Bool {
    withExceptionsContained { () throws(PythonError) -> Bool in
      let name = try PyRef.attribute("co_name", of: entry.code).text ?? []
      return name.first == UInt8(ascii: "<") && name != Bytes("<module>")
    } ?? false
  }

  /// Whether what begins to run is in a statement that runs already, and has been shown: inner
  /// code, or the body of a class.
  private func isPart(
    of first: Int, _ statements: StatementLines, _ entry: CodeEntry, _ frame: OpaquePointer,
    isInner: Bool
  ) -> Bool {
    if !isInner, !statements.isClass(first) { return false }
    return withExceptionsContained { () throws(PythonError) -> Bool in
      var back = try PyRef.attribute("f_back", of: Borrowed(frame))
      var rest = 100
      while !back.isNone, rest > 0 {
        let code = try back.attribute("f_code")
        // It calls itself.
        if code.isSame(as: entry.code) { return false }
        let number = Int(PyFrame_GetLineNumber(OpaquePointer(back.borrowed)))
        if self.entry(known: code.borrowed)?.file === entry.file,
          statements.first(of: number) == first
        {
          return true
        }
        back = try back.attribute("f_back")
        rest -= 1
      }
      return false
    } ?? false
  }
}
