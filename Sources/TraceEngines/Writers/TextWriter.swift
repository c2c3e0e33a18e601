import CPython
import CSystem
import PythonInterop
import TraceCore

/// Writes events as the lines of a trace.
class TextWriter: EventWriter {
  final let format: LineFormat
  final let look: SessionLook
  final let output: SessionOutput
  final let code: CodeRegistry
  final let hot: UnsafeMutablePointer<HotState>
  final let calls: CallDepth
  /// What each line says of where it runs: what was asked for, and what there has
  /// come to be several of.
  final var shown: LineFields
  /// What the holes of a template's lines are filled with.
  final let filled: LineFields
  /// Lines are to say what they took.
  final let timesLines: Bool
  /// Lines are to say how many calls deep they are, or a reader of theirs wants to know.
  final let asksForCalls: Bool
  /// Calls in scope that are deeper are not shown; nil: all are.
  final let deepest: Int?
  /// The thread of the first line.
  private final var firstThread: UInt = 0
  private(set) final var tag = LineTag()
  /// Whose tag it is; 0: to be made anew.
  private final var tagThread: UInt = 0
  /// `isPlainText`, but for what is shown of each line.
  private let isOrdinary: Bool
  /// Threads are shown because it was asked for, not because there are several.
  private final let alwaysShowsThread: Bool
  /// When it began and when the line before ran, in nanoseconds.
  private final let start = Int(cpython_clock())
  private final var lineBefore = Int(cpython_clock())
  final var heldLines = HeldLines()
  /// What is said behind the next line's text: the values that it reads.
  final var values = Bytes()
  /// A line that is printed not as it was rendered, while it is put together.
  private(set) final var scratch = Bytes()
  /// Has the lines of a code object at hand, and returns them; nil for one that is out of scope.
  final var lookUp: (CodeEntry) -> RenderedLines? = { _ in nil }

  init(_ style: SessionStyle, _ output: SessionOutput, _ calls: CallDepth, deepest: Int?) {
    (format, look, self.output) = (style.format, style.look, output)
    (code, hot, self.calls, self.deepest) = (calls.code, calls.hot, calls, deepest)
    shown = style.shown.subtracting(.calls)
    filled = style.format.template?.varying ?? []
    timesLines = style.shown.union(filled).contains(.took)
    asksForCalls = !style.shown.union(filled).isDisjoint(with: [.calls, .depth, .took])
    isOrdinary =
      filled.isEmpty && !timesLines && style.look.fit == nil && style.format != .fields
      && style.format.template == nil
    alwaysShowsThread = style.shown.contains(.thread)
    super.init()
    if output.depth > 1 { noteProcesses() }
  }

  override func write(_ event: TraceEvent, of entry: CodeEntry) {
    if case .line(let hasRun) = event.kind { return printLine(entry, event.line, hasRun: hasRun) }
    note(event, of: entry)
  }

  private final func printLine(_ entry: CodeEntry, _ number: Int, hasRun: Bool) {
    guard let line = lookUp(entry)?.shownLine(number) else { return }
    noteThread()
    if timesLines {
      values = []
      return hasRun ? printEnded(line) : hold(line)
    }
    values.isEmpty ? write(line) : writeWithValues(line, lookUp(entry))
  }

  /// Prints a line with the values that it reads, in the memory of notes.
  private final func writeWithValues(_ line: RenderedLine, _ lines: RenderedLines?) {
    if let line = lines?.line(line, with: Bytes("    # ") + values) { write(line, isNote: true) }
    values = []
  }

  /// Prints a text in the place of a line's own.
  @inline(never)
  private final func note(_ event: TraceEvent, of entry: CodeEntry) {
    if timesLines, output.isInForce { endLine() }
    guard output.isInForce, let lines = lookUp(entry) else { return }
    noteThread()
    if let recording = output.destination.recording {
      return record(event, of: entry, lines, in: recording)
    }
    if isPlainText, tag.bytes.isEmpty, compose(event, lines) {
      return scratch.withUnsafeBytes { writePlain($0) }
    }
    let note = lines.note(event.text, at: event.line, indentation: event.indentation)
    write(note, isNote: true)
  }

  /// Puts together the line of an event that is indented by calls, as it would be rendered.
  /// - Returns: false: it is rendered otherwise.
  private final func compose(_ event: TraceEvent, _ lines: RenderedLines) -> Bool {
    guard let indentation = event.indentation,
      let frame = lines.frame(ofNoteAt: event.line, isCall: true)
    else { return false }
    scratch.removeAll(keepingCapacity: true)
    scratch.append(contentsOf: frame.before)
    scratch.append(spaces: indentation)
    let start = scratch.count
    event.append(to: &scratch)
    VisibleText.makeVisible(&scratch, from: start)
    scratch.append(contentsOf: frame.after)
    return true
  }

  /// The lines of a file, as they are printed. The pair of trace functions shows lines alone.
  final func lines(of file: SourceFile) -> RenderedLines {
    var ofLines = look.ofLines
    ofLines.joinsStatements = ofLines.joinsStatements && output.isInForce
    return file.lines(
      as: LineStyle(format, depth: output.depth, look: ofLines), in: output.sink.lines,
      find: code.findText, join: look.joined, paint: look.painted)
  }

  // MARK: one line

  /// - Parameter isNote: the line's memory is used again.
  final func write(_ line: RenderedLine, isNote: Bool = false) {
    if let ring = output.destination.ring, record(line, in: ring, isNote: isNote) { return }
    if let recording = output.destination.recording { return record(line, in: recording) }
    output.count()
    if !filled.isEmpty || !tag.bytes.isEmpty || look.fit != nil {
      compose(line)
      return writeScratch()
    }
    output.write(UnsafeRawBufferPointer(start: line.start, count: line.count))
  }

  /// Whether lines are printed just as they were rendered while one thread runs, and notes likewise.
  final var isPlainText: Bool { isOrdinary && shown.isEmpty }

  /// Prints a whole line of a thread whose lines have no tag.
  final func writePlain(_ line: UnsafeRawBufferPointer) {
    if let ring = output.destination.ring, record(ring.keep(Bytes(line)), in: ring) { return }
    output.count()
    output.write(line)
  }

  final func writeScratch(from caller: SessionOutput.Caller = .callback) {
    let line = scratch
    line.withUnsafeBytes { output.write($0, from: caller) }
  }

  /// The line as it is printed now, where that is not as it was rendered.
  /// - Parameter held: what is said of it, where that is not what is so now.
  final func compose(_ line: RenderedLine, _ held: HeldLine? = nil) {
    scratch.removeAll(keepingCapacity: true)
    if let template = format.template {
      template.append(line, to: &scratch) { field in
        if let held { held.value(of: field) } else { value(of: field) }
      }
    } else {
      let tag = held.map { held in LineTag(shown) { held.value(of: $0) } } ?? self.tag
      tag.appendLine(line, at: tagOffset, to: &scratch)
    }
    if let fit = look.fit { scratch = fit.fitted(scratch, columns: columns) }
  }

  /// What a field that varies says of the line that is about to run.
  final func value(of field: LineField) -> Bytes? {
    switch field {
    case .process: Bytes(decimal: Int(cpython_process()))
    case .thread: ThreadNames.thread() ?? ThreadNames.unnamed()
    case .task: ThreadNames.task()
    // A frame that nobody in scope has called is 0 deep.
    case .depth: Bytes(decimal: Swift.max(calls.now - 1, 0))
    case .function: hot.pointee.entry?.function
    case .module: hot.pointee.entry?.module
    case .time: Bytes(seconds: Int(cpython_clock()) - start)
    case .delta: Bytes(seconds: sinceLineBefore())
    case .calls, .took: nil
    }
  }

  private final func sinceLineBefore() -> Int {
    let now = Int(cpython_clock())
    defer { lineBefore = now }
    return now - lineBefore
  }

  // MARK: what there is to be said of a line

  /// How many bytes of a line stand before its tag.
  final var tagOffset: Int { look.tagOffset(depth: output.depth) }

  /// Whether lines may differ from one to the next of the same thread.
  final var differsByLine: Bool { !shown.union(filled).isDisjoint(with: .ofEachLine) }

  /// Whether lines are printed just as they were rendered.
  private final var isPlain: Bool { filled.isEmpty && (shown.isEmpty || format.template != nil) }

  /// Each line is put together as it runs, and its tag is part of it.
  private final var isComposed: Bool { differsByLine || !filled.isEmpty || look.fit != nil }

  /// The width that lines are fitted into: the terminal's at this moment, where none was
  /// named.
  private final var columns: Int {
    look.columns > 0
      ? look.columns : Int(csystem_columns(CInt(output.sink.sharedDescriptor ?? -1)))
  }

  /// Notes which thread and which process a line is of. From the second thread on, and where it
  /// was asked for, lines say which.
  final func noteThread() {
    if PythonHooks.shared.isNewProcess { meetNewProcess() }
    if hearsDoorbell { hearDoorbell() }
    let thread = UInt(cpython_thread())
    let isAnother = hot.pointee.thread != thread
    let isNew = cpython_is_new_thread(forgetThread) != 0
    if isNew { noteNew(thread) }
    if isAnother || isNew { recordThread(thread, isNew: isNew) }
    if firstThread == 0 {
      firstThread = thread
      output.begin()
    }
    if thread != firstThread, !shown.contains(.thread) {
      shown.insert(.thread)
      tagThread = 0
      hot.pointee.thread = 0
    }
    if isPlain {
      hot.pointee.thread = thread
    } else if tagThread != thread {
      updateTag(thread)
    }
    if isAnother { markRing(thread) }
    if tagThread == thread, recordsLabels { hot.pointee.thread = thread }
  }

  /// Whether lines at hand are of the label that the line before had.
  private final var recordsLabels: Bool {
    output.destination.recording != nil && !isSpelled && !hot.pointee.isDetailed
  }

  private final func recordThread(_ thread: UInt, isNew: Bool) {
    guard let recording = output.destination.recording else { return }
    noteOutcome(recording.begin(thread, isNew: isNew) { ThreadNames.thread() })
  }

  private final func updateTag(_ thread: UInt) {
    var isNamed = true
    if format.template == nil {
      tag = LineTag(shown) { field in
        if field != .thread { return value(of: field) }
        let name = ThreadNames.thread()
        isNamed = name != nil
        return name ?? ThreadNames.unnamed()
      }
    }
    // A thread may get its name a few lines late.
    tagThread = isNamed && !differsByLine ? thread : 0
  }

  /// Notes a thread that is new: its address may have been another thread's.
  private final func noteNew(_ thread: UInt) {
    if firstThread == thread { firstThread = Self.ended }
    tagThread = 0
  }

  /// No thread's address.
  private static var ended: UInt { 1 }

  /// A Python child prints to the same place by now.
  final var hearsDoorbell: Bool { output.doorbell?.hasRung ?? false }

  private final func hearDoorbell() {
    output.doorbell = nil
    output.notes.hasChildren = true
    noteProcesses()
  }

  /// Several processes share standard error: their lines have to be told apart.
  final func noteProcesses() {
    if output.sink.isShared { shown.insert(.process) }
    tagThread = 0
    // Lines at hand are as they were rendered: they say nothing of the process.
    if output.isInForce { hot.pointee.thread = 0 }
  }

  /// Moves to the process's own sink, at the first line in a child that was forked.
  private final func meetNewProcess() {
    PythonHooks.shared.isNewProcess = false
    output.sink.settle()
    PythonHooks.shared.tellOfFork()
  }

  /// Forgets what is the parent's, in a child that was forked.
  final func forked() {
    heldLines.forked()
    firstThread = 0
    if !alwaysShowsThread { shown.remove(.thread) }
    noteProcesses()
  }

  // MARK: lines that are recorded

  /// - Returns: false where the ring has no memory.
  private final func record(_ line: RenderedLine, in ring: RingSink, isNote: Bool) -> Bool {
    if isComposed {
      compose(line)
      recordScratch(in: ring)
      return true
    }
    // A note's tag is put in as it is printed.
    let isKept =
      isNote
      ? ring.keep(Bytes(UnsafeRawBufferPointer(start: line.start, count: line.count))) : line
    return record(isKept, in: ring)
  }

  final func recordScratch(in ring: RingSink) { _ = record(ring.keep(scratch), in: ring) }

  /// The pair of trace functions has a ring of its own.
  private final func record(_ line: RenderedLine, in ring: RingSink) -> Bool {
    output.isInForce ? hot.pointee.ring.record(line) : ring.ringWindow.record(line)
  }

  /// In a child that was forked, before its first line. Its lines lie elsewhere from then
  /// on.
  /// - Returns: false where it could have none.
  final func moveRing() -> Bool {
    if let recording = output.destination.recording { return move(recording) }
    guard let ring = output.destination.ring else { return true }
    let before = ring.lines
    do throws(TraceError) {
      guard try ring.move(tagged: tagOffset) else { return true }
    } catch {
      output.fail(error)
      return false
    }
    code.forgetLines(in: before)
    hot.pointee.code = nil
    hot.pointee.ring = ring.ringWindow
    return true
  }

  /// Has the lines that are recorded from now on say whose they are.
  private final func markRing(_ thread: UInt) {
    guard let ring = output.destination.ring else { return }
    hot.pointee.ring.mark = ring.mark(for: isComposed ? [] : tag.bytes)
    if hot.pointee.countsCalls { calls.show() }
    if isPlain || tagThread == thread { hot.pointee.thread = thread }
  }
}

/// As a thread ends, without the GIL: a line of the next one at its address goes the long way.
private func forgetThread(_ thread: UnsafeMutableRawPointer?) {
  guard let hot = CodeRegistry.shared?.hot, hot.pointee.thread == UInt(bitPattern: thread) else {
    return
  }
  hot.pointee.thread = 0
}
