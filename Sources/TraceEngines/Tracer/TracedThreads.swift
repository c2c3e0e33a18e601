import CPython
import PythonInterop
import TraceCore

/// Which thread and which process a line is of.
extension Tracer {
  /// From the second thread on, and where it was asked for, lines say which.
  func noteThread(_ session: Session) {
    if isNewProcess { tellOfFork(session) }
    if let doorbell = session.doorbell, doorbell.hasRung { session.hearDoorbell() }
    let thread = UInt(cpython_thread())
    let isAnother = hot.pointee.thread != thread
    if cpython_is_new_thread(forgetThread) != 0 { session.noteNew(thread) }
    if session.firstThread == 0 {
      session.firstThread = thread
      begin(session)
    }
    if thread != session.firstThread, !session.shown.contains(.thread) {
      session.shown.insert(.thread)
      session.tagThread = 0
      hot.pointee.thread = 0
    }
    if session.isPlain {
      hot.pointee.thread = thread
    } else if session.tagThread != thread {
      updateTag(session, thread)
    }
    if isAnother { markThread(session, thread) }
  }

  private func updateTag(_ session: Session, _ thread: UInt) {
    var isNamed = true
    if session.format.template == nil {
      session.tag = LineTag(session.shown) { field in
        if field != .thread { return value(of: field, session) }
        let name = ThreadNames.thread()
        isNamed = name != nil
        return name ?? ThreadNames.unnamed()
      }
    }
    // A thread may get its name a few lines late.
    session.tagThread = isNamed && !session.differsByLine ? thread : 0
  }

  /// In the parent, after `fork(2)`: there are two processes now.
  public func forkedHere() {
    OpenSessions.forEach {
      $0.noteProcesses()
      $0.notes.hasChildren = true
    }
    hot.pointee.thread = 0
  }

  /// In the child, after `fork(2)`: one thread is left, one process deeper. Nothing
  /// is allocated, as another thread may have held the allocator's lock.
  public func isForkedChild() {
    isNewProcess = true
    ThisProcess.forked()
    OpenSessions.forEach { $0.forked() }
    let thread = UInt(cpython_thread())
    if !handling.isEmpty { handling.removeAll { $0 != thread } }
    engine?.forked()
    hot.pointee.thread = 0
    hot.pointee.code = nil
    hot.pointee.recent.forgetCode()
    hot.pointee.ring = .none
  }
}

extension Tracer {
  /// At the first line of a child: the interpreter has not heard of a fork that was
  /// made in C, and what Python code keeps of the process is the parent's.
  private func tellOfFork(_ session: Session) {
    isNewProcess = false
    session.sink.settle()
    guard let forkHook else { return }
    containingOwnExceptions { () throws(PythonError) in
      _ = try PyRef(retaining: forkHook).callOurs()
    }
  }
}

/// As a thread ends, without the GIL: a line of the next one at its address goes the long way.
private func forgetThread(_ thread: UnsafeMutableRawPointer?) {
  guard let hot = Tracer.shared?.hot, hot.pointee.thread == UInt(bitPattern: thread) else { return }
  hot.pointee.thread = 0
}

extension Session {
  /// Its address may have been another thread's.
  fileprivate func noteNew(_ thread: UInt) {
    if firstThread == thread { firstThread = Self.ended }
    tagThread = 0
  }

  /// No thread's address.
  private static var ended: UInt { 1 }

  fileprivate func hearDoorbell() {
    doorbell = nil
    notes.hasChildren = true
    noteProcesses()
  }

  /// Several processes share standard error: their lines have to be told apart.
  func noteProcesses() {
    if sink.isShared { shown.insert(.process) }
    tagThread = 0
  }

  fileprivate func forked() {
    depth += 1
    backlog.forked()
    stall.forked()
    notes.forked()
    heldLines.forked()
    runnerLines?.forked()
    firstThread = 0
    if !alwaysShowsThread { shown.remove(.thread) }
    noteProcesses()
    sink.forked()
  }
}
