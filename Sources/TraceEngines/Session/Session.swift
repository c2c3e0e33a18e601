import CPython
public import PythonInterop
public import TraceCore

/// One setting of the trace: what is traced and shown, how and where.
public final class Session {
  /// The sink of the session's lines, and what is written besides them.
  public let output: SessionOutput
  let writer: TextWriter
  /// What is shown besides the lines; nil: nothing.
  let receiver: EventReceiver?
  /// Which files are traced. It changes when the script is met.
  public internal(set) var scope: Scope
  /// A number for each scope there ever was: files remember its decision by it.
  private(set) var generation: Int
  /// Lines are to say how many calls deep they are.
  let countsCalls: Bool
  /// For `OpenSessions` alone.
  var nextOpen: Unmanaged<Session>?
  /// The script of the process that started this one; nil: this one has a script of its own,
  /// or nobody has.
  public var parentScript: Bytes? {
    didSet { if let parentScript { scope.scripts.append(parentScript) } }
  }
  /// The text of `-c`, where that is the script to be met.
  public var command: Bytes?
  /// Lines that run now are not the session's.
  var isPaused = false
  /// The threads whose lines are not shown; a thread that is left out twice is taken in twice.
  var leftOut: [Int] = []
  /// Modules are asked whether they are the script: somebody else runs the program.
  private(set) var meetsScripts: Bool
  private(set) var hasMetMain = false
  /// The file of what runs as `__main__`, where that is a library's, or a command's that is
  /// installed: the script is what that runs. In a process that works for a runner, that.
  var runner: Bytes?
  /// There was code in scope.
  var hasMetScope = false
  /// What runs now runs the program and is none of it, though it is in scope: calls are
  /// neither shown nor counted before the program's own module.
  var awaitsProgram: Bool

  init(
    _ writer: TextWriter, _ receiver: EventReceiver?, _ scope: Scope, generation: Int,
    awaitsScript: Bool
  ) {
    (self.writer, output, self.receiver) = (writer, writer.output, receiver)
    countsCalls = receiver != nil || writer.asksForCalls
    (self.scope, self.generation, meetsScripts) = (scope, generation, awaitsScript)
    awaitsProgram = awaitsScript && scope.base == .all
    OpenSessions.add(self)
  }

  deinit {
    OpenSessions.remove(self)
    if output.sink.lines !== LineMemory.heap { writer.code.forgetLines(in: output.sink.lines) }
  }

  var isInForce: Bool { output.isInForce }

  /// Whether the running thread's lines are not the session's.
  var isLeftOut: Bool { !leftOut.isEmpty && leftOut.contains(Int(cpython_thread())) }

  /// Whether a line is all that is printed of it, as it was rendered or with a tag.
  var isRendered: Bool { receiver == nil && writer.look.fit == nil && !writer.isSpelled }

  /// The writer, if it notes where exceptions come from.
  var fieldWriter: FieldWriter? {
    writer.format == .fields ? unsafeDowncast(writer, to: FieldWriter.self) : nil
  }

  // MARK: what it prints

  /// Puts bytes where the session's lines go.
  public func write(_ bytes: Bytes) {
    if output.failure == nil { output.put(bytes) }
  }

  /// The last lines of a session that records them, as they are printed; empty of one
  /// that does not.
  public func report(because reason: RingReport.Reason) -> Bytes {
    writer.endLines()
    return output.destination.ring?.text(because: reason) ?? []
  }

  /// Prints such a report where the session's go.
  public func print(_ report: Bytes) {
    if output.destination.ring != nil { output.put(report, from: .function) }
  }

  /// What a session that keeps the last lines has of them.
  /// - Parameters:
  ///   - count: how many lines there had been before the oldest one wanted.
  ///   - end: how many there were with the newest one.
  public func lastLines(after count: Int = 0, upTo end: Int = .max)
    -> [(tag: Bytes, depth: Int, bytes: Bytes)]
  {
    output.destination.ring?.lastLines(after: count, upTo: end) ?? []
  }

  /// How many lines had been recorded when an exception was raised; nil: that is not known.
  public func linesBefore(_ exception: Borrowed) -> Int? {
    fieldWriter?.linesBefore(ExceptionValue(exception))
  }

  // MARK: children

  /// Has lines say which process they are of as soon as a Python child is there.
  /// - Returns: the descriptor that children ring; nil where there is no need.
  public func awaitChildren() -> Int? {
    let isNeeded =
      output.sink.isShared && writer.format.template == nil && !writer.shown.contains(.process)
    if output.doorbell == nil, isNeeded { output.doorbell = Doorbell() }
    return output.doorbell?.number
  }

  /// In the parent, after a fork: there are two processes now.
  func forkedHere() {
    writer.noteProcesses()
    output.notes.hasChildren = true
  }

  /// In the child: nothing is allocated, as another thread may have held the allocator's lock.
  func forked() {
    output.forked()
    writer.forked()
    output.sink.forked()
  }

  // MARK: its end

  /// The session is over.
  func end(_ ending: ProcessNote.Ending) {
    output.end(ending) {
      var last = output.lastRunnerLines() + writer.takeHeldLines()
      if case .exit = ending, hadNothing { last += ProcessNote.nothing(in: scope) }
      return last
    }
  }

  /// The first process has run a program, and none of it was in scope.
  private var hadNothing: Bool {
    output.notes.wanted != .never && output.notes.hasBegun && output.depth == 1
      && hasMetMain && !hasMetScope
  }

  // MARK: the script

  /// The program is yet to be run.
  /// - Parameter runner: the file of the installed command that is run, or of the runner that
  ///   this process works for.
  public func awaitProgram(runner: Bytes?) {
    awaitsProgram = scope.base == .all
    (meetsScripts, self.runner) = (true, runner)
  }

  /// What the runner prints from here on is held.
  func beginRunnerLines(of path: Bytes) {
    guard isInForce, scope.base == .script else { return }
    output.beginRunnerLines(of: path)
    output.destination.recording?.mark()
  }

  /// The runner has loaded something of the user's, or run it.
  func forgetRunnerLines() {
    if output.runnerLines == nil { return }
    writer.forgetRunnerLines()
    output.destination.recording?.takeBack(upTo: RunnerLines.most)
    if scope.include.isEmpty { output.destination.ring?.forget(upTo: RunnerLines.most) }
  }

  /// A module is met that is the script's.
  /// - Parameters:
  ///   - path: nil where its text is held, and with that known to be the script, or where
  ///     it is none of the script.
  /// - Returns: whether files are out of scope that were in it.
  @discardableResult
  func meet(script path: Bytes?, generation: Int) -> Bool {
    let before = scope.scripts
    if runner != nil, hasMetMain {
      let held = output.runnerLines?.path
      scope.scripts.removeAll { scope.isLibrary($0) || $0 == held }
    }
    let hasLost = scope.scripts.count < before.count
    if let path, !scope.scripts.contains(path) { scope.scripts.append(path) }
    if scope.scripts != before || path == nil { self.generation = generation }
    hasMetMain = true
    return hasLost
  }

  /// The text of `-c`, where that is what is met first.
  func takeCommand() -> Bytes? { awaitsCommand ? command : nil }

  /// The text of `-c` is known, and its code is yet to be met.
  var awaitsCommand: Bool { command != nil && !hasMetMain }

  /// Whether a file is in scope. Said once for each scope.
  func isInScope(_ file: SourceFile) -> Bool {
    let isNew = !file.isDecided(generation)
    let isWanted = file.isInScope(scope, generation: generation)
    if isNew, writer.code.observer != nil {
      writer.code.tell(file, Bytes(isWanted ? "in scope" : "out of scope"))
    }
    return isWanted
  }
}

/// All sessions that are open, on or not: a fork and the process's end concern each.
///
/// A list that is linked by single stores: `fork(2)` may come from a thread without the
/// GIL, while another one changes it.
enum OpenSessions {
  nonisolated(unsafe) private static var first: Unmanaged<Session>?

  static func add(_ session: Session) {
    session.nextOpen = first
    first = Unmanaged.passUnretained(session)
  }

  static func remove(_ session: Session) {
    let removed = Unmanaged.passUnretained(session).toOpaque()
    if first?.toOpaque() == removed {
      first = session.nextOpen
      return
    }
    // The one that is removed is not reached: it is about to go.
    var next = first
    while let other = next?.takeUnretainedValue() {
      if other.nextOpen?.toOpaque() == removed {
        other.nextOpen = session.nextOpen
        return
      }
      next = other.nextOpen
    }
  }

  static func forEach(_ body: (Session) -> Void) {
    var next = first
    while let session = next?.takeUnretainedValue() {
      next = session.nextOpen
      body(session)
    }
  }
}
