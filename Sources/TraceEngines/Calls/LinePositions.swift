import CPython

/// The line that each thread has run last.
struct LinePositions {
  struct Position {
    let thread: UInt
    let entry: CodeEntry
    let line: Int
    var isPrinted: Bool
  }

  private var positions: [Position] = []
  private var last: Position?

  /// Of a thread that has run no line yet: where another has been, which has started it.
  var current: Position? {
    let thread = UInt(cpython_thread())
    return positions.first { $0.thread == thread } ?? last
  }

  /// The line that the frame of the thread that runs has run last.
  static func position(of state: FrameState, _ entry: CodeEntry) -> Position {
    Position(
      thread: UInt(cpython_thread()), entry: entry, line: state.line, isPrinted: state.isPrinted)
  }

  mutating func set(_ entry: CodeEntry, _ line: Int, isPrinted: Bool) {
    let thread = UInt(cpython_thread())
    let position = Position(thread: thread, entry: entry, line: line, isPrinted: isPrinted)
    last = position
    if let known = positions.firstIndex(where: { $0.thread == thread }) {
      positions[known] = position
    } else {
      positions.append(position)
    }
  }
}
