import CPython
import PythonInterop
import TraceCore

/// Lines that say what they took: each is held, and printed as it ends.
///
/// That is at the thread's next line that is shown, where its frame returns, yields or is left
/// by an exception, and where something is noted. What it calls in scope are lines of their own.
extension TextWriter {
  /// The line of the thread that runs, which is printed as it ends.
  private var heldLine: HeldLine { heldLines.line(of: UInt(cpython_thread())) }

  /// The line of a session that shows lines alone.
  @inline(never)
  func timedLine(_ code: CodeObject, _ number: Int) {
    endLine()
    guard output.isInForce, PyErr_Occurred() == nil, let entry = self.code.entry(known: code) else {
      return
    }
    write(TraceEvent(.line(hasRun: false), at: number), of: entry)
  }

  /// Holds the line that begins.
  func hold(_ line: RenderedLine) {
    let held = heldLine
    held.keep(line, shown.union(filled)) { value(of: $0) }
    held.begin(at: Int(cpython_clock()))
  }

  /// A line begins that is not shown, but may be found to have changed something.
  func beginUnseen() {
    if isShallow { heldLine.begin(at: Int(cpython_clock())) }
  }

  /// Prints a line that has run and was not shown as it began.
  func printEnded(_ line: RenderedLine) {
    let held = heldLine
    held.keep(line, shown.union(filled)) { value(of: $0) }
    printHeld(held, from: .callback)
  }

  /// The line that this thread is at has ended; not by what is too deep to be shown.
  func endLine() {
    if !isShallow { return }
    let held = heldLine
    held.end(at: Int(cpython_clock()))
    if held.isHeld { printHeld(held, from: .callback) }
  }

  /// Whether the call that runs is not too deep to be shown.
  var isShallow: Bool { deepest.map { calls.now <= $0 } ?? true }

  /// Prints those of all threads as if they had ended: the trace does, or somebody reads it.
  func endLines() {
    output.printRunnerLines(from: .function)
    if !timesLines { return }
    for held in heldLines.held() where held.isHeld && output.failure == nil {
      held.end(at: Int(cpython_clock()))
      printHeld(held, from: .function)
    }
  }

  /// What a runner has printed is not to be in the trace.
  func forgetRunnerLines() {
    guard output.runnerLines != nil else { return }
    output.dropRunnerLines()
    for held in heldLines.held() { held.letGo() }
  }

  /// What is left of them at a session's end. Those that a ring keeps are in it.
  func takeHeldLines() -> Bytes {
    var text = Bytes()
    if !timesLines { return text }
    for held in heldLines.held() {
      held.end(at: Int(cpython_clock()))
      held.letGo()
      if let recording = output.destination.recording {
        record(held, in: recording)
        continue
      }
      held.withLine { compose($0, held) }
      if let ring = output.destination.ring {
        recordScratch(in: ring)
      } else {
        output.count()
        text += scratch
      }
    }
    return text
  }

  private func printHeld(_ held: HeldLine, from caller: SessionOutput.Caller) {
    held.letGo()
    if let recording = output.destination.recording { return record(held, in: recording) }
    held.withLine { compose($0, held) }
    if let ring = output.destination.ring { return recordScratch(in: ring) }
    output.count()
    writeScratch(from: caller)
  }
}
