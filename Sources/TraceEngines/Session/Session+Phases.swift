import CPython
import PythonInterop
import TraceCore

/// A session that is traced in phases, as the tests of a test run are: to activate it for
/// each would have the interpreter instrument every code object anew.
extension Session {
  /// Lines that run from here on are none of the session's.
  public func pause() {
    writer.endLines()
    isPaused = true
    if isInForce { (writer.hot.pointee.isPaused, writer.hot.pointee.thread) = (true, 0) }
  }

  /// They are again; calls count from here.
  /// - Returns: how many lines there have been.
  public func resume() -> Int {
    isPaused = false
    if isInForce {
      writer.hot.pointee.isPaused = false
      forgetCalls()
      _ = writer.moveRing()
    }
    return output.printed
  }

  private func forgetCalls() {
    writer.calls.forget()
    guard countsCalls, scope.base == .all else { return }
    _ = withExceptionsContained { () throws(PythonError) in
      try writer.calls.countFromHere(program: false)
    }
  }

  /// Lines of the thread are none of the session's from here on.
  /// - Parameter thread: as `PyThread_get_thread_ident` names it.
  public func leaveOut(_ thread: UInt) {
    leftOut.append(Int(bitPattern: thread))
    if writer.hot.pointee.thread == thread { writer.hot.pointee.thread = 0 }
  }

  /// Shows the lines of a thread again that `leaveOut` has left out.
  public func takeIn(_ thread: UInt) {
    if let index = leftOut.lastIndex(of: Int(bitPattern: thread)) { leftOut.remove(at: index) }
  }
}
