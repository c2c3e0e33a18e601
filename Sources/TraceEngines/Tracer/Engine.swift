import PythonInterop

/// Drives the pair of trace functions: makes the interpreter call `Tracer.enter`
/// for code objects that are entered and `Tracer.line` for the lines of those in
/// scope.
///
/// A class to be overridden: a tracer generic over its engine would stand twice in the binary.
class Engine {
  /// What `status()` calls it, and why it was chosen.
  var name: StaticString { "" }
  var reason: StaticString { "" }

  /// From now on, in every thread.
  func start() throws(PythonError) {}
  /// Before a session is in force whose lines go to `destination`; nil: none is.
  func prepare(for destination: Destination?) throws(PythonError) {}
  /// No more of what `start` began. Does nothing where that is so already.
  func stop() throws(PythonError) {}

  /// Whether events come no more, whatever is asked for; says so the first time.
  func hasLost() throws(PythonError) -> Bool { false }

  /// Sends the lines of a code object, between `stop` and `start` or from within
  /// `Tracer.enter`.
  func attach(_ entry: CodeEntry) throws(PythonError) {}
  func detach(_ entry: CodeEntry) throws(PythonError) {}

  /// A code object that is new, in scope or not.
  func meet(_ entry: CodeEntry) throws(PythonError) {}
  /// Has the frames that get an event for each instruction get it still, whoever joins.
  func keepOpcodeEvents(of frames: borrowing PyRefs) throws(PythonError) {}

  /// `sys.settrace(global_trace)` was called while the trace is on.
  func adoptThread() {}
  /// The thread sends events though the trace is off.
  func leaveThread() {}

  /// In the child, after a fork.
  func forked() {}

  /// The interpreter has ended: what is held of it is gone.
  func interpreterEnded() {}
}
