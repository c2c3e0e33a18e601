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

  private let globalTrace: Borrowed
  private var isOn = false
  /// What was set before us, in the thread that enabled and in `threading`.
  private var previous: (sys: Borrowed?, threading: Borrowed?) = (nil, nil)

  init(_ hot: UnsafeMutablePointer<HotState>) throws(PythonError) {
    guard let set = cpython_symbol("_PyEval_SetTrace"),
      let first = cpython_symbol("PyInterpreterState_ThreadHead"),
      let next = cpython_symbol("PyThreadState_Next")
    else {
      throw raise(cpython_runtime_error(), "swifttrace: this Python lacks _PyEval_SetTrace")
    }
    setTrace = unsafeBitCast(set, to: SetTrace.self)
    firstThread = unsafeBitCast(first, to: FirstThread.self)
    nextThread = unsafeBitCast(next, to: NextThread.self)
    hotState = hot
    globalTrace = try PyRef.module("swifttrace.swifttrace").attribute("global_trace").take()
  }

  override func start() throws(PythonError) {
    isOn = true
    previous.sys = try current("sys")
    previous.threading = try current("threading")
    if previous.sys != cpython_none(), previous.sys != globalTrace { Report.replaced() }
    try setForNewThreads(globalTrace)
    try setForAllThreads()
  }

  /// The threads that are elsewhere take the function away themselves, at their
  /// next event: theirs may be another one by now.
  override func stop() throws(PythonError) {
    guard isOn else { return }
    isOn = false
    if try isOurs("sys") { try set("sys", previous.sys) }
    if try isOurs("threading") { try set("threading", previous.threading) }
    forget()
  }

  private func forget() {
    Py_DecRef(previous.sys)
    Py_DecRef(previous.threading)
    previous = (nil, nil)
  }

  private func setForNewThreads(_ function: Borrowed) throws(PythonError) {
    try set("threading", function)
  }

  /// Setting it may run an audit hook (PEP 578) and with that any thread, which
  /// may end: only what is still in the list is touched (cpython#132296).
  private func setForAllThreads() throws(PythonError) {
    for thread in threads() where threads().contains(thread) {
      try check(status: setTrace(thread, nativeTrace, globalTrace))
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
      try check(status: setTrace(thread, nativeTrace, globalTrace))
    }
  }

  override func leaveThread() {
    containingOwnExceptions { () throws(PythonError) in
      guard let thread = PyThreadState_Get() else { return }
      try check(status: setTrace(thread, nil, nil))
    }
  }

  // MARK: sys.settrace and threading.settrace

  private func current(_ module: StaticString) throws(PythonError) -> Borrowed {
    try PyRef.module(module).attribute("gettrace").call().take()
  }

  private func isOurs(_ module: StaticString) throws(PythonError) -> Bool {
    try PyRef.module(module).attribute("gettrace").call().isSame(as: globalTrace)
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
  guard let hot = hotState else { return 0 }
  if !hot.pointee.isOn {
    hot.pointee.tracer.engine?.leaveThread()
  } else if event == cpython_trace_line {
    return hot.traceLine(of: frame)
  }
  return 0
}
