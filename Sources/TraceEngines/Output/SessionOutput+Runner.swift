import TraceCore

/// Lines of a runner that is yet to run something.
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
