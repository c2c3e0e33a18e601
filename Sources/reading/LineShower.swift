import Recording
import TraceCore

/// Which lines are to be shown; -1: all.
struct LineSelection {
  var last = -1
  var most = -1
  /// How many lines around those in `near`.
  var context = 0
  var thread = -1
  /// The time of the first line that is shown, in nanoseconds since the recording began; -1 for no
  /// limit.
  var since = -1
  var until = -1
  /// A byte for each place, from 0 on: whether it is shown. Empty: all are.
  var wanted = Bytes()
  var near = Bytes()

  /// Lines are left out for what they are.
  var isPartial: Bool {
    thread >= 0 || since >= 0 || until >= 0 || !wanted.isEmpty || !near.isEmpty
  }
}

/// How they are printed.
struct LineForm {
  let format: LineFormat
  /// The number of crosses that stand before each line.
  let crosses: Int
}

/// Writes the lines of a recording as a text trace has them.
final class LineShower: EventReceiver {
  let selection: LineSelection
  private let definitions: Definitions
  private let form: LineForm
  private let output: DescriptorOutput
  /// Each place's line as it is printed, once it has run.
  private var rendered: [Bytes?]
  private let start: UInt64
  private(set) var shown = 0
  /// How many lines were left out because there were too many.
  private(set) var left = 0
  private var (thread, now) = (0 as UInt32, 0 as UInt64)
  private var labels: [(thread: UInt32, bytes: Bytes)] = []
  private var label = Bytes()
  /// The last lines, or those before one that is wanted, the oldest at `oldest`.
  private var held: [Bytes] = []
  private var oldest = 0
  /// When each of `held` ran.
  private var times: [UInt64] = []
  /// The exit status and the time of the end, if the recording has one.
  private(set) var end: (status: Int?, time: UInt64)?
  /// How many lines come after one that was wanted.
  private var after = 0
  private var hasGap = false
  private var isTextShown = false

  init(
    _ reader: RecordingReader, _ form: LineForm, _ selection: LineSelection,
    _ output: DescriptorOutput
  ) {
    definitions = reader.definitions
    (self.form, self.selection, self.output) = (form, selection, output)
    rendered = Array(repeating: nil, count: definitions.places.count + 1)
    start = reader.header.monotonic
    super.init()
  }

  /// Shows the lines that were held back. To be called once all events were played.
  func finish() {
    if selection.last >= 0 { releaseHeld() }
    output.flush()
  }

  // MARK: events

  override func begin(thread: UInt32, time: UInt64) {
    now = time
    if output.error != nil { isDone = true }
    if thread == self.thread { return }
    labels.removeAll { $0.thread == self.thread }
    labels.append((self.thread, label))
    label = labels.last { $0.thread == thread }?.bytes ?? []
    self.thread = thread
  }

  override func time(_ time: UInt64) { now = time }
  override func fork(child: UInt64, time: UInt64) { now = time }
  override func finish(status: Int?, time: UInt64) {
    now = time
    end = (status, time)
  }
  override func label(_ label: Int) { self.label = definitions.label(label) }

  override func line(_ place: Int) {
    guard isInSelection(place) else { return isTextShown = false }
    take(labelled(rendered(place)), isNear: isNear(place))
  }

  override func note(_ text: UnsafeRawBufferPointer, at place: Int, indentation: Int?) {
    guard isInSelection(place) else { return }
    take(labelled(noted(Bytes(text), at: place, indentation)), isNear: isNear(place))
  }

  override func spelled(_ text: UnsafeRawBufferPointer, at place: Int, isNote: Bool) {
    guard isInSelection(place) else { return isTextShown = false }
    isTextShown = true
    take(Self.visible(Bytes(text)), isNear: isNear(place))
  }

  /// Lines that are about the trace itself.
  override func text(_ bytes: UnsafeRawBufferPointer) {
    isTextShown = !selection.isPartial
    if isTextShown { take(Self.visible(Bytes(bytes)), isNear: true) }
  }

  override func more(_ bytes: UnsafeRawBufferPointer) {
    if isTextShown { take(Self.visible(Bytes(bytes)), isNear: true) }
  }

  // MARK: lines

  private func rendered(_ place: Int) -> Bytes {
    if let known = rendered[place] { return known }
    let line = render(definitions.text(of: definitions.places[place - 1]), place)
    rendered[place] = line
    return line
  }

  private func render(_ text: Bytes?, _ place: Int) -> Bytes {
    let known = definitions.places[place - 1]
    var line = Bytes()
    let render = { (source: BytesView?) in
      let shown = SourceLine(
        source, file: self.definitions.name(ofFile: known.file),
        path: self.definitions.path(ofFile: known.file), number: known.line)
      LineStyle(self.form.format, depth: self.form.crosses).append(shown, to: &line)
    }
    if let text { text.withUnsafeBufferPointer { render($0) } } else { render(nil) }
    return line
  }

  /// `# x = 3`, as the place's own line is indented.
  private func noted(_ note: Bytes, at place: Int, _ indentation: Int?) -> Bytes {
    var text = Bytes()
    if let indentation {
      text.append(spaces: indentation)
    } else {
      let own = definitions.text(of: definitions.places[place - 1]) ?? []
      text += own.prefix { $0 == Ascii.space || $0 == Ascii.tab }
    }
    return render(text + note, place)
  }

  /// The line with the label behind its crosses.
  private func labelled(_ line: Bytes) -> Bytes {
    if label.isEmpty { return line }
    let offset = form.crosses + 1
    return Bytes(line.prefix(offset)) + VisibleText.visible(label) + Bytes(line.dropFirst(offset))
  }

  /// Anything may be in a file; what is printed has nothing that a terminal acts on.
  private static func visible(_ bytes: Bytes) -> Bytes {
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    return Bytes(lines.map { VisibleText.visible(Bytes($0)) }.joined(separator: [0x0A]))
  }

  // MARK: selection

  private func isInSelection(_ place: Int) -> Bool {
    if !selection.isPartial { return true }
    if selection.thread >= 0, Int(thread) != selection.thread { return false }
    let elapsed = Int(truncatingIfNeeded: now &- start)
    if selection.since >= 0, elapsed < selection.since { return false }
    if selection.until >= 0, elapsed > selection.until { return false }
    return selection.wanted.isEmpty
      || place < selection.wanted.count && selection.wanted[place] != 0
  }

  private func isNear(_ place: Int) -> Bool {
    selection.near.isEmpty || place < selection.near.count && selection.near[place] != 0
  }

  private func take(_ line: Bytes, isNear: Bool) {
    if selection.last >= 0 { return hold(line, most: selection.last) }
    if isNear {
      if hasGap, shown > 0, !isFull { output.write(Bytes("--\n")) }
      hasGap = false
      releaseHeld()
      write(line)
      after = selection.context
    } else if after > 0 {
      after -= 1
      write(line)
    } else {
      hold(line, most: selection.context)
    }
  }

  private func hold(_ line: Bytes, most: Int) {
    if held.count < most {
      held.append(line)
      times.append(now)
    } else if most > 0 {
      (held[oldest], times[oldest]) = (line, now)
      oldest = (oldest + 1) % most
      hasGap = true
    } else {
      hasGap = true
    }
  }

  private func releaseHeld() {
    for index in held.indices { write(held[(oldest + index) % held.count]) }
    (held, times, oldest) = ([], [], 0)
  }

  /// The last lines with their times, the oldest first.
  var lastLines: [(time: UInt64, line: Bytes)] {
    held.indices.map {
      let index = (oldest + $0) % held.count
      return (times[index], held[index])
    }
  }

  /// The time of the last event, as exactly as the recording has it.
  var lastTime: UInt64 { now }

  private var isFull: Bool { selection.most >= 0 && shown >= selection.most }

  private func write(_ line: Bytes) {
    if isFull {
      left += 1
      return
    }
    shown += 1
    output.write(line)
  }
}
