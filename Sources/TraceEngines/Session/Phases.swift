import CPython
import PythonInterop
public import TraceCore

/// A session that is traced in phases, as the tests of a test run are: to activate it for
/// each would have the interpreter instrument every code object anew.
extension Tracer {
  /// Lines that run from here on are none of the session's.
  public func pause(_ session: Session) {
    endLines(session)
    session.isPaused = true
    if session === self.session { (hot.pointee.isPaused, hot.pointee.thread) = (true, 0) }
  }

  /// They are again; calls count from here.
  /// - Returns: how many lines there have been.
  public func resume(_ session: Session) -> Int {
    session.isPaused = false
    if session === self.session {
      hot.pointee.isPaused = false
      forgetCalls(session)
      _ = moveRing(session)
    }
    return printed(by: session)
  }

  /// Lines of the thread are none of the session's from here on.
  /// - Parameter thread: as `PyThread_get_thread_ident` names it.
  public func leaveOut(_ thread: UInt, _ session: Session) {
    session.leftOut.append(thread)
    if hot.pointee.thread == thread { hot.pointee.thread = 0 }
  }

  /// They are again.
  public func takeIn(_ thread: UInt, _ session: Session) {
    if let place = session.leftOut.lastIndex(of: thread) { session.leftOut.remove(at: place) }
  }

  /// Puts bytes where the session's lines go.
  public func write(_ bytes: Bytes, _ session: Session) {
    if session.failure == nil { _ = bytes.withUnsafeBytes { put($0, session) } }
  }

  private func forgetCalls(_ session: Session) {
    forgetDepths()
    guard session.countsCalls, session.scope.base == .all else { return }
    _ = withExceptionsContained { () throws(PythonError) in try countFromHere(program: false) }
  }
}
