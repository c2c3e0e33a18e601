import CPython
import PythonInterop
import TraceCore
import TraceEngines

/// What the native module exports; `swifttrace.pyi` says what each takes and returns.
nonisolated(unsafe) let moduleMethods = table(of: [
  method("configure", configure),
  method("check_format", checkFormat),
  method("deactivate", deactivate),
  method("set_fork_hooks", setForkHooks),
  method("set_script_hook", setScriptHook),
  method("set_describer", setDescriber),
  method("leave_variable", leaveVariable),
  method("observe", observe),
  method("process_identity", processIdentity),
  method("forks", forks),
  method("run_start", runStart),
  method("join_run", joinRun),
  method("engine", engine),
  method("is_ending", isEnding),
  method("take_file", takeFile),
  method("open_output", openOutput),
  method("visible", visible),
  method("value_text", valueText),
  method("result_text", resultText),
  method("without_secrets", withoutSecrets),
  method("variables", variables),
  method("call_alone", callAlone),
  method("frame", frame),
  method("code", code),
  method("referent", referent),
  method("identity", identity),
  method("evaluate", evaluate),
  method("compiled", compiled),
  method("learn_alarm", learnAlarm),
  method("limited", limited),
  method("insist", insist),
  method("hold_source", holdSource),
  method(
    "global_trace", globalTrace,
    StaticString(
      "The global trace function, for sys.settrace()."
    ).chars),
  method(
    "local_trace", localTrace,
    StaticString(
      "The local trace function, for frame.f_trace."
    ).chars),
])

/// A literal's bytes stay where they are, unlike those of a `String` that C is given.
private func method(
  _ name: StaticString, _ function: cpython_fastcall, _ doc: UnsafePointer<CChar>? = nil
) -> PyMethodDef {
  cpython_method(name.chars, function, doc)
}

func tracer() throws(PythonError) -> Tracer {
  guard let tracer = Tracer.shared else {
    throw raise(cpython_runtime_error(), "swifttrace is not initialized")
  }
  return tracer
}

/// `configure(standard_library)`
private let configure: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try tracer().configure(standardLibrary: try arguments.fileName(0))
    return .none
  }
}

/// `check_format(template)`
private let checkFormat: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    _ = try lineTemplate(try arguments.bytes(0))
    return .none
  }
}

/// `deactivate(ends=False)`: what was traced by is over, where it `ends`.
private let deactivate: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try tracer().activate(nil, ends: arguments.count > 0 ? try arguments.integer(0) != 0 : false)
    return .none
  }
}

/// `set_fork_hooks(before, after, in_child) -> (before, after, in_child)`: what is called around
/// a fork, `in_child` also at the first line in a child that was forked. Returned is what
/// `os.register_at_fork` has call them.
private let setForkHooks: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try tracer().setForkHooks(
      before: try arguments.object(0), after: try arguments.object(1),
      inChild: try arguments.object(2))
  }
}

/// `set_script_hook(function)`: called as `function(path, runner)` once the script is met.
private let setScriptHook: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    PythonHooks.shared.setScriptHook(try arguments.object(0))
    return .none
  }
}

/// `set_describer(function)`: called as `function(value, is_deep)`.
private let setDescriber: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    PythonHooks.shared.setDescriber(try arguments.object(0))
    return .none
  }
}

/// `leave_variable(written, left | None)`: what SWIFTTRACE is now, and what it is to be when
/// the interpreter has ended and the process goes on.
private let leaveVariable: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let left = try arguments.optional(1).flatMap { Bytes(bytesObject: $0) }
    try tracer().variable.note(written: try arguments.bytes(0), left: left)
    return .none
  }
}

/// `observe(function | None)`: called as `function(path, what)`.
private let observe: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try tracer().observe(by: try arguments.object(0))
    return .none
  }
}

private let processIdentity: cpython_fastcall = { _, start, count in
  trampoline(start, count) { _ throws(PythonError) in try .string(utf8: ThisProcess.identity) }
}

private let forks: cpython_fastcall = { _, start, count in
  trampoline(start, count) { _ throws(PythonError) in try .integer(ThisProcess.forks) }
}

private let runStart: cpython_fastcall = { _, start, count in
  trampoline(start, count) { _ throws(PythonError) in try .integer(ThisProcess.runStart) }
}

/// `join_run(start)`
private let joinRun: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    ThisProcess.joinRun(since: try arguments.integer(0))
    return .none
  }
}

/// `engine() -> (name, reason)`
private let engine: cpython_fastcall = { _, start, count in
  trampoline(start, count) { _ throws(PythonError) in
    let name = try PyRef.string(try tracer().engineName)
    let reason = try PyRef.string(try tracer().engineReason)
    return try check(cpython_pair(name.borrowed, reason.borrowed))
  }
}

/// `is_ending() -> bool`: modules are being taken down, ours too.
private let isEnding: cpython_fastcall = { _, start, count in
  trampoline(start, count) { _ throws(PythonError) in
    PyRef(retaining: InterpreterLifetime.now == .whole ? cpython_false() : cpython_true())
  }
}

/// `open_output(path, flags) -> descriptor`
private let openOutput: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let path = try arguments.fileName(0)
    let flags = CInt(truncatingIfNeeded: try arguments.integer(1))
    let descriptor: CInt
    do throws(TraceError) {
      descriptor = try OutputFile.open(path, flags)
    } catch {
      throw error.raiseAsPython()
    }
    return try .integer(Int(descriptor))
  }
}

/// `take_file(descriptor, appends, is_of_process, is_resumed)`: 0 where it is another
/// process's, 1 where it is to be begun, 2 where it goes on.
private let takeFile: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let answer = OwnFile.take(
      CInt(clamping: try arguments.integer(0)),
      try arguments.integer(1) != 0 ? .extended : .emptied,
      isOfProcess: try arguments.integer(2) != 0, isResumed: try arguments.integer(3) != 0)
    return try .integer(answer.rawValue)
  }
}

/// `visible(text) -> str`
private let visible: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try .string(utf8: VisibleText.visible(try arguments.text(0)))
  }
}

/// `hold_source(code, source)`
private let holdSource: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try tracer().hold(try arguments.bytes(1), for: try arguments.object(0))
    return .none
  }
}

/// `call_alone(function, arguments)`
private let callAlone: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try LowestFrame.call(try arguments.object(0), try arguments.object(1))
  }
}

private let globalTrace: cpython_fastcall = { module, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    guard let module else { throw PythonError() }
    let local = try PyRef.attribute("local_trace", of: module)
    return try tracer().globalTrace(try arguments.object(0), local: local.borrowed)
  }
}

private let localTrace: cpython_fastcall = { module, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    guard let module else { throw PythonError() }
    try tracer().localTrace(try arguments.object(0), event: try arguments.text(1))
    return try PyRef.attribute("local_trace", of: module)
  }
}
