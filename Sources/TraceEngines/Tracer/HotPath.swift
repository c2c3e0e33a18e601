import CPython
import CSystem
import PythonInterop
import TraceCore

/// The path of a line, from the callback on: the local trace function's way for nearly every one.
struct HotPath {
  let state: UnsafeMutablePointer<HotState>

  @inline(__always)
  init(_ state: UnsafeMutablePointer<HotState>) { self.state = state }

  /// - Parameter callback: has the state for its context.
  @inline(__always)
  init(of callback: Borrowed) {
    let context = UnsafeMutablePointer<cpython_callable>(OpaquePointer(callback)).pointee.context
    state = context.unsafelyUnwrapped.assumingMemoryBound(to: HotState.self)
  }

  var tracer: Tracer {
    Unmanaged<Tracer>.fromOpaque(state.pointee.owner.unsafelyUnwrapped).takeUnretainedValue()
  }

  var isOn: Bool { state.pointee.mode != .off }

  @inline(__always)
  private func lineAtHand(_ code: CodeObject, _ number: Int) -> RenderedLine? {
    guard UInt(bitPattern: state.pointee.code?.object) == UInt(bitPattern: code.object),
      state.pointee.thread == cpython_thread(),
      UInt(bitPattern: number) < UInt(bitPattern: state.pointee.lines.count)
    else { return nil }
    return state.pointee.lines.baseAddress.unsafelyUnwrapped[number]
  }

  /// Whether the code object is known to be in scope.
  @inline(__always)
  func isInScope(_ code: CodeObject) -> Bool {
    state.pointee.code == code
      ? !state.pointee.isOutOfScope : state.pointee.recent.lines(of: code) != nil
  }

  /// The last code object again, a line that ran before, a ring or room in the window.
  @inline(__always)
  func printAtHand(_ code: CodeObject, _ number: Int) -> Bool {
    guard let line = lineAtHand(code, number) else { return false }
    if state.pointee.ring.record(line) { return true }
    return copy(line)
  }

  /// The same, or its number is recorded.
  @inline(never)
  func takeAtHand(_ code: CodeObject, _ number: Int) -> Bool {
    printAtHand(code, number) || recordNumberAtHand(code, number)
      || recordFurtherAtHand(code, number)
  }

  /// The same for a line that is not near the one before, as the first one of a function that is
  /// called.
  @inline(__always)
  private func recordFurtherAtHand(_ code: CodeObject, _ number: Int) -> Bool {
    guard let recording = state.pointee.recording, let line = lineAtHand(code, number) else {
      return false
    }
    return csystem_record_middle(recording, line.place) != 0
  }

  /// - Returns: false where nothing is recorded, or where the long way is needed for it.
  @inline(__always)
  private func recordNumber(of line: RenderedLine) -> Bool {
    guard let recording = state.pointee.recording else { return false }
    return csystem_record(recording, line.place) != 0
  }

  /// Records the number of a line that is at hand, where it is known that there is a recording.
  @inline(__always)
  func recordNumberAtHand(_ code: CodeObject, _ number: Int) -> Bool {
    lineAtHand(code, number).map { recordNumber(of: $0) } ?? false
  }

  /// The same where values are shown, and the line before has changed none.
  @inline(never)
  func printUnchanged(_ code: CodeObject, _ number: Int) -> Bool {
    guard state.pointee.frame.address != 0, state.pointee.code == code,
      state.pointee.thread == cpython_thread(),
      UInt(bitPattern: number) < UInt(bitPattern: state.pointee.linesWithValues.count),
      let line = state.pointee.linesWithValues[number],
      let frame = Frame.running, frame.address == state.pointee.frame.address,
      let words = FrameMemory.variables(of: frame), words == state.pointee.frame.words,
      state.pointee.frame.isUnchanged,
      state.pointee.ring.record(line) || copy(line)
    else { return false }
    state.pointee.frame.line = number
    return true
  }

  @inline(__always)
  private func copy(_ line: RenderedLine) -> Bool {
    guard state.pointee.window.pointee.copy(line) else { return false }
    state.pointee.printed &+= 1
    return true
  }

  /// The same where it is known that there is a ring: a leaf, but for what is rare.
  @inline(__always)
  func recordAtHand(_ code: CodeObject, _ number: Int) -> Bool {
    guard let line = lineAtHand(code, number) else { return false }
    state.pointee.ring.recordAlways(line)
    return true
  }

  /// The same where each line is written by itself. What a signal's handler raises meanwhile is
  /// left raised.
  @inline(never)
  func writeAtHand(_ code: CodeObject, _ number: Int) -> Bool {
    if state.pointee.code != code, !state.pointee.recall(code) { return false }
    guard let line = lineAtHand(code, number) else { return false }
    let written = writeDirectly(line)
    if written == line.count {
      state.pointee.printed &+= 1
      return true
    }
    guard let session = tracer.session,
      written > 0 || (!session.writer.hearsDoorbell && DeferredException.pending.isEmpty)
    else { return false }
    state.pointee.printed &+= 1
    session.output.write(
      UnsafeRawBufferPointer(start: line.start + written, count: line.count - written))
    return true
  }

  /// - Returns: how much of it was written. The long way says why it was not all.
  @inline(__always)
  private func writeDirectly(_ line: RenderedLine) -> Int {
    guard let direct = state.pointee.direct, direct.pointee.isFresh,
      state.pointee.bell?.load(as: UInt8.self) ?? 0 == 0, DeferredException.pending.isEmpty
    else { return 0 }
    return max(direct.pointee.write(line.start, line.count), 0)
  }

  /// Whether a code object that is entered is in scope; nil: it is not to be known now.
  @inline(__always)
  func isEntered(_ code: CodeObject) -> Bool? {
    isInScope(code) ? true : tracer.enter(code)
  }

  // MARK: calls

  func entered(_ code: CodeObject) {
    if state.pointee.awaitsProgram, let session = tracer.session {
      ProgramStart.meet(code, session)
    }
    tracer.calls.enter()
  }

  func left(isYield: Bool) { tracer.calls.leave(isYield: isYield) }
}
