import CPython
public import PythonInterop
import TraceCore

/// Which session is in force: it begins, ends and makes way for the next one.
extension Tracer {
  /// Traces by `next` from now on, in every frame there is; nil: not at all.
  /// - Parameter ends: what was in force does not come back. Both may write one file, in
  ///   which the end of the one is before the start of the other.
  public func activate(_ next: Session?, ends: Bool = false) throws(PythonError) {
    if engine == nil, next != nil { engine = try Engine.choose(for: hot) }
    if let session { endLines(session) }
    guard PyErr_Occurred() == nil else { throw PythonError() }
    let before = session
    try leave(for: next)
    take(next)
    if let before, ends || !before.notes.isHeld { end(before) }
    try decideKnown()
    guard let next else { return }
    do throws(PythonError) {
      try start(next)
    } catch {
      session = nil
      hot.pointee.isOn = false
      resetHot()
      _ = withExceptionsContained { () throws(PythonError) in try stopAll() }
      throw error
    }
  }

  /// Where the engine calls into Python, as for an audit hook, lines of that come here still.
  private func leave(for next: Session?) throws(PythonError) {
    leave()
    try engine?.stop()
    session = nil
    hot.pointee.isOn = false
    resetHot()
    try engine?.prepare(recording: next?.sink.ringSink != nil)
  }

  private func take(_ next: Session?) {
    session = next
    hot.pointee.isOn = next != nil
    hot.pointee.isPaused = next?.isPaused ?? false
    hot.pointee.window = (next?.runnerLines == nil ? next?.sink ?? Self.noSink : Self.noSink).window
    beginRing(next)
  }

  private func start(_ next: Session) throws(PythonError) {
    begin(next, from: .function)
    guard PyErr_Occurred() == nil else { throw PythonError() }
    guard session === next else { return }
    try engine?.start()
    try decideStacked()
    held.raiseAgain()
    guard PyErr_Occurred() == nil else { throw PythonError() }
  }

  private func stopAll() throws(PythonError) {
    try engine?.stop()
    try decideKnown()
  }

  /// Takes nothing: no window to copy into while there is no session.
  static var noSink: Sink { Sink.none }

  private func leave() {
    resetHot()
    hot.pointee.recent.forgetAll()
    guard let session else { return }
    session.sink.ringSink?.disarm()
    session.printed += hot.pointee.printed
    hot.pointee.printed = 0
    flush(session)
  }

  /// Every code object that has been met may be in another scope now. Its place
  /// of entry may be silent for good (`DISABLE`), so it is not waited for.
  private func decideKnown() throws(PythonError) {
    var codes = PyRefs()
    for entry in table.entries { codes.append(retaining: entry.code) }
    for code in codes.borrowed {
      guard let entry = table[code] else { continue }
      let isWanted = session.map { isInScope(entry.file, $0) }
      try setTraced(entry, isWanted ?? false)
    }
  }

  private func decideStacked() throws(PythonError) {
    guard let session else { return }
    let frames = try StackedFrames.all { missLines("an audit hook hides the frames of threads") }
    for frame in frames.borrowed {
      let code = PyRef.code(of: frame)
      _ = try decide(try entry(for: code.borrowed), session)
    }
    try keepOpcodeEvents(of: frames)
    if session.countsCalls {
      withExceptionsContained { () throws(PythonError) in try countStacked() }
    }
  }

  /// Lines printed by the session so far.
  public func printed(by session: Session) -> Int {
    if let ring = session.sink.ringSink { return ring.count }
    return session.printed + (session === self.session ? hot.pointee.printed : 0)
  }

  /// What is in the sinks' memory goes where it belongs.
  public func flush() {
    if let session { flush(session) }
    if let pairSession { flush(pairSession) }
    OpenSessions.forEach { handOn($0) }
  }

  func flush(_ session: Session) {
    guard session.failure == nil else { return }
    if case .failed(let error) = session.sink.flush() {
      session.failure = error
      if !session.isQuiet { Report.stopped(error) }
    }
  }
}
