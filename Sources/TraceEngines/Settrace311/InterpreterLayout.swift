import CPython
import PythonInterop

/// Whether the interpreter's structures are those of 3.11 as the header has them. The
/// fields have not moved from 3.11.0 on; a build of one's own may have moved them.
enum InterpreterLayout {
  /// Each field is compared with what the interpreter's own functions say of it.
  static func holds(_ api: CPython311) -> Bool {
    guard Interpreter.hasFrameEvaluationOf311, MemoryLayout<Int>.size == 8,
      let thread = ThreadState.current, isThread(thread), isFrame(thread)
    else { return false }
    return isTracing(thread, api)
  }

  private static func isThread(_ thread: ThreadState) -> Bool {
    thread.pointee.interpreter == CPython311.interpreter
      && thread.pointee.recursion_limit == Py_GetRecursionLimit()
      && isSame(thread.pointee.trace_object, as: "gettrace")
      && isSame(thread.pointee.profile_object, as: "getprofile")
  }

  private static func isSame(_ object: Borrowed?, as function: StaticString) -> Bool {
    withExceptionsContained { () throws(PythonError) in
      let shown = try PyRef.sys(function).call()
      return shown.isSame(as: object ?? cpython_none())
    } ?? false
  }

  private static func isFrame(_ thread: ThreadState) -> Bool {
    guard let frame = PyEval_GetFrame(), let code = PyFrame_GetCode(frame),
      let running = thread.pointee.stack.pointee.current_frame
    else { return false }
    Py_DecRef(Borrowed(code))
    guard running.pointee.code == Borrowed(code), let object = running.pointee.object,
      OpaquePointer(object) == frame
    else { return false }
    return object.pointee.shows_lines == (showsLines(Borrowed(frame)) ? 1 : 0)
  }

  private static func showsLines(_ frame: Borrowed) -> Bool {
    withExceptionsContained { () throws(PythonError) in
      try PyRef.attribute("f_trace_lines", of: frame).integer == 1
    } ?? false
  }

  /// Sets a trace function, as far as the interpreter's two functions can tell.
  private static func isTracing(_ thread: ThreadState, _ api: CPython311) -> Bool {
    let (function, depth) = (thread.pointee.trace_function, thread.pointee.tracing)
    let before = thread.pointee.stack.pointee.use_tracing
    defer { thread.pointee.stack.pointee.use_tracing = before }
    thread.pointee.trace_function = neverCalled
    api.enterTracing(thread)
    let isEntered =
      thread.pointee.tracing == depth + 1
      && thread.pointee.stack.pointee.use_tracing == .notTracing
    api.leaveTracing(thread)
    let isLeft =
      thread.pointee.tracing == depth
      && thread.pointee.stack.pointee.use_tracing == (depth == 0 ? .tracing : .notTracing)
    thread.pointee.trace_function = function
    return isEntered && isLeft
  }
}

private let neverCalled: cpython_trace_function = { _, _, _, _ in 0 }
