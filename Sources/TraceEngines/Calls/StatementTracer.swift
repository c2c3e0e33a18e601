import CPython
import PythonInterop
import TraceCore

/// Shows lines as the statements that they are part of, each once.
final class StatementTracer: CallTracer {
  /// Of a frame that begins another statement, or runs one again.
  private struct Run {
    let first: Int
    let offset: Int
    let isInner: Bool
    /// In a statement that runs already, and has been shown.
    let isPart: Bool
  }

  override func line(_ entry: CodeEntry, _ number: Int, at offset: Int?) {
    guard let statements = entry.file.statements else {
      return super.line(entry, number, at: offset)
    }
    guard let frame = Frame.running else { return }
    let offset = offset ?? ExceptionFlow.offset(of: frame)
    let first = statements.first(of: number)
    let known = context.known(frame, entry)
    let event = FrameEvent(.line, entry, frame, at: number)
    // The interpreter goes back to the beginning of what it runs again.
    if let known, known.statement == first, offset > known.offset || known.isInner,
      !statements.isRepeated(number)
    {
      return goOn(known, event)
    }
    let isNew = (known?.statement ?? 0) == 0
    let isInner = isNew ? entry.isInner : known?.isInner ?? false
    let isPart = isNew && isPart(of: first, statements, event, isInner: isInner)
    begin(Run(first: first, offset: offset, isInner: isInner, isPart: isPart), event)
  }

  private func begin(_ run: Run, _ event: FrameEvent) {
    let entry = event.entry
    if context.writer.timesLines, !run.isPart { context.writer.endLine() }
    let state = settle(event)
    guard context.isInForce, PyErr_Occurred() == nil else { return }
    flow.follow(state, entry, event.frame, isLine: true)
    let isShown = !run.isPart && context.shows(.lines) && context.writer.isShallow
    (state.line, state.isPrinted) = (run.first, isShown)
    (state.statement, state.offset, state.isInner) = (run.first, run.offset, run.isInner)
    context.positions.set(entry, run.first, isPrinted: isShown)
    if !run.isPart { begin(entry, run.first, event.frame, state) }
  }

  /// The statement has another line, or comes back from a call to one that it has begun.
  private func goOn(_ state: FrameState, _ event: FrameEvent) {
    if state.waits { resumed(state, event) }
    hook.call(event, state, isOwn: true)
    guard context.isInForce, PyErr_Occurred() == nil else { return }
    flow.follow(state, event.entry, event.frame, isLine: true)
  }

  /// Whether what begins to run is in a statement that runs already, and has been shown: inner
  /// code, or the body of a class.
  private func isPart(
    of first: Int, _ statements: StatementLines, _ event: FrameEvent, isInner: Bool
  ) -> Bool {
    if !isInner, !statements.isClass(first) { return false }
    let entry = event.entry
    var rest = 100
    var isPart = false
    _ = withExceptionsContained { () throws(PythonError) in
      try event.frame.forEachCaller { caller in
        // It calls itself.
        if caller.code == entry.code { return false }
        isPart =
          context.code.entry(known: caller.code)?.file === entry.file
          && statements.first(of: caller.line) == first
        rest -= 1
        return !isPart && rest > 0
      }
    }
    return isPart
  }
}
