import CPython
import PythonInterop

/// The engine for Python 3.11: a trace function of ours for every thread, beside the
/// program's own, and a frame evaluation function that switches it off for code out of
/// scope. Code objects are asked about as their frames come, so nothing has to be attached.
final class SettraceEngine: Engine {
  override var name: StaticString { "settrace" }
  override var reason: StaticString {
    isEvaluating
      ? "this Python has no sys.monitoring (PEP 669), but frame evaluation (PEP 523)"
      : "this Python has no sys.monitoring (PEP 669), and its frames are not ours to evaluate"
  }

  /// Or would, if the trace were on.
  private var isEvaluating: Bool {
    guard let evaluation else { return false }
    return evaluation.isOn || !functions.hot.isOn
  }

  private let functions: TraceFunctions
  private let evaluation: FrameEvaluation?
  private let settrace: SettraceMethod?
  private let newThreads: NewThreads

  /// Prepares the functions of the engine; nil for an interpreter whose structures are not as they
  /// should be.
  init?(_ hot: HotPath) throws(PythonError) {
    guard let api = CPython311(), InterpreterLayout.holds(api) else { return nil }
    functions = TraceFunctions(api, hot)
    evaluation = FrameEvaluation(functions)
    newThreads = try NewThreads(hot.tracer)
    settrace = SettraceMethod(functions)
  }

  override func start() throws(PythonError) {
    functions.setEverywhere()
    settrace?.replace()
    let isEvaluating = evaluation?.start() ?? false
    // Those of `threading` alone can be met otherwise.
    if !isEvaluating { try newThreads.start() }
  }

  override func stop() throws(PythonError) {
    evaluation?.stop()
    settrace?.restore()
    functions.unsetEverywhere()
    try newThreads.stop()
  }

  override func attach(_ entry: CodeEntry) throws(PythonError) {
    evaluation?.noteScope()
    // A line alone may say that one goes on: `Interpreter.resumesSilentlyAfterThrow`.
    if try entry.code.isResumable { entry.meetsExceptions = true }
  }

  override func forked() { evaluation?.forked() }

  override func interpreterEnded() { SettraceMethod.standIn = (nil, nil) }
}
