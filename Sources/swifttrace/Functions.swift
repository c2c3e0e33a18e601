import CPython
import PythonInterop
import TraceCore
import TraceEngines

/// What the native module exports; `swifttrace.pyi` is its stub.
nonisolated(unsafe) let methods: [PyMethodDef] = [
  method("configure", configure, "configure(standard_library, /)"),
  method("open_session", openSession, "open_session(level, scope, ..., /)"),
  method(
    "check_format", checkFormat, "check_format(template, /)\n\nRaise ValueError for a bad one."),
  method(
    "activate", activate, "activate(session, ends=False, /)\n\nTrace by session; None: not at all."),
  method("end_session", endSession, "end_session(session, /)\n\nNothing more comes of it."),
  method("set_pair_session", setPairSession, "set_pair_session(session, /)"),
  method("set_fork_hooks", setForkHooks, "set_fork_hooks(before, after, in_child, /) -> callbacks"),
  method("set_script_hook", setScriptHook, "set_script_hook(function, /)"),
  method("leave_variable", leaveVariable, "leave_variable(written, left, /)"),
  method("observe", observe, "observe(function, /)\n\nTell it of files; None: tell nobody."),
  method("shared_descriptor", sharedDescriptor, "shared_descriptor(session, /)"),
  method("output_path", outputPath, "output_path(session, /)\n\nThe file that is its own."),
  method("process_identity", processIdentity, "process_identity() -> str"),
  method("forks", forks, "forks() -> int\n\nHow many lie between this process and the first."),
  method("run_start", runStart, "run_start() -> nanoseconds"),
  method("join_run", joinRun, "join_run(start, /)\n\nThis process is part of that run."),
  method("await_children", awaitChildren, "await_children(session, /)"),
  method("session_state", sessionState, "session_state(session, /)"),
  method("engine", engine, "engine() -> (name, reason)"),
  method("is_ending", isEnding, "is_ending() -> bool\n\nThe interpreter imports no more."),
  method("flush", flush, "flush()\n\nWrite out what the sink still holds."),
  method("report", report, "report(session, at_exception, /) -> bytes"),
  method("print_report", printReport, "print_report(session, report, /)"),
  method("last_lines", lastLines, "last_lines(session, after=0, up_to=all, /) -> list"),
  method("lines_before", linesBefore, "lines_before(session, exception, /) -> int | None"),
  method("pause", pause, "pause(session, /)\n\nLines that run from here on are not its own."),
  method("resume", resume, "resume(session, /) -> lines so far"),
  method(
    "leave_out", leaveOut,
    "leave_out(session, thread, /)\n\nLines of the thread are not its own from here on."),
  method("take_in", takeIn, "take_in(session, thread, /)"),
  method(
    "await_program", awaitProgram, "await_program(session, runner, /)\n\nIt is yet to be run."),
  method("silence", silence, "silence(session, /)\n\nLet the caller say why it stopped."),
  method("write", write, "write(session, data, /)\n\nPut bytes where its lines go."),
  method(
    "take_file", takeFile,
    "take_file(descriptor, appends, is_of_process, is_resumed, /) -> 0 | 1 | 2"),
  method("open_output", openOutput, "open_output(path, flags, /) -> descriptor"),
  method("visible", visible, "visible(text, /)\n\nWith what a terminal acts on as escapes."),
  method(
    "value_text", valueText,
    "value_text(value, show_secrets, name='', /)\n\nWhat it looks like in a trace."),
  method(
    "result_text", resultText,
    "result_text(value, show_secrets, function, /)\n\nWhat it looks like where it is returned."),
  method(
    "without_secrets", withoutSecrets,
    "without_secrets(arguments, /) -> [str]\n\nA command's, as a trace shows them."),
  method("variables", variables, "variables(frame, names, /) -> {name: value}"),
  method("call_alone", callAlone, "call_alone(function, arguments, /)\n\nWith no frame below it."),
  method("frame", frame, "frame(depth, /)\n\nsys._getframe(), of who calls it."),
  method("code", code, "code(frame, /)"),
  method("referent", referent, "referent(object, class, /)"),
  method("identity", identity, "identity(object, /)\n\nid()."),
  method("evaluate", evaluate, "evaluate(code, globals, locals, /)\n\neval()."),
  method("learn_alarm", learnAlarm, "learn_alarm(exception, /)"),
  method("limited", limited, "limited(function, argument, exception, /)"),
  method("insist", insist, "insist()"),
  method("hold_source", holdSource, "hold_source(code, source, /)"),
  method(
    "global_trace", globalTrace,
    "global_trace(frame, event, arg, /)\n\nThe global trace function, for sys.settrace()."),
  method(
    "local_trace", localTrace,
    "local_trace(frame, event, arg, /)\n\nThe local trace function, for frame.f_trace."),
]

/// A literal's bytes stay where they are, unlike those of a `String` that C is given.
private func method(_ name: StaticString, _ function: cpython_fastcall, _ doc: StaticString)
  -> PyMethodDef
{
  cpython_method(name.chars, function, doc.chars)
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
    _ = try template(try arguments.bytes(0))
    return .none
  }
}

/// `activate(session | None, ends=False)`: what was traced by is over, where it `ends`.
private let activate: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try tracer().activate(
      try arguments.optional(0).map(SessionCapsule.session),
      ends: arguments.count > 1 ? try arguments.integer(1) != 0 : false)
    return .none
  }
}

/// `end_session(session)`
private let endSession: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try tracer().end(try SessionCapsule.session(try arguments.object(0)))
    return .none
  }
}

/// `set_pair_session(session)`
private let setPairSession: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try tracer().pairSession = SessionCapsule.session(try arguments.object(0))
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

/// `shared_descriptor(session) -> number | None`: what a trace is written by that other
/// processes write to as well.
private let sharedDescriptor: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let session = try SessionCapsule.session(try arguments.object(0))
    return try PyRef.optional(integer: session.output.sink.sharedDescriptor)
  }
}

/// `output_path(session) -> str | None`
private let outputPath: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let session = try SessionCapsule.session(try arguments.object(0))
    return try session.output.sink.filePath.map(PyRef.fileName) ?? .none
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

/// `await_children(session) -> number | None`: the descriptor of the doorbell.
private let awaitChildren: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let session = try SessionCapsule.session(try arguments.object(0))
    return try PyRef.optional(integer: session.awaitChildren())
  }
}

/// `session_state(session) -> (lines printed, reason it stopped | None)`
private let sessionState: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let session = try SessionCapsule.session(try arguments.object(0))
    let printed = try PyRef.integer(session.output.printed)
    let reason = try session.output.failure.map(PyRef.fileName(describing:)) ?? .none
    return try check(cpython_pair(printed.borrowed, reason.borrowed))
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

private let flush: cpython_fastcall = { _, start, count in
  trampoline(start, count) { _ throws(PythonError) in
    try tracer().flush()
    return .none
  }
}

/// `report(session, at_exception) -> bytes`: the lines that a ring has kept, as they are
/// printed.
private let report: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let session = try SessionCapsule.session(try arguments.object(0))
    let isException = try arguments.integer(1) != 0
    return try PyRef.bytes(session.report(because: isException ? .exception : .request))
  }
}

/// `print_report(session, report)`
private let printReport: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let session = try SessionCapsule.session(try arguments.object(0))
    session.print(try arguments.bytes(1))
    if PyErr_Occurred() != nil { throw PythonError() }
    return .none
  }
}

/// `last_lines(session, after=0, up_to=all) -> [(tag, depth, line), ...]`
private let lastLines: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let session = try SessionCapsule.session(try arguments.object(0))
    let list = try check(PyList_New(0))
    let before = arguments.count > 1 ? try arguments.integer(1) : 0
    let end = arguments.count > 2 ? try arguments.integer(2) : .max
    for line in session.lastLines(after: before, upTo: end) {
      let tag = try PyRef.bytes(line.tag)
      let depth = try PyRef.integer(line.depth)
      let bytes = try PyRef.bytes(line.bytes)
      let item = try check(cpython_triple(tag.borrowed, depth.borrowed, bytes.borrowed))
      try check(status: PyList_Append(list.borrowed, item.borrowed))
    }
    return list
  }
}

/// `lines_before(session, exception) -> number | None`: how many lines had been recorded when
/// it was raised.
private let linesBefore: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let session = try SessionCapsule.session(try arguments.object(0))
    return try .optional(integer: session.linesBefore(try arguments.object(1)))
  }
}

/// `pause(session)`
private let pause: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try SessionCapsule.session(try arguments.object(0)).pause()
    return .none
  }
}

/// `resume(session) -> lines so far`
private let resume: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try PyRef.integer(try SessionCapsule.session(try arguments.object(0)).resume())
  }
}

/// `leave_out(session, thread)`
private let leaveOut: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let session = try SessionCapsule.session(try arguments.object(0))
    session.leaveOut(UInt(bitPattern: try arguments.integer(1)))
    return .none
  }
}

/// `take_in(session, thread)`
private let takeIn: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let session = try SessionCapsule.session(try arguments.object(0))
    session.takeIn(UInt(bitPattern: try arguments.integer(1)))
    return .none
  }
}

/// `await_program(session, runner)`: which is a path, or None.
private let awaitProgram: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let session = try SessionCapsule.session(try arguments.object(0))
    let runner = try arguments.optional(1).flatMap { Bytes(fileNameOf: $0) }
    let start = try tracer().start
    session.awaitProgram(runner: runner.map { FilePath.absolute($0, from: start) })
    return .none
  }
}

/// `silence(session)`
private let silence: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try SessionCapsule.session(try arguments.object(0)).output.isQuiet = true
    return .none
  }
}

/// `write(session, data)`
private let write: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let session = try SessionCapsule.session(try arguments.object(0))
    session.write(try arguments.bytes(1))
    return .none
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

extension PyRef {
  fileprivate static func optional(integer: Int?) throws(PythonError) -> PyRef {
    guard let integer else { return .none }
    return try .integer(integer)
  }

  fileprivate static func fileName(describing error: TraceError) throws(PythonError) -> PyRef {
    try fileName(error.description)
  }
}
