import CPython
import PythonInterop

/// What somebody else has done to our tool id of `sys.monitoring`, by which events may stay
/// away.
enum MonitoringLoss {
  case freed
  case cleared
  case events(Int)
  case localEvents(Borrowed, Int)
  case callback(Int)

  var description: StaticString {
    switch self {
    case .freed: "our id of sys.monitoring was freed"
    case .cleared: "our id of sys.monitoring was cleared"
    case .events, .localEvents: "our events of sys.monitoring were changed"
    case .callback: "our callback of sys.monitoring was replaced"
    }
  }
}

/// The functions of `sys.monitoring` by which our events can be taken away, made to say so
/// when they are called for our tool id.
///
/// The interpreter tells nobody, and what is asked at the end may have been put back. The
/// function objects stay what they are, as with `SettraceMethod`: what they point to are
/// definitions of ours with the same name, text and flags.
enum MonitoringMethods {
  /// The function that is called next is called by us.
  nonisolated(unsafe) static var isOurCall = false
  nonisolated(unsafe) fileprivate static var engine: MonitoringEngine?

  static func watch(_ monitoring: borrowing PyRef, for engine: MonitoringEngine) {
    self.engine = engine
    free = replace("free_tool_id", in: monitoring, METH_O, freeToolId)
    clear = replace("clear_tool_id", in: monitoring, METH_O, clearToolId)
    set = replace("set_events", in: monitoring, setEvents)
    setLocal = replace("set_local_events", in: monitoring, setLocalEvents)
    register = replace("register_callback", in: monitoring, registerCallback)
  }

  private static func replace(
    _ name: StaticString, in monitoring: borrowing PyRef, _ function: cpython_fastcall
  ) -> PyCFunction? {
    replace(name, in: monitoring, METH_FASTCALL, unsafeBitCast(function, to: PyCFunction.self))
  }

  /// - Returns: what is to be called on; nil where there is no such function, or another one
  ///   in its place.
  private static func replace(
    _ name: StaticString, in monitoring: borrowing PyRef, _ flags: CInt, _ method: PyCFunction
  ) -> PyCFunction? {
    guard let found = try? monitoring.attribute(name), cpython_is_builtin(found.borrowed) != 0
    else {
      PyErr_Clear()
      return nil
    }
    let function = UnsafeMutablePointer<cpython311_function>(OpaquePointer(found.borrowed))
    guard let definition = function.pointee.definition, definition.pointee.ml_flags == flags,
      let before = definition.pointee.ml_meth,
      unsafeBitCast(before, to: UInt.self)
        == unsafeBitCast(PyCFunction_GetFunction(found.borrowed), to: UInt.self)
    else { return nil }
    let replacement = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: 1)
    replacement.initialize(to: definition.pointee)
    replacement.pointee.ml_meth = method
    function.pointee.definition = replacement
    return before
  }

  /// Whether the function that is being called is called by somebody else. An audit hook, which
  /// it calls first, may do so once more.
  fileprivate static func begin() -> Bool {
    defer { isOurCall = false }
    return !isOurCall
  }

  fileprivate static func lose(_ loss: MonitoringLoss, _ tool: Borrowed) {
    if let engine, engine.isOurs(number(tool)) { engine.lose(loss) }
  }

  /// -1 for what is no `int`: to ask it would run the program's code.
  fileprivate static func number(_ object: Borrowed) -> Int {
    cpython_is_integer(object) != 0 ? PyLong_AsLong(object) : -1
  }
}

// What was there before. Set before the functions below are.
nonisolated(unsafe) private var free: PyCFunction?
nonisolated(unsafe) private var clear: PyCFunction?
nonisolated(unsafe) private var set: PyCFunction?
nonisolated(unsafe) private var setLocal: PyCFunction?
nonisolated(unsafe) private var register: PyCFunction?

private func call(
  _ function: PyCFunction?, _ module: Borrowed?, _ arguments: UnsafePointer<Borrowed>?,
  _ count: Int
) -> Borrowed? {
  unsafeBitCast(function, to: cpython_fastcall.self)(module, arguments, count)
}

private let freeToolId: PyCFunction = { module, tool in
  guard let free, let tool else { return nil }
  let isTheirs = MonitoringMethods.begin()
  let result = free(module, tool)
  if isTheirs, result != nil { MonitoringMethods.lose(.freed, tool) }
  return result
}

private let clearToolId: PyCFunction = { module, tool in
  guard let clear, let tool else { return nil }
  let isTheirs = MonitoringMethods.begin()
  let result = clear(module, tool)
  if isTheirs, result != nil { MonitoringMethods.lose(.cleared, tool) }
  return result
}

/// `set_events(tool, events)`
private let setEvents: cpython_fastcall = { module, arguments, count in
  let isTheirs = MonitoringMethods.begin()
  let result = call(set, module, arguments, count)
  guard isTheirs, result != nil, count == 2, let arguments else { return result }
  MonitoringMethods.lose(.events(MonitoringMethods.number(arguments[1])), arguments[0])
  return result
}

/// `set_local_events(tool, code, events)`
private let setLocalEvents: cpython_fastcall = { module, arguments, count in
  let isTheirs = MonitoringMethods.begin()
  let result = call(setLocal, module, arguments, count)
  guard isTheirs, result != nil, count == 3, let arguments else { return result }
  let events = MonitoringMethods.number(arguments[2])
  MonitoringMethods.lose(.localEvents(arguments[1], events), arguments[0])
  return result
}

/// `register_callback(tool, event, function)`
private let registerCallback: cpython_fastcall = { module, arguments, count in
  let isTheirs = MonitoringMethods.begin()
  let result = call(register, module, arguments, count)
  guard isTheirs, result != nil, count == 3, let arguments else { return result }
  MonitoringMethods.lose(.callback(MonitoringMethods.number(arguments[1])), arguments[0])
  return result
}
