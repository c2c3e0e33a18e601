import CPython
import PythonInterop
import TraceCore

/// Which thread and which process a line is of.
extension Tracer {
  /// From the second thread on, and where it was asked for, lines say which.
  func noteThread(_ session: Session) {
    let thread = UInt(cpython_thread())
    let isAnother = hot.pointee.thread != thread
    if session.firstThread == 0 { session.firstThread = thread }
    if thread != session.firstThread, !session.shown.contains(.thread) {
      session.shown.insert(.thread)
      session.tagThread = 0
    }
    if session.shown.isEmpty {
      hot.pointee.thread = thread
    } else if session.tagThread != thread {
      updateTag(session, thread)
    }
    if isAnother { markThread(session, thread) }
  }

  private func updateTag(_ session: Session, _ thread: UInt) {
    let shown = session.shown
    let isNamed = shown.contains(.thread)
    let name = isNamed ? ThreadNames.thread() : nil
    session.tag = LineTag(
      process: shown.contains(.process) ? Int(cpython_process()) : nil,
      thread: isNamed ? name ?? ThreadNames.unnamed() : nil,
      task: shown.contains(.task) ? ThreadNames.task() : nil)
    // A task may change with any line, and a thread get its name a few lines late.
    let isSettled = !shown.contains(.task) && (!isNamed || name != nil)
    session.tagThread = isSettled ? thread : 0
  }

  /// In the parent, after `fork(2)`: there are two processes now.
  public func forkedHere() {
    session?.noteProcesses()
    hot.pointee.thread = 0
  }

  /// In the child, after `fork(2)`: one thread is left, one process deeper. Nothing
  /// is allocated, as another thread may have held the allocator's lock.
  public func isForkedChild() {
    guard let session else { return }
    session.forked()
    hot.pointee.thread = 0
    hot.pointee.code = nil
    hot.pointee.ring = .none
  }
}

extension Session {
  /// Several processes share standard error: their lines have to be told apart.
  func noteProcesses() {
    if sink.isShared { shown.insert(.process) }
    tagThread = 0
  }

  fileprivate func forked() {
    depth += 1
    waiting = 0
    firstThread = 0
    if !alwaysShowsThread { shown.remove(.thread) }
    noteProcesses()
    sink.forked()
  }
}
