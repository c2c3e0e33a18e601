import CPython
import PythonInterop
import TraceCore

/// Calls, returns and exceptions of code in scope, where a session shows them.
///
/// Both engines send the same: a call, a line, an exception that has come to a frame, a
/// return, a yield, and the end of a frame by an exception. The rest is seen from these.
extension Tracer {
  /// - Parameter isNew: the frame begins; else it is resumed.
  func called(_ code: Borrowed, isNew: Bool) {
    detailed(code) { entry, frame, session, details in
      let number = isNew ? firstLine(of: entry) : Int(PyFrame_GetLineNumber(frame))
      if isNew {
        let state = details.meet(frame, code, line: number)
        state.isPrinted = details.shown.contains(.lines)
        if details.shown.contains(.calls) { lookAt(state, entry, frame, details) }
        callHook(.call, entry, number, nil, state, session, details)
      } else {
        settle(.resume, entry, frame, number, nil, session, details)
      }
      guard details.shown.contains(.calls) else { return }
      let arguments = isNew ? arguments(of: entry, in: frame, details) : []
      noteCall(isNew ? "=> " : "~> ", entry, Bytes("(") + arguments + Bytes(")"), number, session)
    }
  }

  func returned(_ code: Borrowed, _ value: Borrowed, isYield: Bool) {
    detailed(code) { entry, frame, session, details in
      let number = Int(PyFrame_GetLineNumber(frame))
      let state = settle(
        isYield ? .yield : .return, entry, frame, number, value, session, details)
      if details.shown.contains(.calls) {
        let text = Bytes(": ") + details.texts.text(of: value, named: plainName(of: entry))
        noteCall(isYield ? "<~ " : "<= ", entry, text, number, session)
      }
      if !isYield { details.forget(state) }
    }
  }

  /// An exception has come to a frame: it was raised there, or by what was called there.
  /// - Parameter traceback: where the exception has none yet.
  func raised(_ code: Borrowed, _ exception: Borrowed, _ traceback: Borrowed? = nil) {
    detailed(code) { entry, frame, session, details in
      let number = Int(PyFrame_GetLineNumber(frame))
      let state = settle(.raise, entry, frame, number, exception, session, details)
      state.exception = .raised
      guard details.shown.contains(.calls), !wasRaisedInScope(exception, traceback) else { return }
      let text = Bytes(": raised ") + details.texts.text(ofException: exception)
      noteCall("!! ", entry, text, number, session)
    }
  }

  func noteCaught(_ entry: CodeEntry, _ number: Int, _ session: Session, _ details: Details) {
    guard details.shown.contains(.calls) else { return }
    noteCall("!! ", entry, Bytes(": caught"), number, session)
  }

  /// A frame ends by an exception.
  func unwound(_ code: Borrowed) {
    detailed(code) { entry, frame, session, details in
      let number = Int(PyFrame_GetLineNumber(frame))
      let state = settle(.leave, entry, frame, number, nil, session, details)
      if details.shown.contains(.calls) {
        if state.exception == .handled {
          noteCall("!! ", entry, Bytes(": raised again"), number, session)
        }
        noteCall("!! ", entry, Bytes(": left"), number, session)
      }
      details.forget(state)
    }
  }

  // MARK: what they share

  /// Runs `body` where the code is in scope of a session that shows more than lines.
  private func detailed(
    _ code: Borrowed, _ body: (CodeEntry, OpaquePointer, Session, Details) -> Void
  ) {
    guard let session, let details = session.details, let entry = entry(known: code),
      entry.isTraced, let frame = PyEval_GetFrame()
    else { return }
    var exception = (nil as Borrowed?, nil as Borrowed?, nil as Borrowed?)
    PyErr_Fetch(&exception.0, &exception.1, &exception.2)
    body(entry, frame, session, details)
    held.raiseAgain()
    if PyErr_Occurred() == nil {
      PyErr_Restore(exception.0, exception.1, exception.2)
    } else {
      for object in [exception.0, exception.1, exception.2] { Py_DecRef(object) }
    }
  }

  @inline(never)
  private func noteCall(
    _ mark: StaticString, _ entry: CodeEntry, _ text: Bytes, _ number: Int, _ session: Session
  ) {
    guard let details = session.details, isShallow(details) else { return }
    let name = function(entry) ?? Bytes("?")
    note(
      Bytes(mark) + name + text, at: number, of: entry,
      indentation: 2 * max(hot.pointee.depth - 1, 0), session)
  }

  /// The function's name without those of what it is defined in. What `get_password`
  /// returns is as secret as a variable of that name.
  private func plainName(of entry: CodeEntry) -> Bytes {
    let names = function(entry)?.split(separator: UInt8(ascii: "."))
    return names?.last.map { Bytes($0) } ?? []
  }

  private func firstLine(of entry: CodeEntry) -> Int {
    if let known = entry.firstLine { return known }
    let line = withExceptionsContained { () throws(PythonError) in
      try PyRef.attribute("co_firstlineno", of: entry.code).integer
    }
    entry.firstLine = line
    return line ?? 0
  }

  /// `number=4, *rest=(), **names={}`
  private func arguments(of entry: CodeEntry, in frame: OpaquePointer, _ details: Details) -> Bytes
  {
    guard let variables = variables(of: entry) else { return [] }
    var kept = PyRefs()
    variables.forEachValue(in: frame) { place, value in
      if place < variables.argumentCount { kept.append(retaining: value ?? cpython_none()) }
    }
    var text = Bytes()
    for (place, value) in kept.borrowed.enumerated() {
      if place > 0 { text.append(", ") }
      let name = variables.all[place].text
      text += variables.stars(place) + name + Bytes("=")
      text += details.texts.text(of: value, named: name)
    }
    return text
  }

  /// Whether a frame in scope that is gone by now has shown it already.
  private func wasRaisedInScope(_ exception: Borrowed, _ traceback: Borrowed?) -> Bool {
    withExceptionsContained { () throws(PythonError) -> Bool in
      Py_IncRef(traceback)
      guard let first = traceback ?? PyException_GetTraceback(exception) else { return false }
      var next = try PyRef(stealing: first).attribute("tb_next")
      while !next.isNone {
        let code = try next.attribute("tb_frame").attribute("f_code")
        if isTraced(code.borrowed) { return true }
        next = try next.attribute("tb_next")
      }
      return false
    } ?? false
  }
}
