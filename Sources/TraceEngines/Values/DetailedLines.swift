import CPython
public import PythonInterop
import TraceCore

/// The lines of a session that shows more than them: each goes the long way.
extension Tracer {
  /// What is to be said of the line before comes first.
  /// - Parameter place: the offset that the line begins at; nil: where the frame is.
  func detailedLine(
    _ entry: CodeEntry, _ number: Int, at place: Int?, _ session: Session, _ details: Details
  ) {
    if session.look.ofLines.joinsStatements, let statements = entry.file.statements {
      return detailedStatement(statements, entry, number, at: place, session, details)
    }
    guard let frame = PyEval_GetFrame() else { return }
    if session.timesLines { endLine(session) }
    let state = settle(.line, entry, frame, number, nil, session, details)
    guard session === self.session, PyErr_Occurred() == nil else { return }
    follow(state, entry, frame, session, details, isLine: true)
    let isShown =
      details.shown.contains(.lines) && isShallow(details) && entry.file.shows(number)
    (state.line, state.isPrinted) = (number, isShown)
    details.setPlace(entry, number, isPrinted: isShown)
    begin(entry, number, session, isShown: isShown)
  }

  func begin(_ entry: CodeEntry, _ number: Int, _ session: Session, isShown: Bool) {
    if isShown { return printLine(entry, number, session) }
    if session.timesLines { beginUnseen(session) }
  }

  /// Says what has changed since the last event: what the function of Python's has found,
  /// and in the frame itself.
  /// - Returns: what is known of the frame.
  @discardableResult
  @inline(never)
  func settle(
    _ event: HookEvent, _ entry: CodeEntry, _ frame: OpaquePointer, _ number: Int,
    _ argument: Borrowed?, _ session: Session, _ details: Details
  ) -> FrameState {
    let known = details.known(frame, entry.code)
    if let known, known.waits { noteResumed(known, event, entry, frame, session, details) }
    let state = known ?? details.meet(frame, entry.code, line: Int(PyFrame_GetLineNumber(frame)))
    let changes = lookAt(state, entry, frame, details)
    held.raiseAgain()
    // Whoever resumes a frame has run before it.
    let isOwn = known != nil && event != .resume
    let found = callHook(event, entry, number, argument, state, session, details, isOwn: isOwn)
    // A frame that was entered before the trace began has had no changes so far.
    if known != nil, changes != found { noteChanges(changes, state, entry, session, details) }
    return state
  }

  /// Not of a line that is not shown itself.
  private func noteChanges(
    _ changes: Bytes, _ state: FrameState, _ entry: CodeEntry, _ session: Session,
    _ details: Details
  ) {
    guard !changes.isEmpty, state.isPrinted, isShallow(details) else { return }
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

  /// The values that the frame itself has of some variables, as a `dict`, and a `list` of
  /// those that are its own and have none.
  public func variables(of frame: Borrowed, named names: [Borrowed]) throws(PythonError) -> PyRef {
    let variables = try variables(ofFrame: frame)
    var kept = PyRefs()
    var (places, unbound) = ([Int](), [Int]())
    variables.forEachValue(in: OpaquePointer(frame)) { place, value in
      guard names.contains(where: { variables.isNamed(place, $0) }) else { return }
      guard let value else { return unbound.append(place) }
      kept.append(retaining: value)
      places.append(place)
    }
    let found = try check(PyDict_New())
    for (place, value) in zip(places, kept.borrowed) {
      try check(status: PyDict_SetItem(found.borrowed, variables.all[place].name, value))
    }
    let missing = try check(PyList_New(0))
    for place in unbound {
      try check(status: PyList_Append(missing.borrowed, variables.all[place].name))
    }
    return try check(cpython_pair(found.borrowed, missing.borrowed))
  }

  private func variables(ofFrame frame: Borrowed) throws(PythonError) -> Variables {
    let code = PyRef.code(of: frame)
    if let entry = entry(known: code.borrowed), let known = variables(of: entry) { return known }
    return try Variables(of: code.borrowed)
  }

  /// Whether the call that runs is not too deep to be shown.
  func isShallow(_ details: Details) -> Bool {
    hot.takeDepth()
    return hot.pointee.depth <= details.deepest
  }

  // MARK: printing

  /// - Parameter hasRun: it was not shown as it began.
  func printLine(
    _ entry: CodeEntry, _ number: Int, _ session: Session, hasRun: Bool = false
  ) {
    guard let line = linesAtHand(entry, session)?.shownLine(number) else { return }
    noteThread(session)
    if session.timesLines {
      return hasRun ? printEnded(line, session) : hold(line, session)
    }
    write(line, session)
  }

  /// Prints `text` in the place of a line's own.
  /// - Parameter indentation: nil: the line's.
  @inline(never)
  func note(
    _ text: Bytes, at number: Int, of entry: CodeEntry, indentation: Int? = nil, _ session: Session
  ) {
    if session.timesLines, session === self.session { endLine(session) }
    guard session === self.session, let lines = linesAtHand(entry, session) else { return }
    noteThread(session)
    write(lines.note(text, at: number, indentation: indentation), session, isNote: true)
  }

  // MARK: the function of Python's

  /// The numbers that it is called with.
  enum HookEvent: Int {
    case line, call, resume, `return`, yield, raise, leave
  }

  /// Prints what it has returned at the line that ran last, and stops there where that is
  /// asked for. What it raises is left raised, but where there was no room for it: on the
  /// stack, or in memory, which is said.
  /// - Parameter isOwn: that line is the frame's own.
  /// - Returns: what it has returned, where that was printed.
  @discardableResult
  @inline(never)
  func callHook(
    _ event: HookEvent, _ entry: CodeEntry, _ number: Int, _ argument: Borrowed?,
    _ state: FrameState, _ session: Session, _ details: Details, isOwn: Bool = false
  ) -> Bytes? {
    guard let hook = details.hook, PyErr_Occurred() == nil, let running = PyEval_GetFrame() else {
      return nil
    }
    let own = details.place(of: state, entry)
    let place = isOwn ? own : details.place ?? own
    let frame = Borrowed(running)
    guard let found = answer(of: hook, event, frame, number, argument, session),
      session === self.session
    else { return nil }
    // Code that is gone has no lines to show.
    let isAlive = self.entry(known: place.entry.code) === place.entry
    noteFound(found, at: isAlive ? place : own, state, entry, session, details)
    if let stop = details.stop { _ = answer(of: stop, event, frame, number, argument, session) }
    return found
  }

  /// A frame ends or waits: its caller's line goes on.
  func goBack(from frame: OpaquePointer, _ details: Details) {
    guard details.hook != nil, let caller = caller(of: frame) else { return }
    let number = Int(PyFrame_GetLineNumber(caller.frame))
    let state = details.known(caller.frame, caller.entry.code)
    let isPrinted = state?.line == number && state?.isPrinted == true
    details.setPlace(caller.entry, number, isPrinted: isPrinted)
  }

  /// With the line, where that has not been shown.
  private func noteFound(
    _ text: Bytes, at place: Details.Place, _ state: FrameState, _ entry: CodeEntry,
    _ session: Session, _ details: Details
  ) {
    if !place.isPrinted, !details.shown.contains(.lines) {
      printLine(place.entry, place.number, session, hasRun: true)
      details.setPlace(place.entry, place.number, isPrinted: true)
      if place.entry === entry, place.number == state.line { state.isPrinted = true }
    }
    note(Bytes("# ") + text, at: place.number, of: place.entry, session)
    let callers = callers(of: place)
    if callers.isEmpty { return }
    note(Bytes("# by ") + callers, at: place.number, of: place.entry, session)
  }

  private func answer(
    of hook: Borrowed, _ event: HookEvent, _ frame: Borrowed, _ number: Int,
    _ argument: Borrowed?, _ session: Session
  ) -> Bytes? {
    do throws(PythonError) {
      let event = try PyRef.integer(event.rawValue)
      let number = try PyRef.integer(number)
      return try PyRef(retaining: hook)
        .callOurs(event.borrowed, frame, number.borrowed, argument ?? cpython_none())?.text
    } catch {
      // The program is as deep as it may go, and has not gone too deep itself.
      let isUnseen = isOutOfMemory
      if isOutOfRoom { PyErr_Clear() } else { leaveOutOwnFrames() }
      if isUnseen { drop(.outOfMemory, session) }
      return nil
    }
  }
}
