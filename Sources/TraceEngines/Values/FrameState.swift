import CPython
import PythonInterop
import TraceCore

/// What is known of a frame that runs, or waits to be resumed.
final class FrameState: AddressKeyed {
  let address: UInt
  let code: CodeObject
  /// The line that has run last.
  var line: Int
  /// It was printed.
  var isPrinted = false
  /// The first line of the statement that runs, where statements are shown, and the offset that
  /// it has begun at; 0: none.
  var statement = 0
  var offset = 0
  /// All of the frame is in that statement.
  var isInner = false
  /// The exceptions that it has to do with, the one that counts last; nil: it was entered
  /// before the trace began, and nobody has looked.
  var thrown: [Thrown]?
  /// The identity of one that ends the frame, and goes through what the compiler tidies up.
  var passing: UInt?
  /// It has to do with exceptions.
  fileprivate var isCounted = false
  /// It has yielded.
  var waits = false
  /// `LineLooks` has to see the end of the line that runs.
  var isLookedAt = false
  /// It runs the program, and is none of it.
  var isBelow = false
  /// The values of its variables as they were seen last.
  let seen = SeenValues()

  init(_ frame: Frame, _ code: CodeObject, line: Int) {
    (address, self.code, self.line) = (frame.address, code, line)
  }

  /// The line that the frame is at, or where that has none, the last one that ran.
  func line(in frame: Frame) -> Int {
    let number = frame.line
    return number > 0 ? number : line
  }
}

/// An exception that has come to a frame, or that a handler of the frame's has to do with.
struct Thrown {
  /// Its address; nothing is kept alive by it.
  let identity: UInt
  /// Of its type.
  let name: Bytes
  /// nil: it ends the frame.
  let handler: Handlers.Number?
  /// The clause of `except` that it was caught by.
  var clause: Int?
  /// A `finally` has run lines.
  var hasRun = false

  var isHandled: Bool { clause != nil || hasRun }
}

/// What is known of the frames of a session's code.
struct FrameStates: ~Copyable {
  private var frames = AddressTable<FrameState>()
  private var lastFrame: FrameState?
  /// How many frames have to do with exceptions.
  private(set) var holding = 0

  /// What is known of the frame, and whether that was so of the last one that was asked for: no
  /// other in scope has run since.
  mutating func current(_ frame: Frame, _ code: CodeObject) -> (state: FrameState, isLast: Bool)? {
    let last = lastFrame
    guard let state = known(frame, code) else { return nil }
    return (state, last === state)
  }

  /// What is known of a frame that runs `code`; nil: nothing.
  mutating func known(_ frame: Frame, _ code: CodeObject) -> FrameState? {
    let address = frame.address
    if let lastFrame, lastFrame.address == address, lastFrame.code == code { return lastFrame }
    guard let state = frames[address] else { return nil }
    if state.code != code {
      forget(state)
      return nil
    }
    lastFrame = state
    return state
  }

  /// A frame that is entered, or met for the first time.
  mutating func meet(_ frame: Frame, _ code: CodeObject, line: Int) -> FrameState {
    if let old = frames[frame.address] { forget(old) }
    let state = FrameState(frame, code, line: line)
    frames.insert(state)
    lastFrame = state
    return state
  }

  mutating func forget(_ state: FrameState) {
    state.thrown = []
    count(state)
    frames.remove(state)
    if lastFrame === state { lastFrame = nil }
  }

  /// Its exceptions may be others.
  mutating func count(_ state: FrameState) {
    let isCounted = state.thrown?.isEmpty == false
    if isCounted != state.isCounted { holding += isCounted ? 1 : -1 }
    state.isCounted = isCounted
  }
}
