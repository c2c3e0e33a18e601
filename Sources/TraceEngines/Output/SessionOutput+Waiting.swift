import CPython
import PythonInterop
import TraceCore

/// Lines on their way into a sink whose reader may be behind.
extension SessionOutput {
  /// Who has lines written. The interpreter does not trace what its own callbacks run.
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
  func put(_ bytes: UnsafeRawBufferPointer, from caller: Caller = .callback) -> Bool {
    if backlog.isEmpty, notes.gap == 0 {
      switch sink.put(bytes) {
      case .done: return true
      case .failed(let error):
        fail(error)
        return false
      case .mustWait(let rest): backlog.append(rest)
      }
    } else if !queue(bytes, caller) {
      return false
    }
    // What waits for the reader has this handler run, and waits for these bytes, too.
    if HandlerThreads.nesting > 0 { return true }
    return wait(until: backlog.end - stall.mostAhead, caller) || failure == nil
  }

  /// - Returns: false where there is no room.
  private func queue(_ bytes: UnsafeRawBufferPointer, _ caller: Caller) -> Bool {
    // A signal that comes again and again must not have its handler run in itself for ever.
    let position = backlog.roomAt - stall.mostAhead
    guard
      HandlerThreads.nesting < HandlerThreads.deepest
        ? wait(until: position, caller) : backlog.hasRoom
    else {
      return false
    }
    if stall.isOver(backlog) {
      stall.dropped()
      return false
    }
    takeGap().withUnsafeBytes { backlog.append($0) }
    backlog.append(bytes)
    return true
  }

  /// Says how many lines are missing before what comes next; empty where none is.
  func takeGap() -> Bytes {
    if notes.gap == 0 { return [] }
    defer {
      notes.gap = 0
      takeWindow()
    }
    return ProcessNote.gap(notes.gap, because: notes.gapReason)
  }

  /// Writes of what waits all that the reader takes at once.
  func handOn() {
    if backlog.isEmpty || failure != nil { return }
    backlog.takeAll().withUnsafeBytes {
      if case .mustWait(let rest) = sink.put($0) { backlog.append(rest) }
    }
  }

  /// Lets the program's other threads run meanwhile: the reader may be one of them.
  /// - Returns: false where the sink has failed, or a signal's handler has raised.
  private func wait(until position: Int, _ caller: Caller) -> Bool {
    var position = position
    let start = Int(cpython_clock())
    let isOutermost = HandlerThreads.nesting == 0
    if isOutermost { stall.beginWait() }
    defer { if isOutermost { stall.endWait() } }
    while backlog.written < position {
      if PyErr_Occurred() != nil { return false }
      if stall.ends(waitSince: start, for: sink) {
        writeAtOnce()
        return failure == nil
      }
      writeOnce()
      if failure != nil { return false }
      let end = backlog.end
      if backlog.written < position, runSignalHandlers(caller) < 0 { return false }
      // The handlers' lines do not wait by themselves.
      if backlog.end != end { position = backlog.end }
    }
    return true
  }

  /// One try, without the GIL.
  private func writeOnce() {
    let claimed = backlog.claim()
    let patience: Patience = stall.isReadHere ? .short : .some
    let state = PyEval_SaveThread()
    let error = backlog.write(to: sink, patience, claimed: claimed)
    PyEval_RestoreThread(state)
    if claimed { settle(error) }
  }

  /// What the reader takes without a wait.
  private func writeAtOnce() {
    guard backlog.claim() else { return }
    settle(backlog.write(to: sink, .none, claimed: true))
  }

  private func settle(_ error: TraceError?) {
    let before = backlog.written
    backlog.settle()
    if backlog.written > before { stall.moved(backlog) }
    if let error { fail(error) }
  }

  /// Of the signals that have come, with their lines traced.
  /// The corresponding C function is `PyErr_CheckSignals`.
  private func runSignalHandlers(_ caller: Caller) -> CInt {
    HandlerThreads.enter()
    defer { HandlerThreads.leave() }
    // Any code may call the pair's functions, within a trace function or not.
    guard caller == .callback, isInForce, let leave = Symbols.leaveTracing,
      let enter = Symbols.enterTracing, let thread = PyThreadState_Get()
    else { return PyErr_CheckSignals() }
    leave(thread)
    defer { enter(thread) }
    return PyErr_CheckSignals()
  }
}

/// The threads that run the handlers of signals while they wait for a reader, each as often as it
/// does so within itself.
enum HandlerThreads {
  static var deepest: Int { 4 }

  nonisolated(unsafe) private static var threads: [Int] = []

  /// How many times this thread does.
  static var nesting: Int {
    let thread = Int(cpython_thread())
    return threads.reduce(0) { $1 == thread ? $0 + 1 : $0 }
  }

  static func enter() { threads.append(Int(cpython_thread())) }

  static func leave() {
    if let last = threads.lastIndex(of: Int(cpython_thread())) { threads.remove(at: last) }
  }

  /// Leaves the thread that forked as the only one that runs a signal's handler. To be called in
  /// the child.
  static func forked() {
    let thread = Int(cpython_thread())
    if !threads.isEmpty { threads.removeAll { $0 != thread } }
  }
}
