import PythonInterop

/// Drives the pair of trace functions: makes the interpreter call `Tracer.enter`
/// for code objects that are entered and `Tracer.line` for the lines of those in
/// scope.
///
/// A class to be overridden: Embedded Swift has no existentials, and a tracer
/// generic over its engine would stand twice in the binary.
class Engine {
  /// What `status()` calls it, and why it was chosen.
  var name: StaticString { "" }
  var reason: StaticString { "" }

  /// From now on, in every thread.
  func start() throws(PythonError) {}
  /// Before lines are recorded in a ring, or printed; while no session is on.
  func prepare(recording isRing: Bool) throws(PythonError) {}
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
  /// What `Tracer.keepOpcodeEvents` asks for, of one frame of a code object.
  func keepOpcodeEvents(of frame: Borrowed, _ entry: CodeEntry) throws(PythonError) {}

  /// `sys.settrace(global_trace)` was called while the trace is on.
  func adoptThread() {}
  /// The thread sends events though the trace is off.
  func leaveThread() {}

  /// In the child, after a fork.
  func forked() {}

  /// The engine that serves this interpreter best.
  static func choose(for hot: UnsafeMutablePointer<HotState>) throws(PythonError) -> Engine {
    DescriptorFunctions.watch()
    EndingFunctions.watch()
    if Interpreter.hasMonitoring { return try MonitoringEngine(hot) }
    if let engine = try SettraceEngine(hot) { return engine }
    return try ReplacingEngine(hot)
  }
}
