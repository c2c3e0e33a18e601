import CPython
import PythonInterop
import TraceCore

/// What the path of a line reads and writes: one piece of memory that does not
/// move, reached from the callback itself.
struct HotState {
  /// The code object whose lines are at hand; a line of another one goes the long
  /// way once. nil: none is.
  var code: Borrowed?
  /// Its file's rendered lines. Empty for code that is out of scope.
  var lines: UnsafeMutableBufferPointer<RenderedLine?>
  /// Those that were at hand before.
  let recent = RecentCode()
  /// A session is on.
  var isOn = false
  /// It is paused: neither lines nor calls are anybody's.
  var isPaused = false
  /// Lines of `code` are not printed.
  var isOutOfScope = false
  /// The thread that printed last, whose lines carry no tag. 0: the next line goes
  /// the long way.
  var thread: UInt = 0
  var window: UnsafeMutablePointer<OutputWindow>
  /// Where lines are recorded, if that is what becomes of them.
  var ring = RingWindow.none
  var printed = 0
  /// Calls in scope are counted, for the depth of lines.
  var countsCalls = false
  /// And shown, or the values that a line has changed.
  var isDetailed = false
  /// It is noted where exceptions come from.
  var notesOrigins = false
  /// `Session.awaitsProgram`
  var awaitsProgram = false
  /// How deep the thread is that `depthThread` names.
  var depth = 0
  var depthThread: UInt = 0
  unowned(unsafe) let tracer: Tracer

  static var noLines: UnsafeMutableBufferPointer<RenderedLine?> { .init(start: nil, count: 0) }
}

extension UnsafeMutablePointer<HotState> {
  /// The local trace function's way for nearly every line: the last code object
  /// again, a line that ran before, a ring or room in the window.
  @inline(__always)
  func printAtHand(_ code: Borrowed, _ number: Int) -> Bool {
    guard let line = lineAtHand(code, number) else { return false }
    if pointee.ring.record(line) { return true }
    guard pointee.window.pointee.copy(line) else { return false }
    pointee.printed &+= 1
    return true
  }

  /// The same where it is known that there is a ring: a leaf, but for what is rare.
  @inline(__always)
  func recordAtHand(_ code: Borrowed, _ number: Int) -> Bool {
    guard let line = lineAtHand(code, number) else { return false }
    pointee.ring.recordAlways(line)
    return true
  }

  @inline(__always)
  private func lineAtHand(_ code: Borrowed, _ number: Int) -> RenderedLine? {
    guard UInt(bitPattern: pointee.code) == UInt(bitPattern: code),
      pointee.thread == cpython_thread(),
      UInt(bitPattern: number) < UInt(bitPattern: pointee.lines.count)
    else { return nil }
    return pointee.lines.baseAddress.unsafelyUnwrapped[number]
  }
}
