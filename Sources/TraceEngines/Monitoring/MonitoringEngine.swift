import CPython
import PythonInterop
import TraceCore

/// `sys.monitoring` (PEP 669), for Python 3.12 and later.
///
/// The whole program sends `PY_START`, `PY_RESUME` and `PY_THROW`, each place until
/// it has answered once; code in scope sends `LINE` and `JUMP` besides.
final class MonitoringEngine: Engine {
  override var name: StaticString { "sys.monitoring" }
  override var reason: StaticString { "this Python has sys.monitoring (PEP 669)" }

  /// The ids that PEP 669 gives to no kind of tool. hypothesis takes 3 for itself, or none.
  private static let freeIds = [4, 3]

  private let monitoring: PyRef
  private let setLocalEvents: PyRef
  private let hot: HotPath
  private var tool = -1
  /// Somebody else has freed the tool id, and with it all that was asked for.
  private var hasLostTool = false
  /// Somebody else has set callbacks of theirs, or none, in the place of ours.
  private var hasLostCallbacks = false
  /// Whether another tool has taken away the events of code objects that are in scope.
  private var hasLostLocalEvents = false
  private var events = Events()
  /// The events of the whole program that were asked for.
  private var globalEvents = 0
  /// What `LINE` calls.
  private var lineCallback: PyRef?

  private struct Events {
    var start = 0
    var resume = 0
    var `throw` = 0
    var line = 0
    var jump = 0
    var `return` = 0
    var yield = 0
    var unwind = 0
    var call = 0
    var instruction = 0
    var raise = 0
  }

  init(_ hot: HotPath) throws(PythonError) {
    self.hot = hot
    monitoring = try PyRef.sys("monitoring")
    setLocalEvents = try monitoring.attribute("set_local_events")
    super.init()
    try readEvents()
    try takeTool()
    try registerCallbacks()
    MonitoringMethods.watch(monitoring) { [unowned(unsafe) self] loss, tool in
      if tool == self.tool, !hasLostTool { lose(loss) }
    }
  }

  private func readEvents() throws(PythonError) {
    let names = try monitoring.attribute("events")
    events.start = try Self.number(of: "PY_START", in: names)
    events.resume = try Self.number(of: "PY_RESUME", in: names)
    events.throw = try Self.number(of: "PY_THROW", in: names)
    events.line = try Self.number(of: "LINE", in: names)
    events.jump = try Self.number(of: "JUMP", in: names)
    events.return = try Self.number(of: "PY_RETURN", in: names)
    events.yield = try Self.number(of: "PY_YIELD", in: names)
    events.unwind = try Self.number(of: "PY_UNWIND", in: names)
    events.call = try Self.number(of: "CALL", in: names)
    events.raise = try Self.number(of: "RAISE", in: names)
    events.instruction = try Self.number(of: "INSTRUCTION", in: names)
  }

  @inline(never)
  private static func number(of name: StaticString, in names: borrowing PyRef)
    throws(PythonError) -> Int
  {
    try names.attribute(name).integer
  }

  /// The id is kept to the end: a place that answered `DISABLE` under it would be
  /// silent for the tool that gets it next.
  private func takeTool() throws(PythonError) {
    for id in Self.freeIds {
      let number = try PyRef.integer(id)
      let holder = try monitoring.attribute("get_tool").call(number.borrowed)
      if holder.isNone {
        let name = try PyRef.string("swifttrace")
        try monitoring.attribute("use_tool_id").call(number.borrowed, name.borrowed)
      } else if holder.text != Bytes("swifttrace") {  // An engine that failed has left it to us.
        continue
      }
      tool = id
      return
    }
    throw raise(
      cpython_runtime_error(),
      "swifttrace: no tool id of sys.monitoring is free: 3 and 4 are both in use")
  }

  private func registerCallbacks() throws(PythonError) {
    hasLostCallbacks = false
    MonitoringCallbacks.disableAnswer = try monitoring.attribute("DISABLE").take()
    MonitoringCallbacks.setTrace = try PyRef.sys("settrace").take()
    try register(events.start, MonitoringCallbacks.started)
    try register(events.resume, MonitoringCallbacks.resumed)
    try register(events.throw, MonitoringCallbacks.thrown)
    lineCallback = try register(events.line, MonitoringCallbacks.anyLine)
    try register(events.jump, MonitoringCallbacks.jumped)
    try register(events.return, MonitoringCallbacks.returned)
    try register(events.yield, MonitoringCallbacks.yielded)
    try register(events.raise, MonitoringCallbacks.raised)
    try register(events.unwind, MonitoringCallbacks.unwound)
    try register(events.call, MonitoringCallbacks.called)
  }

  @discardableResult
  private func register(_ event: Int, _ function: cpython_vectorcall) throws(PythonError)
    -> PyRef
  {
    let callback = try hot.tracer.code.callables.make(function, hot.state)
    let tool = try PyRef.integer(tool)
    let event = try PyRef.integer(event)
    MonitoringMethods.isOurCall = true
    defer { MonitoringMethods.isOurCall = false }
    do throws(PythonError) {
      try monitoring.attribute("register_callback")
        .call(tool.borrowed, event.borrowed, callback.borrowed)
    } catch {
      if isOutOfRoom { throw error }
      PyErr_Clear()
      throw raise(
        cpython_runtime_error(), "swifttrace: an audit hook refuses our callbacks of sys.monitoring"
      )
    }
    return callback
  }

  override func start() throws(PythonError) {
    if hasLostTool {
      throw raise(
        cpython_runtime_error(), "swifttrace: the program has freed our id of sys.monitoring")
    }
    let exceptions = Interpreter.hasLocalExceptionEvents ? 0 : exceptionEvents
    try setEvents(events.start | events.resume | events.throw | exceptions)
  }

  /// The ends of frames and the exceptions that come to them, where that is asked for.
  private var exceptionEvents: Int {
    let state = hot.state
    return (state.pointee.countsCalls ? events.unwind : 0)
      | (state.pointee.isDetailed || state.pointee.notesOrigins ? events.raise : 0)
  }

  /// Recording is so short that asking whether to record would show.
  override func prepare(for destination: Destination?) throws(PythonError) {
    if hasLostCallbacks, !hasLostTool { try registerCallbacks() }
    guard Interpreter.showsSmallIntegers, let object = lineCallback?.borrowed else { return }
    let callback = UnsafeMutablePointer<cpython_callable>(OpaquePointer(object))
    callback.pointee.vectorcall =
      switch destination {
      case .ring: MonitoringCallbacks.recordedLine
      case .recording: MonitoringCallbacks.numberedLine
      case .written: MonitoringCallbacks.writtenLine
      case .windowed, nil: MonitoringCallbacks.printedLine
      }
  }

  override func stop() throws(PythonError) {
    if try !hasLost() { try setEvents(0) }
    guard hasLostLocalEvents else { return }
    hasLostLocalEvents = false
    for entry in hot.tracer.code.entries { entry.isTraced = false }
  }

  override func hasLost() throws(PythonError) -> Bool {
    if hasLostTool { return true }
    let number = try PyRef.integer(tool)
    let name = try monitoring.attribute("get_tool").call(number.borrowed)
    let text = name.text
    if PyErr_Occurred() != nil { throw PythonError() }  // There is no memory to say.
    if text != Bytes("swifttrace") { lose(.freed) }
    return hasLostTool
  }

  private func setEvents(_ set: Int) throws(PythonError) {
    globalEvents = set
    let tool = try PyRef.integer(tool)
    let set = try PyRef.integer(set)
    MonitoringMethods.isOurCall = true
    defer { MonitoringMethods.isOurCall = false }
    try monitoring.attribute("set_events").call(tool.borrowed, set.borrowed)
  }

  override func attach(_ entry: CodeEntry) throws(PythonError) {
    let exceptions = Interpreter.hasLocalExceptionEvents ? exceptionEvents : 0
    if hot.state.pointee.countsCalls { return try attachWithCalls(entry, exceptions) }
    try setLocal(events.line | events.jump | exceptions, entry)
    guard Interpreter.hidesLineAfterSilentResume else { return }
    // A step of its own: these are new to the code object only now, and so sent
    // again where an earlier answer had silenced them.
    let resume = try entry.findResumptionShows() ? events.resume : 0
    try setLocal(events.start | resume | events.line | events.jump | exceptions, entry)
  }

  private func attachWithCalls(_ entry: CodeEntry, _ exceptions: Int) throws(PythonError) {
    let needsLines = !hot.state.pointee.leavesLinesOut || entry.meetsExceptions
    let lines = needsLines ? events.line | events.jump : 0
    let ends = lines | events.return | events.yield | exceptions
    try setLocal(ends, entry)
    try setLocal(ends | events.start | events.resume, entry)
  }

  override func detach(_ entry: CodeEntry) throws(PythonError) {
    try setLocal(0, entry)
  }

  override func meet(_ entry: CodeEntry) throws(PythonError) {
    guard Interpreter.forgetsOpcodeEvents, try entry.namesSettrace() else { return }
    entry.mayCallSettrace = true
    try setLocal(0, entry)
  }

  /// `frame.f_trace_opcodes`, by which a trace function gets an event for each instruction.
  /// pdb needs it to stop in the very line of `breakpoint()`: it sets it first, then calls
  /// `sys.settrace`, which joins us in every code object.
  override func keepOpcodeEvents(of frames: borrowing PyRefs) throws(PythonError) {
    guard Interpreter.forgetsOpcodeEvents else { return }
    for object in frames.borrowed {
      let frame = Frame(object)
      if try !frame.sendsOpcodes { continue }
      // Out of scope too: its entries are ours, silent as they are.
      try keepOpcodeEvents(of: frame, try hot.tracer.code.entry(for: frame.code))
    }
  }

  /// The table of who wants which instruction is made while there are two who do, and
  /// filled where the frame takes its wish back and has it again.
  private func keepOpcodeEvents(of frame: Frame, _ entry: CodeEntry) throws(PythonError) {
    let local = try localEvents(entry)
    try setLocal(local | events.instruction, entry)
    try frame.setSendsOpcodes(false)
    try frame.setSendsOpcodes(true)
    try setLocal(local, entry)
  }

  private func localEvents(_ entry: CodeEntry) throws(PythonError) -> Int {
    let tool = try PyRef.integer(tool)
    return try monitoring.attribute("get_local_events").call(tool.borrowed, entry.code.object)
      .integer
  }

  private func setLocal(_ set: Int, _ entry: CodeEntry) throws(PythonError) {
    if hasLostTool { return }
    entry.events = set | (entry.mayCallSettrace ? events.call : 0)
    let tool = try PyRef.integer(tool)
    let set = try PyRef.integer(entry.events)
    MonitoringMethods.isOurCall = true
    defer { MonitoringMethods.isOurCall = false }
    try setLocalEvents.call(tool.borrowed, entry.code.object, set.borrowed)
  }

  // MARK: what others do to our tool id

  private func lose(_ loss: MonitoringLoss) {
    switch loss {
    case .freed: hasLostTool = true
    case .cleared: (hasLostCallbacks, hasLostLocalEvents) = (true, true)
    case .callback(let event):
      // Callbacks are ours for these alone.
      let ours =
        globalEvents | events.line | events.jump | events.return | events.yield | events.call
      if event & ours == 0 { return }
      hasLostCallbacks = true
    case .events(let set):
      if globalEvents & ~set == 0 { return }
    case .localEvents(let code, let set):
      guard let entry = hot.tracer.code.entry(known: CodeObject(code)), entry.isTraced,
        entry.events & ~set != 0
      else { return }
      hasLostLocalEvents = true
    }
    hot.tracer.missLines(loss.description)
  }
}
