import CPython
import CSystem
public import TraceCore

/// One setting of the trace: what is printed, how and where.
public final class Session {
  public let format: LineFormat
  public internal(set) var scope: Scope
  public private(set) var sink: Sink
  /// A number for each scope there ever was: files remember its decision by it.
  private(set) var generation: Int
  /// What each line says of where it runs: what was asked for, and what there has
  /// come to be several of.
  public internal(set) var shown: LineFields
  /// How many processes deep this one is: as many crosses stand before its lines.
  public internal(set) var depth: Int
  /// The thread of the first line.
  var firstThread: UInt = 0
  var tag = LineTag()
  /// Whose tag it is; 0: to be made anew.
  var tagThread: UInt = 0
  /// Threads are shown because it was asked for, not because there are several.
  let alwaysShowsThread: Bool
  /// What is shown besides the lines; nil: nothing.
  public let details: Details?
  let look: Look
  /// Where exceptions come from, for who makes a report of the lines; nil: that is not noted.
  let origins: Origins?
  /// Lines are to say how many calls deep they are.
  let countsCalls: Bool
  /// What the holes of a template's lines are filled with.
  let filled: LineFields
  /// When it began and when the line before ran, in nanoseconds.
  let start = Int(cpython_clock())
  var lineBefore = Int(cpython_clock())
  /// Lines are to say what they took.
  let timesLines: Bool
  var heldLines = HeldLines()
  /// Rung by the first Python child that shares our sink.
  var doorbell: Doorbell?
  /// A line that is printed not as it was rendered, while it is put together.
  var scratch = Bytes()
  let backlog = Backlog()
  var stall = Stall()
  public var notes = ProcessNotes(.never)
  /// For `OpenSessions` alone.
  var nextOpen: Unmanaged<Session>?
  /// The lines printed so far.
  public internal(set) var printed = 0
  /// Why the trace stopped by itself, where it did.
  public internal(set) var failure: TraceError?
  /// The script of the process that started this one; nil: this one has a script of its own,
  /// or nobody has.
  public var parentScript: Bytes? {
    didSet { if let parentScript { scope.scripts.append(parentScript) } }
  }
  /// The text of `-c`, where that is the script to be met.
  public var command: Bytes?
  /// Lines that run now are not the session's.
  var isPaused = false
  /// Nor are those of these threads; one that is left out twice is taken in twice.
  var leftOut: [UInt] = []
  /// Whoever opened it says why it stopped: the tracer does not.
  public var isQuiet = false
  /// Modules are asked whether they are the script: somebody else runs the program.
  private(set) var meetsScripts: Bool
  private(set) var hasMetMain = false
  /// The file of what runs as `__main__`, where that is a library's, or a command's that is
  /// installed: the script is what that runs. In a process that works for a runner, that.
  var runner: Bytes?
  /// What the runner has printed so far; nil: it is known what it runs.
  var runnerLines: RunnerLines?
  /// There was code in scope.
  var hasMetScope = false
  /// What runs now runs the program and is none of it, though it is in scope: calls are
  /// neither shown nor counted before the program's own module.
  var awaitsProgram: Bool

  /// Where and how the lines go that a session prints.
  public struct Style {
    public let format: LineFormat
    public let shown: LineFields
    public let depth: Int
    public let look: Look

    public init(_ format: LineFormat, shown: LineFields, depth: Int, look: Look) {
      (self.format, self.shown, self.depth, self.look) = (format, shown, depth, look)
    }
  }

  public init(
    _ style: Style, _ scope: Scope, _ sink: Sink, _ details: Details?, generation: Int,
    awaitsScript: Bool
  ) {
    self.details = details
    (format, depth) = (style.format, style.depth)
    look = style.look
    shown = style.shown.subtracting(.calls)
    filled = style.format.template?.varying ?? []
    countsCalls =
      details != nil || !style.shown.union(filled).isDisjoint(with: [.calls, .depth, .took])
    timesLines = style.shown.union(filled).contains(.took)
    origins = style.format == .fields ? Origins() : nil
    alwaysShowsThread = style.shown.contains(.thread)
    (self.scope, self.sink) = (scope, sink)
    (self.generation, meetsScripts) = (generation, awaitsScript)
    awaitsProgram = awaitsScript && scope.base == .all
    if depth > 1 { noteProcesses() }
    OpenSessions.add(self)
  }

  deinit {
    OpenSessions.remove(self)
    if sink.ringSink != nil { Tracer.shared?.forgetLines(in: sink.lines) }
  }

  /// What a session that keeps the last lines has of them.
  /// - Parameters:
  ///   - count: how many lines there had been before the oldest one wanted.
  ///   - end: how many there were with the newest one.
  public func lastLines(after count: Int = 0, upTo end: Int = .max)
    -> [(tag: Bytes, depth: Int, bytes: Bytes)]
  {
    sink.ringSink?.lastLines(after: count, upTo: end) ?? []
  }

  /// Nothing more comes of it: what its lines went to is closed.
  func close() { sink = Sink.none }

  /// Whether the running thread is.
  var isLeftOut: Bool { !leftOut.isEmpty && leftOut.contains(UInt(cpython_thread())) }

  /// Whether lines may differ from one to the next of the same thread.
  var differsByLine: Bool { !shown.union(filled).isDisjoint(with: .ofEachLine) }

  /// Whether a line is all that is printed of it, as it was rendered or with a tag.
  var isRendered: Bool { details == nil && look.fit == nil }

  /// How many bytes of a line stand before its tag.
  var placeOfTag: Int { look.ofLines.placeOfTag(depth: depth) }

  /// The width that lines are fitted into: the terminal's at this moment, where none was
  /// named.
  var columns: Int {
    look.columns > 0 ? look.columns : Int(csystem_columns(CInt(sink.sharedDescriptor ?? -1)))
  }

  /// Whether lines are printed just as they were rendered.
  var isPlain: Bool { filled.isEmpty && (shown.isEmpty || format.template != nil) }

  /// The program is yet to be run.
  /// - Parameter runner: the file of the installed command that is run, or of the runner that
  ///   this process works for.
  public func awaitProgram(runner: Bytes?) {
    awaitsProgram = scope.base == .all
    (meetsScripts, self.runner) = (true, runner)
  }

  /// Has lines say which process they are of as soon as a Python child is there.
  /// - Returns: the descriptor that children ring; nil where there is no need.
  public func awaitChildren() -> Int? {
    let isNeeded = sink.isShared && format.template == nil && !shown.contains(.process)
    if doorbell == nil, isNeeded { doorbell = Doorbell() }
    return doorbell?.number
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
      let held = runnerLines?.path
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
}
