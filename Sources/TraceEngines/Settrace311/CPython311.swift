import CPython
import PythonInterop

/// What 3.11 exports beyond the limited API, found with `dlsym`: other versions may
/// lack it. 3.11 gets security fixes only, so it stays.
struct CPython311 {
  typealias Interpreter = UnsafeMutableRawPointer

  let firstThread: @convention(c) (Interpreter) -> ThreadState?
  let nextThread: @convention(c) (ThreadState) -> ThreadState?
  let enterTracing: @convention(c) (ThreadState) -> Void
  let leaveTracing: @convention(c) (ThreadState) -> Void
  let isFinalizing: @convention(c) () -> CInt
  let getEvaluate: @convention(c) (Interpreter) -> cpython311_evaluate
  let setEvaluate: @convention(c) (Interpreter, cpython311_evaluate) -> Void
  let evaluateDefault: cpython311_evaluate
  let requestExtra: @convention(c) (UnsafeMutableRawPointer?) -> Int
  let getExtra: @convention(c) (Borrowed, Int, UnsafeMutablePointer<UInt>) -> CInt
  let setExtra: @convention(c) (Borrowed, Int, UInt) -> CInt

  init?() {
    guard let firstThread = cpython_symbol("PyInterpreterState_ThreadHead"),
      let nextThread = cpython_symbol("PyThreadState_Next"),
      let enterTracing = cpython_symbol("PyThreadState_EnterTracing"),
      let leaveTracing = cpython_symbol("PyThreadState_LeaveTracing"),
      let isFinalizing = cpython_symbol("_Py_IsFinalizing"),
      let getEvaluate = cpython_symbol("_PyInterpreterState_GetEvalFrameFunc"),
      let setEvaluate = cpython_symbol("_PyInterpreterState_SetEvalFrameFunc"),
      let evaluateDefault = cpython_symbol("_PyEval_EvalFrameDefault"),
      let requestExtra = cpython_symbol("_PyEval_RequestCodeExtraIndex"),
      let getExtra = cpython_symbol("_PyCode_GetExtra"),
      let setExtra = cpython_symbol("_PyCode_SetExtra")
    else { return nil }
    self.firstThread = function(firstThread)
    self.nextThread = function(nextThread)
    self.enterTracing = function(enterTracing)
    self.leaveTracing = function(leaveTracing)
    self.isFinalizing = function(isFinalizing)
    self.getEvaluate = function(getEvaluate)
    self.setEvaluate = function(setEvaluate)
    self.evaluateDefault = function(evaluateDefault)
    self.requestExtra = function(requestExtra)
    self.getExtra = function(getExtra)
    self.setExtra = function(setExtra)
  }

  static var interpreter: Interpreter { Interpreter(PyInterpreterState_Get()) }

  /// Every thread of this interpreter. It is not to run Python code while the list is
  /// gone through: a thread that ends takes its state with it (cpython#132296).
  var threads: [ThreadState] {
    var found: [ThreadState] = []
    var next = firstThread(Self.interpreter)
    while let thread = next, cpython311_is_ready(thread) != 0 {
      found.append(thread)
      next = nextThread(thread)
    }
    return found
  }
}

private func function<F>(_ symbol: UnsafeMutableRawPointer) -> F {
  unsafeBitCast(symbol, to: F.self)
}

/// A thread's own state: `PyThreadState`.
typealias ThreadState = UnsafeMutablePointer<cpython311_thread>

extension ThreadState {
  static var current: ThreadState? { PyThreadState_Get().map { ThreadState($0) } }

  @inline(__always)
  var isUntraced: Bool { pointee.trace_function == nil }

  /// Whether the running frame sends events: what the interpreter itself does when
  /// either function is set. The corresponding C function is
  /// `_PyThreadState_UpdateTracingState`.
  func updateTracing() {
    let isWanted = pointee.trace_function != nil || pointee.profile_function != nil
    pointee.stack.pointee.use_tracing = isWanted && pointee.tracing == 0 ? .tracing : .notTracing
  }
}

extension UInt8 {
  /// The two values of `use_tracing`.
  static var tracing: UInt8 { 255 }
  static var notTracing: UInt8 { 0 }
}
