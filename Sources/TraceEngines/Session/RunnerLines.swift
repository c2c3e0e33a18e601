import PythonInterop
import TraceCore

/// What a runner's own module has printed before it is known what the runner runs.
///
/// `python -m pytest` runs a few lines of pytest's before it loads the tests. They are held
/// back. They are dropped when something of the user's is run or loaded, here or in other
/// processes, and printed when the runner turns out to be a program of its own.
struct RunnerLines {
  /// What prints more than that is such a program.
  static let most = 32

  let path: Bytes
  var text = Bytes()
  var count = 0

  /// In a child that was forked: the lines are the parent's to print.
  mutating func forked() {
    text.removeAll(keepingCapacity: true)
    count = 0
  }
}

extension Tracer {
  func beginRunnerLines(of path: Bytes, _ session: Session) {
    guard session === self.session, session.scope.base == .script else { return }
    session.runnerLines = RunnerLines(path: path)
    hot.pointee.window = Self.noSink.window
  }

  /// Holds what is to be printed, where it is of the runner that is yet to run something.
  func isOfRunner(_ bytes: UnsafeRawBufferPointer, _ session: Session) -> Bool {
    guard let lines = session.runnerLines else { return false }
    guard entryAtHand?.file.path == lines.path, lines.count < RunnerLines.most else {
      printRunnerLines(session, from: .callback)
      return false
    }
    session.runnerLines?.text.append(contentsOf: bytes)
    session.runnerLines?.count += 1
    return true
  }

  /// The runner has loaded something of the user's, or run it.
  func forgetRunnerLines(_ session: Session) {
    guard let lines = takeRunnerLines(session) else { return }
    hot.pointee.printed -= lines.count
    for held in session.heldLines.held() { held.letGo() }
    if session.scope.include.isEmpty { session.sink.ringSink?.forget(upTo: RunnerLines.most) }
  }

  func printRunnerLines(_ session: Session, from caller: Caller) {
    if let lines = takeRunnerLines(session) { put(lines.text, session, from: caller) }
  }

  /// At the process's end.
  /// - Returns: what is still to be printed.
  func lastRunnerLines(_ session: Session) -> Bytes {
    guard let lines = takeRunnerLines(session) else { return [] }
    if !session.notes.hasChildren { return lines.text }
    session.printed -= lines.count
    return []
  }

  private func takeRunnerLines(_ session: Session) -> RunnerLines? {
    guard let lines = session.runnerLines else { return nil }
    session.runnerLines = nil
    if session === self.session { hot.pointee.window = session.sink.window }
    return lines
  }
}
