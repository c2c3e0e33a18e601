import CPython
import PythonInterop

/// `PyEval_SetTrace`'s engine, for a Python 3.11 whose structures are not known. What was
/// set before is not called while the trace is on.
///
/// The function is set for every thread there is and, through
/// `threading.settrace`, for those to come. It asks about each code object itself,
/// so nothing has to be attached. It carries `swifttrace.global_trace` as its
/// object: that is what `sys.gettrace()` shows, what others save and set again.
final class ReplacingEngine: Engine {
  override var name: StaticString { "settrace" }
  override var reason: StaticString {
    "this Python has no sys.monitoring (PEP 669), and is built in a way of its own"
  }

  private typealias SetTrace =
    @convention(c) (OpaquePointer, cpython_trace_function?, Borrowed?) -> CInt
  private typealias FirstThread = @convention(c) (OpaquePointer?) -> OpaquePointer?
  private typealias NextThread = @convention(c) (OpaquePointer) -> OpaquePointer?

  // The limited API lacks them. 3.11 gets security fixes only: they stay.
  private let setTrace: SetTrace
  private let firstThread: FirstThread
  private let nextThread: NextThread

  private let globalTrace: PyRef
  private var isOn = false
  /// What was set before us, in the thread that enabled and in `threading`.
  private var previousInSys: PyRef?
  private var previousInThreading: PyRef?

  init(_ hot: HotPath) throws(PythonError) {
    guard let set = Symbols.object("_PyEval_SetTrace"),
      let first = Symbols.object("PyInterpreterState_ThreadHead"),
      let next = Symbols.object("PyThreadState_Next")
    else {
      throw raise(cpython_runtime_error(), "swifttrace: this Python lacks _PyEval_SetTrace")
    }
    setTrace = unsafeBitCast(set, to: SetTrace.self)
    firstThread = unsafeBitCast(first, to: FirstThread.self)
    nextThread = unsafeBitCast(next, to: NextThread.self)
    hotState = hot.state
    globalTrace = try PyRef.module("swifttrace.swifttrace").attribute("global_trace")
  }

  override func start() throws(PythonError) {
    isOn = true
    let inSys = try current("sys")
    if !inSys.isNone, !inSys.isSame(as: globalTrace.borrowed) { Report.replaced() }
    previousInSys = consume inSys
    previousInThreading = try current("threading")
    try set("threading", globalTrace.borrowed)
    try setForAllThreads()
  }

  /// The threads that are elsewhere take the function away themselves, at their
  /// next event: theirs may be another one by now.
  override func stop() throws(PythonError) {
    guard isOn else { return }
    isOn = false
    if try isOurs("sys") { try set("sys", previousInSys?.borrowed) }
    if try isOurs("threading") { try set("threading", previousInThreading?.borrowed) }
    release(&previousInSys)
    release(&previousInThreading)
  }

  /// Setting it may run an audit hook (PEP 578) and with that any thread, which
  /// may end: only what is still in the list is touched (cpython#132296).
  private func setForAllThreads() throws(PythonError) {
    for thread in threads() where threads().contains(thread) {
      try check(status: setTrace(thread, nativeTrace, globalTrace.borrowed))
    }
  }

  private func threads() -> [OpaquePointer] {
    var found: [OpaquePointer] = []
    var next = firstThread(PyInterpreterState_Get())
    while let thread = next {
      found.append(thread)
      next = nextThread(thread)
    }
    return found
  }

  /// `global_trace` was called by `sys.settrace`'s own function: somebody has set
  /// it again. From here on it is called directly.
  override func adoptThread() {
    containingOwnExceptions { () throws(PythonError) in
      guard let thread = PyThreadState_Get() else { return }
      try check(status: setTrace(thread, nativeTrace, globalTrace.borrowed))
    }
  }

  override func leaveThread() {
    containingOwnExceptions { () throws(PythonError) in
      guard let thread = PyThreadState_Get() else { return }
      try check(status: setTrace(thread, nil, nil))
    }
  }

  // MARK: sys.settrace and threading.settrace

  private func current(_ module: StaticString) throws(PythonError) -> PyRef {
    try PyRef.module(module).attribute("gettrace").call()
  }

  private func isOurs(_ module: StaticString) throws(PythonError) -> Bool {
    try PyRef.module(module).attribute("gettrace").call().isSame(as: globalTrace.borrowed)
  }

  private func set(_ module: StaticString, _ function: Borrowed?) throws(PythonError) {
    try PyRef.module(module).attribute("settrace").call(function ?? cpython_none())
  }
}

/// Set once, before the function below is; a plain load on the path of a line.
nonisolated(unsafe) private var hotState: UnsafeMutablePointer<HotState>?

/// `Py_tracefunc`. Calls are passed over: code is asked about at its first line,
/// which also finds it in frames that were entered before. Fails only where the
/// handler of a signal has raised while the trace waited for its reader.
private let nativeTrace: cpython_trace_function = { _, frame, event, _ in
  guard let hotState else { return 0 }
  let hot = HotPath(hotState)
  if !hot.isOn {
    hot.tracer.engine?.leaveThread()
  } else if event == cpython_trace_line {
    return hot.traceAnyLine(of: Frame(frame))
  }
  return 0
}
