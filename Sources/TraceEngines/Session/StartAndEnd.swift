import CPython
import CSystem
import PythonInterop
public import TraceCore

/// What a session's start and end lines say.
public struct ProcessNotes {
  /// Where a trace has the two lines.
  public enum Wanted: Int {
    case never
    /// In a process that another one started, and at the end of one that has started others.
    case fromSecondProcess
    case always
  }

  let wanted: Wanted
  /// The command line.
  let arguments: [Bytes]
  /// The start is said, or would be; the end is not yet.
  var hasBegun = false
  var hasChildren = false
  /// Python has a name for the session still.
  var isHeld = true
  private(set) var since = Timestamp.now
  /// Lines of before: another trace's, or the parent's.
  var before = 0
  /// Lines that were to be printed, and are not.
  var unprinted = 0
  var dropped = DroppedLines()
  /// How many of them the trace has still to say.
  var gap = 0
  /// Why lines may not have come, where that is so.
  var missing: StaticString?
  /// Why the last of them is not there.
  var gapReason = DroppedLines.Reason.interrupted

  public init(_ wanted: Wanted, running arguments: [Bytes] = []) {
    (self.wanted, self.arguments) = (wanted, arguments)
  }

  func saysStart(depth: Int) -> Bool {
    wanted == .always || wanted == .fromSecondProcess && depth > 1
  }

  func saysEnd(depth: Int) -> Bool {
    hasBegun && (saysStart(depth: depth) || wanted == .fromSecondProcess && hasChildren)
  }

  mutating func begin(after lines: Int) {
    (hasBegun, before, unprinted, gap, missing) = (true, lines, 0, 0, nil)
    dropped = DroppedLines()
  }

  /// In a child that was forked: its trace begins with its first line.
  mutating func forked() {
    (hasBegun, hasChildren) = (false, false)
    since = since.later
  }
}

/// The start and end lines of a session.
extension Tracer {
  /// Before the session's first line in this process.
  func begin(_ session: Session, from caller: Caller = .callback) {
    if session.notes.hasBegun { return }
    session.notes.begin(after: counted(session))
    guard session.notes.saysStart(depth: session.depth) else { return }
    let note = ProcessNote.start(
      since: session.notes.since, in: FilePath.directory, running: session.notes.arguments)
    put(note, session, from: caller)
  }

  /// Lines of the session that were to be printed by now.
  private func counted(_ session: Session) -> Int {
    session.printed + (session === self.session ? hot.pointee.printed : 0)
  }

  /// A line that ran is not in the trace.
  func drop(_ reason: DroppedLines.Reason, _ session: Session) {
    session.notes.dropped.add(reason)
    switch reason {
    case .interrupted, .readByItself:
      (session.notes.gap, session.notes.gapReason) = (session.notes.gap + 1, reason)
    case .outOfMemory, .callOutOfMemory: put(ProcessNote.gap(1, because: reason), session)
    }
  }

  /// The interpreter may not have said of each line that it ran.
  func missLines(_ why: StaticString) {
    guard let session, session.notes.missing == nil else { return }
    session.notes.missing = why
    if !session.isQuiet { Report.linesMayBeMissing(why) }
  }

  /// The session is over, the process is not.
  public func end(_ session: Session) { end(session, .stopped) }

  /// Python has no name for the session any more. In the interpreter's last moments that
  /// says nothing: the session goes on to the process's end.
  /// - Returns: whether that was all there was to it.
  public func letGo(_ session: Session) -> Bool {
    session.notes.isHeld = false
    if Py_IsInitialized() == 0 { return false }
    if session !== self.session { end(session) }
    return true
  }

  private func end(_ session: Session, _ ending: ProcessNote.Ending) {
    flush(session)
    if let doorbell = session.doorbell, doorbell.hasRung { session.notes.hasChildren = true }
    var last = session.failure == nil ? session.backlog.takeAll() : []
    if session.failure == nil { last += lastRunnerLines(session) + takeHeldLines(session) }
    if case .exit = ending, hadNothing(session) {
      last += ProcessNote.nothing(in: session.scope)
    }
    if session.notes.saysEnd(depth: session.depth) { last += endNote(session, ending) }
    session.notes.hasBegun = false
    last.withUnsafeBytes { putLast($0, session) }
  }

  /// The first process has run a program, and none of it was in scope.
  private func hadNothing(_ session: Session) -> Bool {
    session.notes.wanted != .never && session.notes.hasBegun && session.depth == 1
      && session.hasMetMain && !session.hasMetScope && session.failure == nil
  }

  private func endNote(_ session: Session, _ ending: ProcessNote.Ending) -> Bytes {
    let notes = session.notes
    return ProcessNote.end(
      ending, lines: counted(session) - notes.before - notes.unprinted, dropped: notes.dropped,
      missing: notes.missing, failure: session.failure)
  }

  private func putLast(_ bytes: UnsafeRawBufferPointer, _ session: Session) {
    if bytes.isEmpty { return }
    var outcome = session.sink.putLast(bytes)
    if case .mustWait(let rest) = outcome { outcome = finish(rest, session.sink) }
    if case .failed(let error) = outcome, session.failure == nil {
      session.failure = error
      Report.stopped(error)
    }
  }

  private func finish(_ bytes: UnsafeRawBufferPointer, _ sink: Sink) -> Sink.Outcome {
    let state = Py_IsInitialized() == 0 ? nil : PyEval_SaveThread()
    defer { if let state { PyEval_RestoreThread(state) } }
    return sink.finishSoon(bytes)
  }

  // MARK: the process's end

  /// Has the sessions that are still open end with the process, as the very last thing it
  /// does. The corresponding C function is `on_exit`, `atexit` where there is none.
  public static func watchExit() {
    csystem_on_exit { status in
      // C code may call `exit` while other threads go on.
      guard Py_IsInitialized() == 0 || Tracer.holdsInterpreter, let tracer = Tracer.shared else {
        return
      }
      OpenSessions.forEach { tracer.end($0, .exit(status < 0 ? nil : status)) }
    }
  }

  /// The corresponding C function is `PyGILState_Check`, which the limited API lacks.
  private static var holdsInterpreter: Bool {
    guard let check = cpython_symbol(StaticString("PyGILState_Check").chars) else { return false }
    return unsafeBitCast(check, to: (@convention(c) () -> CInt).self)() != 0
  }
}
