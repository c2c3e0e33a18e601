import CPython
import PythonInterop
import TraceCore

/// The path of a line where values are shown: what the line before has bound is of a kind that is
/// shown in a few steps, and lines are printed as they are.
///
/// Nothing of the program's runs on it, so no other thread does. Whatever is not plain goes the
/// long way, which finds the same.
final class PlainLines {
  private let context: FrameContext
  private let note = PlainNote()
  private var changes: [SeenValues.Change] = []
  /// Whether there can be any.
  private let isWanted: Bool
  private let width: Int
  /// What is known of the frame that is at hand.
  private var current: FrameState?

  init(_ context: FrameContext) {
    self.context = context
    let writer = context.writer
    width = context.options.texts.width
    isWanted =
      context.shows(.values) && context.shows(.lines) && context.options.hookFunction == nil
      && writer.isPlainText
  }

  /// - Returns: false: nothing is done.
  func line(_ entry: CodeEntry, _ number: Int, _ frame: Frame, _ looks: LineLooks) -> Bool {
    leave()
    if looks.isWanted(entry, number) { return false }
    let hot = context.writer.hot
    guard isWanted, hot.pointee.thread == cpython_thread(),
      let (state, isLast) = context.states.current(frame, entry.code), isPlain(state),
      let variables = entry.variables, let lines = hot.pointee.rendered,
      lines.shownLine(number) != nil, context.writer.isShallow
    else { return false }
    changes.removeAll(keepingCapacity: true)
    state.seen.collect(
      variables, in: frame, after: isLast ? state.line : nil, into: &changes)
    if !changes.isEmpty, !noteChanges(state, variables, lines, entry) { return true }
    state.line = number
    // Looked up once more: a note may have taken the place of a line that has no source.
    context.writer.write(lines.line(number))
    guard entry.linePlan == nil,
      let found = variables.atHand(in: frame, state.seen.values, line: number)
    else { return true }
    hot.pointee.frame = found
    current = state
    return true
  }

  /// No frame is at hand any more. Whatever is not the line of the same frame begins with it.
  func leave() {
    guard let state = current else { return }
    let hot = context.writer.hot
    if hot.pointee.frame.address == state.address { state.line = hot.pointee.frame.line }
    hot.pointee.frame.address = 0
    current = nil
  }

  private func isPlain(_ state: FrameState) -> Bool {
    state.isPrinted && !state.waits && !state.isLookedAt && state.thrown?.isEmpty == true
      && DeferredException.pending.isEmpty && PyErr_Occurred() == nil
  }

  /// - Returns: false: nothing more is to be shown.
  private func noteChanges(
    _ state: FrameState, _ variables: LocalVariables, _ lines: RenderedLines, _ entry: CodeEntry
  ) -> Bool {
    let isPlain = changes.allSatisfy { index, value in
      variables.isPlain(index) && (value.map { PlainValue($0, width: width) != nil } ?? true)
    }
    guard isPlain, let frame = lines.frame(ofNoteAt: state.line, isCall: false)
    else {
      return noteOthers(changes, state, variables, entry)
    }
    if let line = note.line(changes, in: state.seen, variables, frame) {
      context.writer.writePlain(line)
    }
    return true
  }

  /// The long way: the program's own code may run, in other threads as well.
  private func noteOthers(
    _ changes: [SeenValues.Change], _ state: FrameState, _ variables: LocalVariables,
    _ entry: CodeEntry
  ) -> Bool {
    let text = state.seen.text(of: changes, variables, context.options.texts)
    DeferredException.pending.raiseAgain()
    context.write(.change(text), at: state.line, of: entry)
    return context.isInForce && PyErr_Occurred() == nil
  }
}
