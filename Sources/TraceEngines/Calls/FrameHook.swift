import CPython
import PythonInterop
import TraceCore

/// The function of Python's that looks at each event of code in scope, and what it finds.
final class FrameHook {
  private let context: FrameContext

  init(_ context: FrameContext) { self.context = context }

  /// Prints what it has returned at the line that ran last, and stops there where that is
  /// asked for. What it raises is left raised, but where there was no room for it: on the
  /// stack, or in memory, which is said.
  /// - Parameter isOwn: that line is the frame's own.
  /// - Returns: what it has returned, where that was printed.
  @discardableResult
  @inline(never)
  func call(_ event: FrameEvent, _ state: FrameState, isOwn: Bool = false) -> Bytes? {
    guard let hook = context.options.hookFunction, PyErr_Occurred() == nil,
      let running = Frame.running
    else { return nil }
    let own = LinePositions.position(of: state, event.entry)
    let position = isOwn ? own : context.positions.current ?? own
    guard let found = answer(of: hook, event, running), context.isInForce else { return nil }
    // Code that is gone has no lines to show.
    let isAlive = context.code.entry(known: position.entry.code) === position.entry
    noteFound(found, at: isAlive ? position : own, state, event.entry)
    if let stop = context.options.stopFunction { _ = answer(of: stop, event, running) }
    return found
  }

  /// A frame ends or waits: its caller's line goes on.
  func goBack(from frame: Frame) {
    guard context.options.hookFunction != nil, let caller = context.code.caller(of: frame) else {
      return
    }
    let line = caller.frame.line
    let state = context.known(caller.frame, caller.entry)
    let isPrinted = state?.line == line && state?.isPrinted == true
    context.positions.set(caller.entry, line, isPrinted: isPrinted)
  }

  /// With the line, where that has not been shown.
  private func noteFound(
    _ text: Bytes, at position: LinePositions.Position, _ state: FrameState, _ entry: CodeEntry
  ) {
    let (owner, line) = (position.entry, position.line)
    if !position.isPrinted, !context.shows(.lines) {
      context.write(.line(hasRun: true), at: line, of: owner)
      context.positions.set(owner, line, isPrinted: true)
      if owner === entry, line == state.line { state.isPrinted = true }
    }
    context.write(.note(text), at: line, of: owner)
    let callers = CallChain.text(above: owner, context.code)
    if !callers.isEmpty { context.write(.note(Bytes("by ") + callers), at: line, of: owner) }
  }

  private func answer(of hook: Borrowed, _ event: FrameEvent, _ frame: Frame) -> Bytes? {
    do throws(PythonError) {
      let number = try PyRef.integer(event.kind.rawValue)
      let line = try PyRef.integer(event.line)
      return try PyRef(retaining: hook).callOurs(
        number.borrowed, frame.object, line.borrowed, event.argument ?? cpython_none())?.text
    } catch {
      // The program is as deep as it may go, and has not gone too deep itself.
      let isUnseen = isOutOfMemory
      if isOutOfRoom { PyErr_Clear() } else { OwnFrames.leaveOut() }
      if isUnseen { context.writer.output.drop(.outOfMemory) }
      return nil
    }
  }
}
