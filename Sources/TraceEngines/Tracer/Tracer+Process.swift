import CPython
import CSystem
public import PythonInterop
import TraceCore

/// The interpreter's life and the process's: a host program may end the interpreter and start
/// another one in the same process. The tracer of the first points to objects that are gone, and
/// the second gets its own.
extension Tracer {
  /// Makes sure that `shared` is of the interpreter that runs: another one's is retired.
  /// - Returns: whether the interpreter is new to us.
  static func serveThisInterpreter(
    _ chooseEngine: @escaping (Tracer) throws(PythonError) -> Engine
  ) throws(PythonError) -> Bool {
    guard let names = PyInterpreterState_GetDict(PyInterpreterState_Get()) else {
      throw raise(cpython_runtime_error(), "swifttrace: the interpreter keeps nothing")
    }
    // Not interned, as by `PyDict_SetItemString`: it goes with the interpreter.
    let key = try PyRef.string("swifttrace.swifttrace")
    if shared != nil, PyDict_GetItemWithError(names, key.borrowed) != nil { return false }
    if PyErr_Occurred() != nil { throw PythonError() }
    let next = try Tracer(chooseEngine)
    try check(status: PyDict_SetItem(names, key.borrowed, cpython_true()))
    shared?.retire()
    (shared, CodeRegistry.shared) = (next, next.code)
    return true
  }

  /// The interpreter has ended; the process may go on. Its sessions do, to the next
  /// interpreter's start or the process's end, whichever comes first.
  public func interpreterEnded() {
    flush()
    variable.restore()
    hot.pointee.mode = .off
    hot.pointee.forgetLookedUp()
    engine?.interpreterEnded()
    keepForGood(engine)
    engine = nil
  }

  /// Ends what the interpreter that is gone has left open.
  private func retire() {
    OpenSessions.forEach { session in
      session.end(.stopped)
      session.output.close()
      OpenSessions.remove(session)
      keepForGood(session)
    }
    DetailOptions.forgetInterpreter()
    DeferredException.pending.forgetInterpreter()
    keepForGood(PythonHooks.shared)
    PythonHooks.shared = PythonHooks()
    keepForGood(self)
  }

  // MARK: forks

  /// - Returns: what `os.register_at_fork` is to be given.
  public func setForkHooks(before: Borrowed, after: Borrowed, inChild: Borrowed)
    throws(PythonError) -> PyRef
  {
    try PythonHooks.shared.setForkHooks(
      before: before, after: after, inChild: inChild, code.callables)
  }

  /// In the parent, after `fork(2)`: there are two processes now.
  public func forkedHere() {
    OpenSessions.forEach { $0.forkedHere() }
    hot.pointee.thread = 0
  }

  /// In the child, after `fork(2)`: one thread is left, one process deeper. Nothing
  /// is allocated, as another thread may have held the allocator's lock.
  public func isForkedChild() {
    PythonHooks.shared.isNewProcess = true
    ThisProcess.forked()
    OpenSessions.forEach { $0.forked() }
    HandlerThreads.forked()
    engine?.forked()
    hot.pointee.thread = 0
    hot.pointee.code = nil
    hot.pointee.recent.forgetCode()
    (hot.pointee.ring, hot.pointee.recording) = (.none, nil)
  }

  // MARK: the process's end

  /// Has the sessions that are still open end with the process, as the very last thing it
  /// does. The corresponding C function is `on_exit`, `atexit` where there is none.
  public static func watchExit() {
    csystem_on_exit { status in
      // C code may call `exit` while other threads go on.
      guard Py_IsInitialized() == 0 || Symbols.holdsInterpreter?() ?? 0 != 0, Tracer.shared != nil
      else { return }
      let known = status < 0 ? nil : status
      OpenSessions.forEach { $0.end(.exit(known)) }
      OpenSessions.forEach { $0.output.destination.recording?.finish(known) }
    }
  }
}
