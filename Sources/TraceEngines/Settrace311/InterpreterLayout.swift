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
    thread.pointer.pointee.interpreter == CPython311.interpreter
      && thread.pointer.pointee.recursion_limit == Py_GetRecursionLimit()
      && isSame(thread.pointer.pointee.trace_object, as: "gettrace")
      && isSame(thread.pointer.pointee.profile_object, as: "getprofile")
  }

  private static func isSame(_ object: Borrowed?, as function: StaticString) -> Bool {
    withExceptionsContained { () throws(PythonError) in
      let shown = try PyRef.sys(function).call()
      return shown.isSame(as: object ?? cpython_none())
    } ?? false
  }

  private static func isFrame(_ thread: ThreadState) -> Bool {
    guard let frame = Frame.running, let running = thread.stack.frame,
      running.code == frame.code, let object = running.pointer.pointee.object,
      OpaquePointer(object) == frame.pointer
    else { return false }
    let sendsLines = withExceptionsContained { () throws(PythonError) in try frame.sendsLines }
    return object.pointee.shows_lines == (sendsLines ?? false ? 1 : 0)
  }

  /// Sets a trace function, as far as the interpreter's two functions can tell.
  private static func isTracing(_ thread: ThreadState, _ api: CPython311) -> Bool {
    let (function, depth) = (thread.pointer.pointee.trace_function, thread.pointer.pointee.tracing)
    let before = thread.stack.pointer.pointee.use_tracing
    defer { thread.stack.pointer.pointee.use_tracing = before }
    thread.pointer.pointee.trace_function = neverCalled
    api.enterTracing(thread.pointer)
    let isEntered =
      thread.pointer.pointee.tracing == depth + 1
      && thread.stack.pointer.pointee.use_tracing == .notTracing
    api.leaveTracing(thread.pointer)
    let isLeft =
      thread.pointer.pointee.tracing == depth
      && thread.stack.pointer.pointee.use_tracing == (depth == 0 ? .tracing : .notTracing)
    thread.pointer.pointee.trace_function = function
    return isEntered && isLeft
  }
}

private let neverCalled: cpython_trace_function = { _, _, _, _ in 0 }
