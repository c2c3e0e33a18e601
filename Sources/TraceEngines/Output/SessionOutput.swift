import CPython
import PythonInterop
public import TraceCore

/// What a session prints, on its way to where it goes.
public final class SessionOutput {
  /// The sink that lines go to, and the way they take into it.
  public private(set) var destination: Destination
  /// Why the trace stopped by itself, where it did.
  public private(set) var failure: TraceError?
  /// Whoever opened it says why it stopped: the tracer does not.
  public var isQuiet = false
  /// What is said of the process at the trace's start and end.
  public internal(set) var notes: ProcessNotes
  /// How many processes deep this one is: as many crosses stand before its lines.
  public private(set) var depth: Int
  let backlog = Backlog()
  var stall = Stall()
  /// Rung by the first Python child that shares our sink.
  var doorbell: Doorbell? { didSet { hot?.pointee.bell = doorbell?.memory } }
  /// What the runner has printed so far; nil: it is known what it runs.
  var runnerLines: RunnerLines?
  /// The lines printed, but for those that `hot` has counted.
  private var printedBefore = 0
  /// How many lines the recording had as this came into force.
  private var recordedBefore = 0
  /// While the session is in force.
  private var hot: UnsafeMutablePointer<HotState>?
  /// Has it be in force no more.
  private var deactivate: () -> Void = {}

  /// - Parameter depth: how many processes deep this one is.
  public init(to destination: Destination, depth: Int, _ notes: ProcessNotes) {
    (self.destination, self.depth, self.notes) = (destination, depth, notes)
  }

  /// The sink that lines go to.
  public var sink: Sink { destination.sink }

  /// Nothing more comes of it: what its lines went to is closed.
  func close() { destination = .written(Sink.none) }

  // MARK: in force

  var isInForce: Bool { hot != nil }

  /// - Parameter deactivate: called where the sink fails.
  func beginForce(_ hot: UnsafeMutablePointer<HotState>, deactivate: @escaping () -> Void) {
    (self.hot, self.deactivate) = (hot, deactivate)
    hot.pointee.mode = destination.mode
    hot.pointee.bell = doorbell?.memory
    takeWindow()
    hot.pointee.ring = destination.ring?.ringWindow ?? .none
    beginRecording()
  }

  /// A recording has begun, or goes on.
  func beginRecording() {
    hot?.pointee.recording = destination.recording?.recording
    recordedBefore = destination.recording?.count ?? 0
  }

  /// What lines are copied into: nothing, while they are held.
  private var window: UnsafeMutablePointer<OutputWindow> {
    runnerLines == nil ? sink.window : Sink.none.window
  }

  @inline(never)
  func takeWindow() {
    hot?.pointee.window = window
    hot?.pointee.direct = runnerLines == nil ? sink.direct : nil
  }

  /// The file of the line that is printed.
  var fileAtHand: Bytes? { hot?.pointee.entry?.file.path }

  /// Holds the lines of that file from here on.
  func beginRunnerLines(of path: Bytes) {
    runnerLines = RunnerLines(path: path)
    takeWindow()
  }

  /// - Returns: what was held; nil: nothing is.
  func endRunnerLines() -> RunnerLines? {
    guard let lines = runnerLines else { return nil }
    runnerLines = nil
    takeWindow()
    return lines
  }

  /// No line is copied past it any more; those that have been are counted.
  func endForce() {
    guard let hot else { return }
    takeCount()
    (hot.pointee.mode, hot.pointee.window) = (.off, Sink.none.window)
    (hot.pointee.direct, hot.pointee.bell) = (nil, nil)
    (hot.pointee.ring, hot.pointee.recording) = (.none, nil)
    (self.hot, deactivate) = (nil, {})
  }

  private func takeCount() {
    guard let hot else { return }
    printedBefore += hot.pointee.printed + recorded
    hot.pointee.printed = 0
    recordedBefore += recorded
  }

  /// The lines that were recorded since this is in force.
  private var recorded: Int {
    isInForce ? destination.recording.map { $0.count - recordedBefore } ?? 0 : 0
  }

  /// Lines that were to be printed by now.
  private var counted: Int { printedBefore + (hot?.pointee.printed ?? 0) + recorded }

  /// Lines printed so far.
  public var printed: Int { destination.ring?.count ?? counted }

  /// A line is about to be printed.
  func count() {
    if let hot { hot.pointee.printed += 1 } else { printedBefore += 1 }
  }

  /// Takes back a count of lines that were counted and are not printed.
  func uncount(_ count: Int) {
    if let hot { hot.pointee.printed -= count } else { printedBefore -= count }
  }

  // MARK: writing

  /// Prints a line.
  func write(_ line: UnsafeRawBufferPointer, from caller: Caller = .callback) {
    if runnerLines != nil, holdsForRunner(line) { return }
    if case .windowed(let sink) = destination, sink.window.pointee.copy(line) { return }
    if put(line, from: caller) { return }
    notes.unprinted += 1
    if failure == nil { drop(stall.isOver(backlog) ? .readByItself : .interrupted) }
  }

  /// A line that ran is not in the trace.
  func drop(_ reason: DroppedLines.Reason) {
    notes.dropped.add(reason)
    switch reason {
    case .interrupted, .readByItself:
      hot?.pointee.direct = nil  // The gap is said before the next line.
      (notes.gap, notes.gapReason) = (notes.gap + 1, reason)
    case .outOfMemory, .callOutOfMemory: put(ProcessNote.gap(1, because: reason))
    }
  }

  /// The interpreter may not have said of each line that it ran.
  func missLines(_ why: StaticString) {
    if notes.missing != nil { return }
    notes.missing = why
    if !isQuiet { Report.linesMayBeMissing(why) }
  }

  @discardableResult
  func put(_ bytes: Bytes, from caller: Caller = .callback) -> Bool {
    bytes.withUnsafeBytes { put($0, from: caller) }
  }

  /// Writes what is in the sink's memory, so that it is where it belongs.
  func flush() {
    if failure == nil, case .failed(let error) = sink.flush() {
      failure = error
      if !isQuiet { Report.stopped(error) }
    }
  }

  /// The trace stops, the program goes on.
  func fail(_ error: TraceError) {
    if failure != nil { return }
    failure = error
    deactivate()
    if !isQuiet { Report.stopped(error) }
  }

  // MARK: start and end

  /// Before the session's first line in this process.
  func begin(from caller: Caller = .callback) {
    if notes.hasBegun { return }
    notes.begin(after: counted)
    if notes.saysStart(depth: depth) { put(notes.start, from: caller) }
  }

  /// After its last one.
  /// - Parameter last: what is printed before the end line, of a trace that has not failed.
  func end(_ ending: ProcessNote.Ending, _ last: () -> Bytes) {
    flush()
    if let doorbell, doorbell.hasRung { notes.hasChildren = true }
    var bytes = failure == nil ? backlog.takeAll() + takeGap() + last() : []
    if notes.saysEnd(depth: depth) { bytes += notes.end(ending, lines: counted, failure) }
    notes.hasBegun = false
    bytes.withUnsafeBytes { if !$0.isEmpty { putLast($0) } }
  }

  private func putLast(_ bytes: UnsafeRawBufferPointer) {
    var outcome = sink.putLast(bytes)
    if case .mustWait(let rest) = outcome { outcome = finish(rest) }
    if case .failed(let error) = outcome, failure == nil {
      failure = error
      Report.stopped(error)
    }
  }

  private func finish(_ bytes: UnsafeRawBufferPointer) -> Sink.Outcome {
    // A thread that waits, and would read, is not the only one: it is let go soon.
    stall.beginWait()
    defer { stall.endWait() }
    let state = Py_IsInitialized() == 0 ? nil : PyEval_SaveThread()
    defer { if let state { PyEval_RestoreThread(state) } }
    return sink.finishSoon(bytes)
  }

  /// Prepares for the lines of this process, a child that was forked.
  func forked() {
    depth += 1
    backlog.forked()
    stall.forked()
    notes.forked()
    runnerLines?.forked()
  }
}
