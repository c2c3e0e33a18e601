import CPython
import PythonInterop
import TraceCore

/// Lines on their way into a sink whose reader may be behind.
extension Tracer {
  /// Where it is called from: the interpreter does not trace what its own callbacks run.
  enum Caller {
    case callback
    case function
  }

  /// Puts bytes behind all that waits for the sink's reader, and waits with them.
  ///
  /// What the handler of a signal raises meanwhile is left raised, Ctrl-C for one; the
  /// bytes are then written before the next that come.
  /// - Returns: false where they are not: the sink has failed, or too much waits already.
  @discardableResult
  func put(
    _ bytes: UnsafeRawBufferPointer, _ session: Session, from caller: Caller = .callback
  ) -> Bool {
    if session.backlog.isEmpty, session.notes.gap == 0 {
      switch session.sink.put(bytes) {
      case .done: return true
      case .failed(let error):
        fail(error, session)
        return false
      case .mustWait(let rest): session.backlog.append(rest)
      }
    } else if !queue(bytes, session, caller) {
      return false
    }
    // What waits for the reader has this handler run, and waits for these bytes, too.
    if handlers > 0 { return true }
    let position = session.backlog.end - session.stall.mostAhead
    return wait(until: position, session, caller) || session.failure == nil
  }

  /// How many times this thread runs handlers while it waits.
  private var handlers: Int {
    let thread = UInt(cpython_thread())
    return handling.reduce(0) { $1 == thread ? $0 + 1 : $0 }
  }

  /// - Returns: false where there is no room.
  private func queue(
    _ bytes: UnsafeRawBufferPointer, _ session: Session, _ caller: Caller
  ) -> Bool {
    let backlog = session.backlog
    // A signal that comes again and again must not have its handler run in itself for ever.
    let position = backlog.roomAt - session.stall.mostAhead
    guard
      handlers < Self.mostHandlers ? wait(until: position, session, caller) : backlog.hasRoom
    else {
      return false
    }
    if session.stall.isOver(backlog) {
      session.stall.dropped()
      return false
    }
    if session.notes.gap > 0 {
      let gap = ProcessNote.gap(session.notes.gap, because: session.notes.gapReason)
      session.notes.gap = 0
      gap.withUnsafeBytes { backlog.append($0) }
    }
    backlog.append(bytes)
    return true
  }

  private static var mostHandlers: Int { 4 }

  @discardableResult
  func put(_ bytes: Bytes, _ session: Session, from caller: Caller = .callback) -> Bool {
    bytes.withUnsafeBytes { put($0, session, from: caller) }
  }

  /// Writes of what waits all that the reader takes at once.
  func handOn(_ session: Session) {
    if session.backlog.isEmpty || session.failure != nil { return }
    session.backlog.takeAll().withUnsafeBytes {
      if case .mustWait(let rest) = session.sink.put($0) { session.backlog.append(rest) }
    }
  }

  /// Lets the program's other threads run meanwhile: the reader may be one of them.
  /// - Returns: false where the sink has failed, or a signal's handler has raised.
  private func wait(until position: Int, _ session: Session, _ caller: Caller) -> Bool {
    let backlog = session.backlog
    var position = position
    let start = Int(cpython_clock())
    let isOutermost = handlers == 0
    if isOutermost { session.stall.beginWait() }
    defer { if isOutermost { session.stall.endWait() } }
    while backlog.written < position {
      if PyErr_Occurred() != nil { return false }
      if session.stall.ends(waitSince: start, for: session.sink) {
        writeAtOnce(session)
        return session.failure == nil
      }
      writeOnce(session)
      if session.failure != nil { return false }
      let end = backlog.end
      if backlog.written < position, runSignalHandlers(session, caller) < 0 { return false }
      // The handlers' lines do not wait by themselves.
      if backlog.end != end { position = backlog.end }
    }
    return true
  }

  /// One try, without the GIL.
  private func writeOnce(_ session: Session) {
    let claimed = session.backlog.claim()
    let patience: Patience = session.stall.isReadHere ? .short : .some
    let state = PyEval_SaveThread()
    let error = session.backlog.write(to: session.sink, patience, claimed: claimed)
    PyEval_RestoreThread(state)
    if claimed { settle(session, error) }
  }

  /// What the reader takes without a wait.
  private func writeAtOnce(_ session: Session) {
    guard session.backlog.claim() else { return }
    settle(session, session.backlog.write(to: session.sink, .none, claimed: true))
  }

  private func settle(_ session: Session, _ error: TraceError?) {
    let before = session.backlog.written
    session.backlog.settle()
    if session.backlog.written > before { session.stall.moved(session.backlog) }
    if let error { fail(error, session) }
  }

  /// Of the signals that have come, with their lines traced.
  /// The corresponding C function is `PyErr_CheckSignals`.
  private func runSignalHandlers(_ session: Session, _ caller: Caller) -> CInt {
    let thisThread = UInt(cpython_thread())
    handling.append(thisThread)
    defer { if let last = handling.lastIndex(of: thisThread) { handling.remove(at: last) } }
    // Any code may call the pair's functions, within a trace function or not.
    guard caller == .callback, session === self.session, let leave = Self.leaveTracing,
      let enter = Self.enterTracing,
      let thread = PyThreadState_Get()
    else { return PyErr_CheckSignals() }
    leave(thread)
    defer { enter(thread) }
    return PyErr_CheckSignals()
  }

  private typealias OfThread = @convention(c) (OpaquePointer) -> Void

  // Public functions of every Python there is, which the limited API lacks.
  private static let leaveTracing = function("PyThreadState_LeaveTracing")
  private static let enterTracing = function("PyThreadState_EnterTracing")

  private static func function(_ name: StaticString) -> OfThread? {
    cpython_symbol(name.chars).map { unsafeBitCast($0, to: OfThread.self) }
  }
}
