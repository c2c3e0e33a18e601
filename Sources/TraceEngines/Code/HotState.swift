import CPython
import CSystem
import PythonInterop
import TraceCore

/// What the path of a line reads and writes: one piece of memory that does not
/// move, reached from the callback itself. Its methods change it: one that reads alone would be
/// called on a copy.
struct HotState {
  /// What becomes of the lines of the session in force.
  enum Mode: UInt8 {
    /// There is none.
    case off
    /// They are copied, into a ring or into a window.
    case copied
    /// Each is written to a descriptor, which has no window.
    case written
  }

  /// The code object whose lines are at hand; a line of another one goes the long
  /// way once. nil: none is.
  var code: CodeObject?
  /// Its file's rendered lines. Empty for code that is out of scope.
  var lines = RecentCode.noLines
  /// The same lines if values are shown, which are more than lines.
  var linesWithValues = RecentCode.noLines
  /// The frame whose lines have values.
  var frame = FrameAtHand()
  /// The code objects that were at hand before, with their lines.
  let recent = RecentCode()
  var mode = Mode.off
  /// The session is paused: neither lines nor calls are anybody's.
  var isPaused = false
  /// Lines of `code` are not printed.
  var isOutOfScope = false
  /// The thread that printed last, whose lines carry no tag. 0: the next line goes
  /// the long way.
  var thread: UInt = 0
  var window: UnsafeMutablePointer<OutputWindow>
  /// What each line is written to at once; nil: it goes the long way.
  var direct: UnsafeMutablePointer<DirectWrite>?
  /// The byte of the session's doorbell.
  var bell: UnsafeMutableRawPointer?
  /// Where lines are recorded, if that is what becomes of them.
  var ring = RingWindow.none
  /// The recording that takes lines as numbers, if there is one.
  var recording: UnsafeMutablePointer<csystem_recording>?
  var printed = 0
  /// Calls in scope are counted, for the depth of lines.
  var countsCalls = false
  /// They are shown, too, or the values that a line has changed.
  var isDetailed = false
  /// Whether the places where exceptions come from are noted.
  var notesOrigins = false
  /// Lines are not shown, and nothing is to be said of them: they are of use to a frame alone that
  /// an exception has come to.
  var leavesLinesOut = false
  /// A number for what of these is so: code in scope sends the events that it takes.
  var purpose = 0
  /// `Session.awaitsProgram`
  var awaitsProgram = false
  /// How deep the thread is that `depthThread` names.
  var depth = 0
  var depthThread: UInt = 0
  /// The lines of the code object that was looked up last; nil: it is out of scope.
  private(set) var rendered: RenderedLines?
  private(set) var renderedCode: CodeObject?
  /// What is known of that code object.
  var entry: CodeEntry?
  /// Of `HotPath` alone: the tracer.
  var owner: UnsafeRawPointer?

  init(window: UnsafeMutablePointer<OutputWindow>) { self.window = window }

  /// Has the lines of a recent code object at hand.
  @inline(__always)
  mutating func recall(_ code: CodeObject) -> Bool {
    guard let lines = recent.lines(of: code) else { return false }
    (self.code, self.lines, isOutOfScope) = (code, lines, false)
    return true
  }

  /// Has the lines of a code object at hand.
  /// - Parameters:
  ///   - lines: nil: it is out of scope.
  ///   - isKnown: for good; else they are asked for again at the next line.
  ///   - isPrinted: as they were rendered.
  mutating func point(
    at entry: CodeEntry?, _ code: CodeObject, _ lines: RenderedLines?, isKnown: Bool,
    isPrinted: Bool
  ) {
    self.code = isKnown ? code : nil
    self.lines = isPrinted ? lines?.lines ?? RecentCode.noLines : RecentCode.noLines
    linesWithValues = lines?.lines ?? RecentCode.noLines
    isOutOfScope = lines == nil
    (rendered, renderedCode) = (lines, code)
    self.entry = lines == nil ? nil : entry
    if let lines, isPrinted, isKnown { recent.remember(lines, of: code) }
  }

  mutating func forgetLookedUp() {
    code = nil
    thread = 0
    (lines, linesWithValues) = (RecentCode.noLines, RecentCode.noLines)
    (rendered, renderedCode) = (nil, nil)
    entry = nil
  }

  /// The code object is gone.
  mutating func forget(_ code: CodeObject) {
    recent.forget(code)
    // What is known of its variables goes with it.
    if renderedCode == code { frame.address = 0 }
    if self.code == code || renderedCode == code { forgetLookedUp() }
  }

  mutating func setDepth(_ depth: Int) {
    self.depth = Swift.max(depth, 0)
    // A frame's own call is the first one.
    ring.setDepth(Swift.max(depth - 1, 0))
  }
}
