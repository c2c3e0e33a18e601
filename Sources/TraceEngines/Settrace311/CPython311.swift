import CPython
import PythonInterop

/// What 3.11 exports beyond the limited API: other versions may lack it. 3.11 gets security fixes
/// only, so it stays.
struct CPython311 {
  typealias Interpreter = UnsafeMutableRawPointer

  typealias Thread = UnsafeMutablePointer<cpython311_thread>

  let firstThread: @convention(c) (Interpreter) -> Thread?
  let nextThread: @convention(c) (Thread) -> Thread?
  let enterTracing: @convention(c) (Thread) -> Void
  let leaveTracing: @convention(c) (Thread) -> Void
  let isFinalizing: @convention(c) () -> CInt
  let getEvaluate: @convention(c) (Interpreter) -> cpython311_evaluate
  let setEvaluate: @convention(c) (Interpreter, cpython311_evaluate) -> Void
  let evaluateDefault: cpython311_evaluate
  let requestExtra: @convention(c) (UnsafeMutableRawPointer?) -> Int
  let getExtra: @convention(c) (Borrowed, Int, UnsafeMutablePointer<UInt>) -> CInt
  let setExtra: @convention(c) (Borrowed, Int, UInt) -> CInt

  init?() {
    guard let firstThread = Symbols.object("PyInterpreterState_ThreadHead"),
      let nextThread = Symbols.object("PyThreadState_Next"),
      let enterTracing = Symbols.object("PyThreadState_EnterTracing"),
      let leaveTracing = Symbols.object("PyThreadState_LeaveTracing"),
      let isFinalizing = Symbols.object("_Py_IsFinalizing"),
      let getEvaluate = Symbols.object("_PyInterpreterState_GetEvalFrameFunc"),
      let setEvaluate = Symbols.object("_PyInterpreterState_SetEvalFrameFunc"),
      let evaluateDefault = Symbols.object("_PyEval_EvalFrameDefault"),
      let requestExtra = Symbols.object("_PyEval_RequestCodeExtraIndex"),
      let getExtra = Symbols.object("_PyCode_GetExtra"),
      let setExtra = Symbols.object("_PyCode_SetExtra")
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
      found.append(ThreadState(thread))
      next = nextThread(thread)
    }
    return found
  }
}

private func function<F>(_ symbol: UnsafeMutableRawPointer) -> F {
  unsafeBitCast(symbol, to: F.self)
}
