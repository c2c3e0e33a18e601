import CPython
public import PythonInterop
import TraceCore

/// Which session is in force: it begins, ends and makes way for the next one.
extension Tracer {
  /// Traces by `next` from now on, in every frame there is; nil: not at all.
  /// - Parameter ends: what was in force does not come back. Both may write one file, in
  ///   which the end of the one is before the start of the other.
  public func activate(_ next: Session?, ends: Bool = false) throws(PythonError) {
    if engine == nil, next != nil { engine = try chooseEngine(self) }
    session?.writer.endLines()
    guard PyErr_Occurred() == nil else { throw PythonError() }
    let before = session
    try leave(for: next)
    take(next)
    if let before, ends || !before.output.notes.isHeld { before.end(.stopped) }
    try decideKnown()
    guard let next else { return }
    do throws(PythonError) {
      try start(next)
    } catch {
      endForce()
      _ = withExceptionsContained { () throws(PythonError) in try stopAll() }
      throw error
    }
  }

  /// Where the engine calls into Python, as for an audit hook, lines of that come here still.
  private func leave(for next: Session?) throws(PythonError) {
    code.forgetLookedUp()
    session?.output.destination.ring?.disarm()
    session?.output.flush()
    try engine?.stop()
    endForce()
    try engine?.prepare(for: next?.output.destination)
  }

  private func endForce() {
    session?.output.endForce()
    session = nil
    OwnFrames.directory = nil
    hot.pointee.forgetLookedUp()
    hot.pointee.frame.address = 0
  }

  private func take(_ next: Session?) {
    session = next
    next?.output.beginForce(hot) { [unowned(unsafe) self] in
      _ = withExceptionsContained { () throws(PythonError) in try activate(nil) }
    }
    next?.writer.lookUp = { [unowned(unsafe) self] in
      session.flatMap { [code = $0.code] in lines(of: code, $0) }
    }
    OwnFrames.directory = next?.scope.own
    hot.pointee.isPaused = next?.isPaused ?? false
    hot.pointee.countsCalls = next?.countsCalls ?? false
    hot.pointee.isDetailed = next.map { $0.receiver != nil || $0.writer.timesLines } ?? false
    hot.pointee.notesOrigins = next?.fieldWriter != nil
    hot.pointee.leavesLinesOut = next.map { $0.receiver?.needsLines == false } ?? false
    hot.pointee.awaitsProgram = next?.awaitsProgram ?? false
    hot.pointee.purpose = purpose
    calls.forget()
    next?.output.destination.ring?.arm()
  }

  /// What code in scope is asked for.
  private var purpose: Int {
    (hot.pointee.countsCalls ? 1 : 0) | (hot.pointee.isDetailed ? 2 : 0)
      | (hot.pointee.notesOrigins ? 4 : 0) | (hot.pointee.leavesLinesOut ? 8 : 0)
  }

  private func start(_ next: Session) throws(PythonError) {
    next.output.begin(from: .function)
    guard PyErr_Occurred() == nil else { throw PythonError() }
    guard session === next else { return }
    try engine?.start()
    try decideStacked(next)
    DeferredException.pending.raiseAgain()
    guard PyErr_Occurred() == nil else { throw PythonError() }
  }

  private func stopAll() throws(PythonError) {
    try engine?.stop()
    try decideKnown()
  }

  /// Every code object that has been met may be in another scope now. Its entry
  /// may be silent for good (`DISABLE`), so it is not waited for.
  private func decideKnown() throws(PythonError) {
    var codes = PyRefs()
    for entry in code.entries { codes.append(retaining: entry.code.object) }
    for code in codes.borrowed {
      guard let entry = self.code.entry(known: CodeObject(code)) else { continue }
      let isWanted = session.map { $0.isInScope(entry.file) }
      try setTraced(entry, isWanted ?? false)
    }
  }

  private func decideStacked(_ next: Session) throws(PythonError) {
    guard session === next else { return }
    let frames = try StackedFrames.all { missLines("an audit hook hides the frames of threads") }
    for frame in frames.borrowed {
      _ = try decide(try code.entry(for: Frame(frame).code), next)
      followExceptions(in: Frame(frame).code)
    }
    try engine?.keepOpcodeEvents(of: frames)
    if next.countsCalls {
      _ = withExceptionsContained { () throws(PythonError) in try calls.countStacked() }
    }
  }

  /// What is in the sinks' memory goes where it belongs.
  func flush() {
    session?.output.flush()
    pairSession?.output.flush()
    OpenSessions.forEach { $0.output.handOn() }
  }

  /// The session is over, the process is not.
  public func end(_ session: Session) { session.end(.stopped) }

  /// Python has no name for the session any more. In the interpreter's last moments that
  /// says nothing: the session goes on to the process's end.
  /// - Returns: whether that was all there was to it.
  public func letGo(_ session: Session) -> Bool {
    session.output.notes.isHeld = false
    if Py_IsInitialized() == 0 { return false }
    if session !== self.session { end(session) }
    return true
  }
}
