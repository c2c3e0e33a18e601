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

  /// Drops the lines, which are the parent's to print. To be called in a child that was forked.
  mutating func forked() {
    text.removeAll(keepingCapacity: true)
    count = 0
  }
}
