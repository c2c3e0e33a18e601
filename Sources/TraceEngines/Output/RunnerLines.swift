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

extension SessionOutput {
  /// Holds a line that is to be printed, where it is of the runner that is yet to run something.
  func holdsForRunner(_ line: UnsafeRawBufferPointer) -> Bool {
    guard let lines = runnerLines else { return false }
    guard fileAtHand == lines.path, lines.count < RunnerLines.most else {
      printRunnerLines(from: .callback)
      return false
    }
    runnerLines?.text.append(contentsOf: line)
    runnerLines?.count += 1
    return true
  }

  /// The runner has loaded something of the user's, or run it.
  func dropRunnerLines() {
    if let lines = endRunnerLines() { uncount(lines.count) }
  }

  func printRunnerLines(from caller: Caller) {
    if let lines = endRunnerLines() { put(lines.text, from: caller) }
  }

  /// At the process's end.
  /// - Returns: what is still to be printed.
  func lastRunnerLines() -> Bytes {
    guard let lines = endRunnerLines() else { return [] }
    if !notes.hasChildren { return lines.text }
    uncount(lines.count)
    return []
  }
}
