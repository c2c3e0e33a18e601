import CPython
import PythonInterop
import TraceCore

/// Lines that say what they took: each is held, and printed as it ends.
///
/// That is at the thread's next line that is shown, where its frame returns, yields or is left
/// by an exception, and where something is noted. What it calls in scope are lines of their own.
extension Tracer {
  /// The line of a session that shows lines alone.
  @inline(never)
  func timedLine(_ code: Borrowed, _ number: Int, _ session: Session) {
    endLine(session)
    guard session === self.session, PyErr_Occurred() == nil, let entry = entry(known: code) else {
      return
    }
    printLine(entry, number, session)
  }

  /// Holds the line that begins.
  func hold(_ line: RenderedLine, _ session: Session) {
    let held = session.heldLine
    held.keep(line, session.shown.union(session.filled)) { value(of: $0, session) }
    held.begin(at: Int(cpython_clock()))
  }

  /// The same of one that is not shown, but may be found to have changed something.
  func beginUnseen(_ session: Session) {
    if let details = session.details, !isShallow(details) { return }
    session.heldLine.begin(at: Int(cpython_clock()))
  }

  /// Prints a line that has run and was not shown as it began.
  func printEnded(_ line: RenderedLine, _ session: Session) {
    let held = session.heldLine
    held.keep(line, session.shown.union(session.filled)) { value(of: $0, session) }
    printHeld(held, session, from: .callback)
  }

  /// The line that this thread is at has ended; not by what is too deep to be shown.
  func endLine(_ session: Session, from caller: Caller = .callback) {
    if let details = session.details, !isShallow(details) { return }
    let held = session.heldLine
    held.end(at: Int(cpython_clock()))
    if held.isHeld { printHeld(held, session, from: caller) }
  }

  /// The same where inner code is part of the statement that runs.
  func endLine(
    of code: Borrowed, _ frame: OpaquePointer, _ session: Session, isCall: Bool
  ) {
    let isInner = session.details?.known(frame, code)?.isInner ?? false
    if !isInner, !isCall { endLine(session) }
  }

  /// Prints those of all threads as if they had ended: the trace does, or somebody reads it.
  func endLines(_ session: Session) {
    printRunnerLines(session, from: .function)
    if !session.timesLines { return }
    for held in session.heldLines.held() where held.isHeld && session.failure == nil {
      held.end(at: Int(cpython_clock()))
      printHeld(held, session, from: .function)
    }
  }

  /// Before the process ends without another word, or becomes another program.
  public func endAllLines() { OpenSessions.forEach { endLines($0) } }

  /// What is left of them at a session's end. Those that a ring keeps are in it.
  func takeHeldLines(_ session: Session) -> Bytes {
    var text = Bytes()
    if !session.timesLines { return text }
    for held in session.heldLines.held() {
      held.end(at: Int(cpython_clock()))
      held.letGo()
      held.withLine { compose($0, session, held) }
      if let ring = session.sink.ringSink {
        record(session.scratch, in: ring, session)
      } else {
        session.printed += 1
        text += session.scratch
      }
    }
    return text
  }

  private func printHeld(_ held: HeldLine, _ session: Session, from caller: Caller) {
    held.letGo()
    held.withLine { compose($0, session, held) }
    if let ring = session.sink.ringSink { return record(session.scratch, in: ring, session) }
    if session === self.session { hot.pointee.printed += 1 } else { session.printed += 1 }
    writeScratch(session, from: caller)
  }
}

extension Session {
  /// That of the thread that runs.
  fileprivate var heldLine: HeldLine { heldLines.line(of: UInt(cpython_thread())) }
}
