import CPython
import PythonInterop
import TraceCore

/// What `sys.monitoring` calls at its events, each with the state of the hot path at hand.
enum MonitoringCallbacks {
  /// `sys.monitoring.DISABLE`. Set once, before any callback can run.
  nonisolated(unsafe) static var disableAnswer: Borrowed?
  /// `sys.settrace`, likewise.
  nonisolated(unsafe) static var setTrace: Borrowed?

  /// `None`, which on every Python that has `sys.monitoring` is immortal and must
  /// not be counted.
  @inline(__always)
  private static func goOn() -> Borrowed { cpython_none() }

  private static func disable() -> Borrowed? {
    Py_IncRef(disableAnswer)
    return disableAnswer
  }

  /// Prints a line that is not at hand.
  /// - Returns: nil if the handler of a signal has raised while the trace waited for its reader.
  private static func printed(
    _ hot: HotPath, _ code: CodeObject, _ number: Int, at offset: Int? = nil
  )
    -> Borrowed?
  {
    hot.tracer.line(code, number, at: offset)
    return goOnUnlessRaised()
  }

  private static func goOnUnlessRaised() -> Borrowed? { PyErr_Occurred() == nil ? goOn() : nil }

  /// `LINE(code, line_number)`, where a ring takes the lines.
  static let recordedLine: cpython_vectorcall = { callback, arguments, _, _ in
    let hot = HotPath(of: callback)
    let arguments = arguments.unsafelyUnwrapped
    if cpython_is_small(arguments[1]) != 0,
      hot.recordAtHand(CodeObject(arguments[0]), cpython_small(arguments[1]))
    {
      return goOn()
    }
    return lineNotAtHand(hot, arguments)
  }

  /// The callback of `LINE` for lines that are recorded as numbers.
  static let numberedLine: cpython_vectorcall = { callback, arguments, _, _ in
    let hot = HotPath(of: callback)
    let arguments = arguments.unsafelyUnwrapped
    if cpython_is_small(arguments[1]) != 0,
      hot.recordNumberAtHand(CodeObject(arguments[0]), cpython_small(arguments[1]))
    {
      return goOn()
    }
    return lineNotAtHand(hot, arguments)
  }

  /// The callback of `LINE` for lines that are printed.
  static let printedLine: cpython_vectorcall = { callback, arguments, _, _ in
    let hot = HotPath(of: callback)
    let arguments = arguments.unsafelyUnwrapped
    if cpython_is_small(arguments[1]) != 0,
      hot.printAtHand(CodeObject(arguments[0]), cpython_small(arguments[1]))
    {
      return goOn()
    }
    return lineNotAtHand(hot, arguments)
  }

  @inline(never)
  private static func lineNotAtHand(
    _ hot: HotPath, _ arguments: UnsafePointer<Borrowed>
  ) -> Borrowed? {
    if hot.state.pointee.isPaused { return goOn() }
    let (code, number) = (CodeObject(arguments[0]), PyLong_AsLong(arguments[1]))
    if hot.state.pointee.isDetailed {
      if hot.printUnchanged(code, number) { return goOn() }
    } else if hot.state.pointee.recall(code), hot.takeAtHand(code, number) {
      return goOn()
    }
    return printed(hot, code, number)
  }

  /// The callback of `LINE` for lines that are each written by themselves.
  static let writtenLine: cpython_vectorcall = { callback, arguments, _, _ in
    let hot = HotPath(of: callback)
    if hot.state.pointee.isPaused { return goOn() }
    let arguments = arguments.unsafelyUnwrapped
    let (code, number) = (CodeObject(arguments[0]), PyLong_AsLong(arguments[1]))
    if hot.writeAtHand(code, number) { return goOnUnlessRaised() }
    return printed(hot, code, number)
  }

  /// The callback of `LINE` by the limited API alone.
  static let anyLine: cpython_vectorcall = { callback, arguments, _, _ in
    let hot = HotPath(of: callback)
    let arguments = arguments.unsafelyUnwrapped
    let (code, number) = (CodeObject(arguments[0]), PyLong_AsLong(arguments[1]))
    if hot.takeAtHand(code, number) { return goOn() }
    return printed(hot, code, number)
  }

  /// `PY_START(code, offset)`. Left on for code in scope where its first line may
  /// depend on it.
  static let started: cpython_vectorcall = { callback, arguments, _, _ in
    let hot = HotPath(of: callback)
    let code = CodeObject(arguments.unsafelyUnwrapped[0])
    guard let isInScope = hot.isEntered(code) else { return goOnUnlessRaised() }
    if isInScope, hot.state.pointee.countsCalls { return entered(hot, code, isNew: true) }
    return isInScope && Interpreter.hidesLineAfterSilentResume ? goOn() : disable()
  }

  /// `PY_RESUME(code, offset)`: a generator or coroutine that was suspended when the
  /// trace began comes in here. Left on where a line may depend on it.
  static let resumed: cpython_vectorcall = { callback, arguments, _, _ in
    let hot = HotPath(of: callback)
    let code = CodeObject(arguments.unsafelyUnwrapped[0])
    guard let isInScope = hot.isEntered(code) else { return goOnUnlessRaised() }
    guard isInScope else { return disable() }
    if hot.state.pointee.countsCalls {
      return entered(
        hot, code, isNew: false, at: PyLong_AsLong(arguments.unsafelyUnwrapped[1]))
    }
    return hot.tracer.code.entry(known: code)?.resumptionShows ?? false ? goOn() : disable()
  }

  /// `PY_THROW(code, offset, exception)`: or here. This event cannot be disabled.
  static let thrown: cpython_vectorcall = { callback, arguments, _, _ in
    let hot = HotPath(of: callback)
    let code = CodeObject(arguments.unsafelyUnwrapped[0])
    let isInScope = hot.tracer.enter(code)
    guard isInScope == true, hot.state.pointee.countsCalls else { return goOnUnlessRaised() }
    hot.tracer.calls.noteThrow()
    return entered(hot, code, isNew: false)
  }

  private static func entered(
    _ hot: HotPath, _ code: CodeObject, isNew: Bool, at offset: Int? = nil
  ) -> Borrowed? {
    hot.entered(code)
    guard hot.state.pointee.isDetailed else { return goOn() }
    hot.tracer.called(code, isNew: isNew, at: offset)
    return goOnUnlessRaised()
  }

  /// `PY_RETURN(code, offset, value)`, of code in scope where calls count.
  static let returned: cpython_vectorcall = { callback, arguments, _, _ in
    left(HotPath(of: callback), arguments.unsafelyUnwrapped, isYield: false)
  }

  /// `PY_YIELD(code, offset, value)`
  static let yielded: cpython_vectorcall = { callback, arguments, _, _ in
    left(HotPath(of: callback), arguments.unsafelyUnwrapped, isYield: true)
  }

  private static func left(
    _ hot: HotPath, _ arguments: UnsafePointer<Borrowed>, isYield: Bool
  ) -> Borrowed? {
    if hot.state.pointee.isDetailed {
      hot.tracer.returned(
        CodeObject(arguments[0]), arguments[2], isYield: isYield, at: PyLong_AsLong(arguments[1]))
    }
    hot.left(isYield: isYield)
    return goOnUnlessRaised()
  }

  /// `RAISE(code, offset, exception)`, up to 3.14 of any code, where exceptions are shown or noted.
  static let raised: cpython_vectorcall = { callback, arguments, _, _ in
    let hot = HotPath(of: callback)
    let arguments = arguments.unsafelyUnwrapped
    let code = CodeObject(arguments[0])
    let event = RaisedEvent(
      exception: ExceptionValue(arguments[2]), offset: PyLong_AsLong(arguments[1]))
    if hot.state.pointee.notesOrigins { hot.tracer.noteOrigin(code, event) }
    if hot.state.pointee.isDetailed { hot.tracer.raised(code, event) }
    return goOnUnlessRaised()
  }

  /// `PY_UNWIND(code, offset, exception)`, up to 3.14 of any code: the event is not to be had for
  /// one code object alone.
  static let unwound: cpython_vectorcall = { callback, arguments, _, _ in
    let hot = HotPath(of: callback)
    if hot.state.pointee.isPaused { return goOn() }
    let code = CodeObject(arguments.unsafelyUnwrapped[0])
    guard hot.isInScope(code) || hot.tracer.code.isTraced(code) else { return goOn() }
    if hot.state.pointee.isDetailed { hot.tracer.unwound(code, arguments.unsafelyUnwrapped[2]) }
    hot.left(isYield: false)
    return goOnUnlessRaised()
  }

  /// `CALL(code, offset, callable, argument)`, of code that may call `sys.settrace`.
  static let called: cpython_vectorcall = { callback, arguments, _, _ in
    if arguments.unsafelyUnwrapped[2] == setTrace {
      keepOpcodeEvents(HotPath(of: callback).tracer)
    }
    return goOn()
  }

  /// `JUMP(code, offset, destination)`: `LINE` is not sent for a backward jump that
  /// stays on its line (`while x: x -= 1`), though `sys.settrace` reports the line
  /// again. Every other jump is silenced.
  static let jumped: cpython_vectorcall = { callback, arguments, _, _ in
    let hot = HotPath(of: callback)
    let arguments = arguments.unsafelyUnwrapped
    let (offset, destination) = (PyLong_AsLong(arguments[1]), PyLong_AsLong(arguments[2]))
    let code = CodeObject(arguments[0])
    guard destination <= offset, let line = repeatedLine(hot.tracer, code, offset, destination)
    else { return disable() }
    if hot.state.pointee.mode == .copied, hot.takeAtHand(code, line) { return goOn() }
    return printed(hot, code, line, at: destination)
  }

  /// The thread that runs is about to call `sys.settrace`.
  private static func keepOpcodeEvents(_ tracer: Tracer) {
    guard tracer.session != nil else { return }
    _ = withExceptionsContained { () throws(PythonError) in
      try tracer.engine?.keepOpcodeEvents(of: StackedFrames.ofThisThread())
    }
  }

  /// The line that a backward jump of code in scope stays on; nil where it leaves it.
  private static func repeatedLine(
    _ tracer: Tracer, _ code: CodeObject, _ offset: Int, _ destination: Int
  )
    -> Int?
  {
    guard let entry = tracer.code.entry(known: code), entry.isTraced else { return nil }
    return entry.repeatedLine(offset, destination)
  }
}
