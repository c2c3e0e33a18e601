import CPython
import PythonInterop
import TraceCore

/// An exception that has come to a frame, or that a handler of the frame's has to do with.
struct Thrown {
  /// Its address; nothing is kept alive by it.
  let identity: UInt
  /// Of its type.
  let name: Bytes
  /// nil: it ends the frame.
  let handler: Handlers.Number?
  /// The clause of `except` that it was caught by.
  var clause: Int?
  /// A `finally` has run lines.
  var hasRun = false

  var isHandled: Bool { clause != nil || hasRun }
}

/// What becomes of exceptions in a frame, seen from where it runs next.
extension Tracer {
  func handlers(of entry: CodeEntry) -> Handlers? {
    if let known = entry.handlers { return known }
    entry.handlers = withExceptionsContained { () throws(PythonError) in
      try Handlers(of: entry.code)
    }
    return entry.handlers ?? nil
  }

  /// - Returns: the offset of the instruction that it is at.
  func place(of frame: OpaquePointer) -> Int {
    withExceptionsContained { () throws(PythonError) in
      try PyRef.attribute("f_lasti", of: Borrowed(frame)).integer
    } ?? 0
  }

  /// Of its type.
  func name(of object: Borrowed, _ details: Details) -> Bytes {
    details.attributes.name(of: cpython_class(object))
  }

  /// An exception has come to a frame.
  func noteRaised(
    _ state: FrameState, _ entry: CodeEntry, _ frame: OpaquePointer, _ exception: Borrowed,
    _ traceback: Borrowed?, at place: Int, _ session: Session, _ details: Details
  ) {
    let handlers = handlers(of: entry)
    follow(state, entry, frame, session, details)
    if let handlers, handlers.ends(by: exception, at: place) || handlers.handsOn(at: place) {
      return
    }
    let isHere = handlers?.raises(at: place) == true
    let name = name(of: exception, details)
    if let text = text(of: exception, traceback, name, isHere: isHere, state, details) {
      noteCall("!! ", entry, text, state, lineNumber(frame, state), session)
    }
    let identity = UInt(bitPattern: exception)
    let handler = handlers?.landing(from: place)
    state.passing = nil
    state.thrown?.append(Thrown(identity: identity, name: name, handler: handler))
    details.count(state)
  }

  /// - Parameter isHere: by a `raise` of the frame's own.
  /// - Returns: nil where a frame has just ended by it, which has said so.
  private func text(
    of exception: Borrowed, _ traceback: Borrowed?, _ name: Bytes, isHere: Bool,
    _ state: FrameState, _ details: Details
  ) -> Bytes? {
    let identity = UInt(bitPattern: exception)
    let way = details.arrived(identity)
    let isKnown = state.thrown?.contains { $0.identity == identity } == true
    // One that `except*` has put together has been nowhere yet.
    guard
      isKnown || way == .left && isGroup(exception)
        || way != .changed && wasRaisedInScope(exception, traceback)
    else {
      return Bytes(": raised ") + details.texts.text(ofException: exception)
    }
    return way == .left && !isHere ? nil : Bytes(": raised again ") + name
  }

  /// A frame ends by an exception.
  /// - Parameter exception: nil where the interpreter does not say which.
  func noteLeft(
    _ state: FrameState, _ entry: CodeEntry, _ frame: OpaquePointer, _ exception: Borrowed?,
    _ session: Session, _ details: Details
  ) {
    let last = state.thrown?.last
    // Without one that has come to it, it is its caller's, by a bare `raise`.
    let handled = last == nil && exception == nil ? PyErr_GetHandledException() : nil
    defer { Py_DecRef(handled) }
    let thrown = exception ?? handled
    let way = way(of: thrown, last)
    var name = last?.name ?? []
    if let thrown, way != .changed { name = self.name(of: thrown, details) }
    if !name.isEmpty { name = Bytes(" ") + name }
    // The end of a `finally` has the line of what was tried, or of its last branch.
    let number = last?.hasRun == true ? state.line : lineNumber(frame, state)
    let identity = thrown.map { UInt(bitPattern: $0) } ?? last?.identity ?? 0
    if state.thrown != nil, last?.isHandled ?? (state.passing != identity) {
      noteCall("!! ", entry, Bytes(": raised again") + name, state, number, session)
    }
    noteCall("!! ", entry, Bytes(": left") + name, state, number, session)
    details.leave(by: identity, way)
  }

  private func way(of thrown: Borrowed?, _ last: Thrown?) -> Leaving.Way {
    guard let last else { return .left }
    // What `except*` raises may be put together of what it has not caught.
    guard let thrown else { return last.handler == nil ? .left : .leftByAny }
    // A generator's StopIteration becomes a RuntimeError on its way out; what `except*` raises
    // is put together.
    let isSame = last.identity == UInt(bitPattern: thrown)
    return isSame || last.handler != nil || isGroup(thrown) ? .left : .changed
  }

  /// Says what has become of the exceptions of a frame, which is about to run what it is at.
  func follow(
    _ state: FrameState, _ entry: CodeEntry, _ frame: OpaquePointer, _ session: Session,
    _ details: Details, isLine: Bool = false, isCaller: Bool = false
  ) {
    guard details.shown.contains(.calls), state.thrown?.isEmpty != true else { return }
    guard let handlers = handlers(of: entry) else {
      state.thrown = []
      return
    }
    let place = place(of: frame)
    if handlers.isOnTheWay(at: place) { return }
    let around = handlers.around(place)
    if state.thrown == nil { meet(state, handlers, around, at: place, details) }
    let say = { (text: StaticString, name: Bytes) in
      self.noteCall(
        "!! ", entry, Bytes(text) + name, state, state.line, session, isCaller: isCaller)
    }
    leaveHandlers(state, around, say)
    if let last = state.thrown?.last, let number = last.handler, number == around.first {
      follow(state, handlers.all[number], at: place, isLine: isLine, details, say)
    }
    details.count(state)
  }

  /// A frame that was entered before the trace began: what its handlers have is caught.
  private func meet(
    _ state: FrameState, _ handlers: Handlers, _ around: [Handlers.Number], at place: Int,
    _ details: Details
  ) {
    state.thrown = []
    guard !around.isEmpty, let handled = PyErr_GetHandledException() else { return }
    defer { Py_DecRef(handled) }
    for number in around.reversed() {
      state.thrown?.append(
        Thrown(
          identity: UInt(bitPattern: handled), name: name(of: handled, details), handler: number,
          clause: handlers.all[number].clause(at: place) ?? 0, hasRun: true))
    }
  }

  /// What is over of a frame's exceptions is forgotten. The last one of these has been
  /// caught, or has gone on to the handler that the frame is in by now: neither engine tells
  /// of a bare `raise`, or of the end of a `finally`.
  private func leaveHandlers(
    _ state: FrameState, _ around: [Handlers.Number], _ say: (StaticString, Bytes) -> Void
  ) {
    var gone: Thrown?
    while let last = state.thrown?.last, !around.contains(where: { $0 == last.handler }) {
      gone = gone ?? last
      if last.handler == nil { state.passing = last.identity }
      state.thrown?.removeLast()
    }
    if let landed = around.first, let last = gone ?? state.thrown?.last,
      state.thrown?.last?.handler != landed
    {
      if last.isHandled { say(": raised again ", last.name) }
      state.thrown?.append(Thrown(identity: last.identity, name: last.name, handler: landed))
    } else if let gone, gone.handler != nil, gone.clause == nil {
      say(": caught ", gone.name)
    }
  }

  private func follow(
    _ state: FrameState, _ handler: Handler, at place: Int, isLine: Bool, _ details: Details,
    _ say: (StaticString, Bytes) -> Void
  ) {
    guard var last = state.thrown?.popLast() else { return }
    if handler.kind == .finally, isLine { last.hasRun = true }
    if let clause = handler.clause(at: place), clause != last.clause {
      say(": caught ", groupName(handler, details) ?? last.name)
      last.clause = clause
    }
    state.thrown?.append(last)
  }

  /// Of what an `except` has, where an `except*` before it has put that together.
  private func groupName(_ handler: Handler, _ details: Details) -> Bytes? {
    guard handler.kind == .exception, let handled = PyErr_GetHandledException() else { return nil }
    defer { Py_DecRef(handled) }
    return isGroup(handled) ? name(of: handled, details) : nil
  }

  private func isGroup(_ exception: Borrowed) -> Bool {
    PyErr_GivenExceptionMatches(exception, cpython_exception_group()) != 0
  }

  /// The same for the frame in scope that has called what begins now.
  func followCaller(of frame: OpaquePointer, _ session: Session, _ details: Details) {
    guard details.holding > 0, let caller = caller(of: frame) else { return }
    if let state = details.known(caller.frame, caller.entry.code) {
      follow(state, caller.entry, caller.frame, session, details, isCaller: true)
    }
  }

  /// The line that a frame is at, or where that has none, the last one that ran.
  func lineNumber(_ frame: OpaquePointer, _ state: FrameState) -> Int {
    let number = Int(PyFrame_GetLineNumber(frame))
    return number > 0 ? number : state.line
  }

  /// Whether a frame in scope that is gone by now has shown it already.
  func wasRaisedInScope(_ exception: Borrowed, _ traceback: Borrowed?) -> Bool {
    withExceptionsContained { () throws(PythonError) -> Bool in
      Py_IncRef(traceback)
      guard let first = traceback ?? PyException_GetTraceback(exception) else { return false }
      var next = try PyRef(stealing: first).attribute("tb_next")
      while !next.isNone {
        if let frame = PyRef.frame(of: next.borrowed), isTraced(PyRef.code(of: frame).borrowed) {
          return true
        }
        next = try next.attribute("tb_next")
      }
      return false
    } ?? false
  }
}
