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
    detailed(code, isCall: true) { entry, frame, session, details in
      let number = isNew ? firstLine(of: entry) : Int(PyFrame_GetLineNumber(frame))
      followCaller(of: frame, session, details)
      let state: FrameState
      if isNew {
        state = details.meet(frame, code, line: number)
        state.thrown = []
        state.isPrinted = details.shown.contains(.lines)
        if details.shown.contains(.calls) { lookAt(state, entry, frame, details) }
        callHook(.call, entry, number, nil, state, session, details)
      } else {
        state = settle(.resume, entry, frame, number, nil, session, details)
      }
      guard details.shown.contains(.calls) else { return }
      let arguments = isNew ? arguments(of: entry, in: frame, details) : []
      noteCall(
        isNew ? "=> " : "~> ", entry, Bytes("(") + arguments + Bytes(")"), state, number, session)
    }
  }

  func returned(_ code: Borrowed, _ value: Borrowed, isYield: Bool) {
    detailed(code) { entry, frame, session, details in
      let event: HookEvent = isYield ? .yield : .return
      let here = Int(PyFrame_GetLineNumber(frame))
      let state = settle(event, entry, frame, here, value, session, details)
      follow(state, entry, frame, session, details)
      let number = lineNumber(frame, state)
      if details.shown.contains(.calls) {
        let value = isYield ? unwrapped(value, of: entry, details) : value
        let text = Bytes(": ") + details.texts.text(ofResult: value, of: function(entry) ?? [])
        noteCall(isYield ? "<~ " : "<= ", entry, text, state, number, session)
      }
      state.waits = isYield
      if !isYield { details.forget(state) }
      goBack(from: frame, details)
    }
  }

  /// An exception has come to a frame: it was raised there, or by what was called there.
  /// - Parameters:
  ///   - traceback: where the exception has none yet.
  ///   - place: the offset that it was raised at; nil: where the frame is.
  func raised(
    _ code: Borrowed, _ exception: Borrowed, _ traceback: Borrowed? = nil, at place: Int? = nil
  ) {
    detailed(code) { entry, frame, session, details in
      let number = Int(PyFrame_GetLineNumber(frame))
      let state = settle(.raise, entry, frame, number, exception, session, details)
      guard details.shown.contains(.calls) else { return }
      let place = place ?? self.place(of: frame)
      noteRaised(state, entry, frame, exception, traceback, at: place, session, details)
    }
  }

  /// A frame ends by an exception.
  /// - Parameter exception: nil where the interpreter does not say which.
  func unwound(_ code: Borrowed, _ exception: Borrowed?) {
    detailed(code) { entry, frame, session, details in
      let number = Int(PyFrame_GetLineNumber(frame))
      let state = settle(.leave, entry, frame, number, nil, session, details)
      if details.shown.contains(.calls) {
        noteLeft(state, entry, frame, exception, session, details)
      }
      details.forget(state)
      goBack(from: frame, details)
    }
  }

  // MARK: what they share

  /// A frame that has yielded goes on.
  func noteResumed(
    _ state: FrameState, _ event: HookEvent, _ entry: CodeEntry, _ frame: OpaquePointer,
    _ session: Session, _ details: Details
  ) {
    state.waits = false
    guard Interpreter.resumesSilentlyAfterThrow, event != .resume else { return }
    followCaller(of: frame, session, details)
    callHook(.resume, entry, state.line, nil, state, session, details)
    guard details.shown.contains(.calls) else { return }
    noteCall("~> ", entry, Bytes("()"), state, state.line, session)
  }

  /// The frame in scope that has called another one, or what has called that. It lives for
  /// as long as it runs.
  func caller(of frame: OpaquePointer) -> (frame: OpaquePointer, entry: CodeEntry)? {
    withExceptionsContained { () throws(PythonError) in
      var back = try PyRef.attribute("f_back", of: Borrowed(frame))
      while !back.isNone {
        let code = PyRef.code(of: back.borrowed)
        if let entry = entry(known: code.borrowed), entry.isTraced {
          return (OpaquePointer(back.borrowed), entry)
        }
        back = try back.attribute("f_back")
      }
      return nil
    } ?? nil
  }

  /// Runs `body` where the code is in scope of a session that shows more than lines.
  /// - Parameter isCall: the line that ran before goes on.
  private func detailed(
    _ code: Borrowed, isCall: Bool = false,
    _ body: (CodeEntry, OpaquePointer, Session, Details) -> Void
  ) {
    guard let session, !session.isLeftOut, let entry = entry(known: code), entry.isTraced,
      let frame = PyEval_GetFrame()
    else { return }
    var exception = (nil as Borrowed?, nil as Borrowed?, nil as Borrowed?)
    PyErr_Fetch(&exception.0, &exception.1, &exception.2)
    if session.timesLines { endLine(of: code, frame, session, isCall: isCall) }
    if let details = session.details, PyErr_Occurred() == nil {
      body(entry, frame, session, details)
    }
    held.raiseAgain()
    if PyErr_Occurred() == nil {
      PyErr_Restore(exception.0, exception.1, exception.2)
    } else {
      for object in [exception.0, exception.1, exception.2] { Py_DecRef(object) }
    }
  }

  /// - Parameter isCaller: it is the frame's that has called the one that runs.
  @inline(never)
  func noteCall(
    _ mark: StaticString, _ entry: CodeEntry, _ text: Bytes, _ state: FrameState, _ number: Int,
    _ session: Session, isCaller: Bool = false
  ) {
    hot.takeDepth()
    let depth = max(hot.pointee.depth - (isCaller ? 1 : 0), 1)
    guard let details = session.details, depth <= details.deepest, !state.isBelow,
      !hot.pointee.awaitsProgram
    else { return }
    let name = function(entry) ?? Bytes("?")
    let indentation = 2 * min(depth - 1, Self.mostIndented)
    note(Bytes(mark) + name + text, at: number, of: entry, indentation: indentation, session)
  }

  /// Or the trace of a recursion would be as long as the square of its depth.
  private static var mostIndented: Int { 50 }

  /// What an asynchronous generator has yielded.
  private func unwrapped(_ value: Borrowed, of entry: CodeEntry, _ details: Details) -> Borrowed {
    guard variables(of: entry)?.wrapsYielded == true,
      name(of: value, details) == Bytes("async_generator_wrapped_value")
    else { return value }
    return cpython_first_referent(value) ?? value
  }

  private func firstLine(of entry: CodeEntry) -> Int {
    if let known = entry.firstLine { return known }
    let line = withExceptionsContained { () throws(PythonError) in
      try PyRef.attribute("co_firstlineno", of: entry.code).integer
    }
    entry.firstLine = line
    return line ?? 0
  }

  /// `number=4, *rest=(), last=None, **names={}`
  private func arguments(of entry: CodeEntry, in frame: OpaquePointer, _ details: Details) -> Bytes
  {
    guard let variables = variables(of: entry) else { return [] }
    var kept = PyRefs()
    variables.forEachValue(in: frame) { place, value in
      if place < variables.argumentCount { kept.append(retaining: value ?? cpython_none()) }
    }
    var text = Bytes()
    let values = kept.borrowed
    for place in variables.signature
    where values.indices.contains(place) && variables.isShown(place) {
      if !text.isEmpty { text.append(", ") }
      let name = variables.all[place].text
      text += variables.stars(place) + name + Bytes("=")
      text += details.texts.text(of: values[place], named: name)
    }
    return text
  }
}
