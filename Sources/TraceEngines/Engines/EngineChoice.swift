public import PythonInterop

/// Which engine serves an interpreter.
public enum EngineChoice {
  /// Makes sure that `Tracer.shared` is of the interpreter that runs.
  /// - Returns: whether the interpreter is new to us.
  public static func serveThisInterpreter() throws(PythonError) -> Bool {
    try Tracer.serveThisInterpreter(best)
  }

  private static func best(for tracer: Tracer) throws(PythonError) -> Engine {
    let engine = try engine(HotPath(tracer.hot))
    // Once for an interpreter, so after what may fail: who replaced them twice would call itself.
    DescriptorFunctions.watch()
    EndingFunctions.watch()
    return engine
  }

  private static func engine(_ hot: HotPath) throws(PythonError) -> Engine {
    if Interpreter.hasMonitoring { return try MonitoringEngine(hot) }
    if let engine = try SettraceEngine(hot) { return engine }
    return try ReplacingEngine(hot)
  }
}
