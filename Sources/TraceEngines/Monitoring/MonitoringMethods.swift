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
/// The interpreter tells nobody, and what is asked at the end may have been put back.
enum MonitoringMethods {
  /// The function that is called next is called by us.
  nonisolated(unsafe) static var isOurCall = false
  /// Called with the tool id that it was called for.
  nonisolated(unsafe) private static var lost: (MonitoringLoss, Int) -> Void = { _, _ in }

  static func watch(
    _ monitoring: borrowing PyRef, _ lost: @escaping (MonitoringLoss, Int) -> Void
  ) {
    self.lost = lost
    free = monitoring.replace("free_tool_id", METH_O, by: freeToolId)
    clear = monitoring.replace("clear_tool_id", METH_O, by: clearToolId)
    set = monitoring.replace("set_events", METH_FASTCALL, by: asMethod(setEvents))
    setLocal = monitoring.replace("set_local_events", METH_FASTCALL, by: asMethod(setLocalEvents))
    register = monitoring.replace(
      "register_callback", METH_FASTCALL, by: asMethod(registerCallback))
  }

  private static func asMethod(_ function: cpython_fastcall) -> PyCFunction {
    unsafeBitCast(function, to: PyCFunction.self)
  }

  /// Whether the function that is being called is called by somebody else. An audit hook, which
  /// it calls first, may do so once more.
  fileprivate static func begin() -> Bool {
    defer { isOurCall = false }
    return !isOurCall
  }

  fileprivate static func lose(_ loss: MonitoringLoss, _ tool: Borrowed) {
    lost(loss, number(tool))
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
