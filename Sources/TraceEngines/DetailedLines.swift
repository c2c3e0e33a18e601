import CPython
public import PythonInterop
import TraceCore

/// The lines of a session that shows more than them: each goes the long way.
extension Tracer {
  /// What is to be said of the line before comes first.
  func detailedLine(_ entry: CodeEntry, _ number: Int, _ session: Session, _ details: Details) {
    guard let frame = PyEval_GetFrame() else { return }
    let state = settle(entry, frame, session, details)
    if state.exception == .raised {
      state.exception = .handled
      noteCaught(entry, number, session, details)
    }
    held.raiseAgain()
    callHook(.line, entry, number, nil, session, details)
    guard session === self.session, PyErr_Occurred() == nil else { return }
    state.line = number
    let isShown = details.shown.contains(.lines) && isShallow(details)
    details.setPlace(entry, number, isPrinted: isShown)
    if isShown { printLine(entry, number, session) }
  }

  /// Says what has changed in a frame since its last event.
  /// - Returns: what is known of the frame.
  @discardableResult
  @inline(never)
  func settle(_ entry: CodeEntry, _ frame: OpaquePointer, _ session: Session, _ details: Details)
    -> FrameState
  {
    if let state = details.known(frame, entry.code) {
      noteChanges(state, entry, frame, session, details)
      return state
    }
    // It was entered before the trace began: nothing has changed so far.
    let state = details.meet(frame, entry.code, line: Int(PyFrame_GetLineNumber(frame)))
    lookAt(state, entry, frame, details)
    return state
  }

  private func noteChanges(
    _ state: FrameState, _ entry: CodeEntry, _ frame: OpaquePointer, _ session: Session,
    _ details: Details
  ) {
    let changes = lookAt(state, entry, frame, details)
    guard !changes.isEmpty, isShallow(details) else { return }
    note(Bytes("# ") + changes, at: state.line, of: entry, session)
  }

  @discardableResult
  func lookAt(
    _ state: FrameState, _ entry: CodeEntry, _ frame: OpaquePointer, _ details: Details
  ) -> Bytes {
    guard details.shown.contains(.values), let variables = variables(of: entry) else { return [] }
    return state.changes(of: variables, in: frame, details.texts)
  }

  func variables(of entry: CodeEntry) -> Variables? {
    if let known = entry.variables { return known }
    entry.variables = withExceptionsContained { () throws(PythonError) in
      try Variables(of: entry.code)
    }
    return entry.variables
  }

  /// The values that the frame itself has of some variables, as a `dict`.
  public func variables(of frame: Borrowed, named names: [Borrowed]) throws(PythonError) -> PyRef {
    let found = try check(PyDict_New())
    let code = try PyRef.attribute("f_code", of: frame)
    let entry = entry(known: code.borrowed)
    let known: Variables? = if let entry { self.variables(of: entry) } else { nil }
    let variables: Variables = if let known { known } else { try Variables(of: code.borrowed) }
    var kept = PyRefs()
    var places: [Int] = []
    variables.forEachValue(in: OpaquePointer(frame)) { place, value in
      guard let value, names.contains(where: { variables.isNamed(place, $0) }) else { return }
      kept.append(retaining: value)
      places.append(place)
    }
    for (place, value) in zip(places, kept.borrowed) {
      try check(status: PyDict_SetItem(found.borrowed, variables.all[place].name, value))
    }
    return found
  }

  /// Whether the call that runs is not too deep to be shown.
  func isShallow(_ details: Details) -> Bool {
    hot.takeDepth()
    return hot.pointee.depth <= details.deepest
  }

  // MARK: printing

  private func printLine(_ entry: CodeEntry, _ number: Int, _ session: Session) {
    guard let lines = linesAtHand(entry, session) else { return }
    noteThread(session)
    write(lines.line(number), session)
  }

  /// Prints `text` in the place of a line's own.
  /// - Parameter indentation: nil: the line's.
  @inline(never)
  func note(
    _ text: Bytes, at number: Int, of entry: CodeEntry, indentation: Int? = nil, _ session: Session
  ) {
    guard session === self.session, let lines = linesAtHand(entry, session) else { return }
    noteThread(session)
    write(lines.note(text, at: number, indentation: indentation), session, isNote: true)
  }

  // MARK: the function of Python's

  /// The numbers that it is called with.
  enum HookEvent: Int {
    case line, call, resume, `return`, yield, raise, leave
  }

  /// Prints what it has returned at the line that ran last. What it raises is left raised,
  /// but where there was no room for it: on the stack, or in memory, which is said.
  @inline(never)
  func callHook(
    _ event: HookEvent, _ entry: CodeEntry, _ number: Int, _ argument: Borrowed?,
    _ session: Session, _ details: Details
  ) {
    guard let hook = details.hook, PyErr_Occurred() == nil, let frame = PyEval_GetFrame() else {
      return
    }
    let place = details.place
    guard
      let answer = answer(
        of: hook, event, frame: Borrowed(frame), number, argument ?? cpython_none(), session),
      let place, session === self.session
    else { return }
    if !place.isPrinted, !details.shown.contains(.lines) {
      printLine(place.entry, place.number, session)
      details.setPlace(place.entry, place.number, isPrinted: true)
    }
    note(Bytes("# ") + answer, at: place.number, of: place.entry, session)
  }

  private func answer(
    of hook: Borrowed, _ event: HookEvent, frame: Borrowed, _ number: Int, _ argument: Borrowed,
    _ session: Session
  ) -> Bytes? {
    do throws(PythonError) {
      let event = try PyRef.integer(event.rawValue)
      let number = try PyRef.integer(number)
      return try PyRef(retaining: hook)
        .call(event.borrowed, frame, number.borrowed, argument).text
    } catch {
      // The program is as deep as it may go, and has not gone too deep itself.
      let isUnseen = isOutOfMemory
      if isOutOfRoom { PyErr_Clear() }
      if isUnseen { drop(.outOfMemory, session) }
      return nil
    }
  }
}
