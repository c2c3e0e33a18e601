import CPython
import PythonInterop
import TraceCore
import TraceEngines

// What Python's side asks about values.

/// `value_text(value, show_secrets, name="", width=120) -> str`
let valueText: cpython_fastcall = { _, start, count in
  textOfValue(start, count, isResult: false)
}

/// `result_text(value, show_secrets, function) -> str`
let resultText: cpython_fastcall = { _, start, count in
  textOfValue(start, count, isResult: true)
}

private func textOfValue(_ start: UnsafePointer<Borrowed>?, _ count: Int, isResult: Bool)
  -> Borrowed?
{
  trampoline(start, count) { arguments throws(PythonError) in
    let text = try DetailOptions.text(
      of: try arguments.object(0), showsSecrets: try arguments.integer(1) != 0,
      named: arguments.count > 2 ? try arguments.text(2) : [], isResult: isResult,
      width: arguments.count > 3 ? try arguments.integer(3) : nil)
    return try .string(utf8: text)
  }
}

/// `without_secrets(arguments) -> list[str]`: those of a command.
let withoutSecrets: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let shown = try check(PyList_New(0))
    for argument in DetailOptions.withoutSecrets(try arguments.fileNames(0)) {
      let name = try PyRef.fileName(argument)
      try check(status: PyList_Append(shown.borrowed, name.borrowed))
    }
    return shown
  }
}

/// `variables(frame, names) -> (dict, list)`: those of the names that the frame itself has
/// values for, and those of its own that have none.
let variables: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try tracer().variables(
      of: try arguments.object(0), named: items(of: try arguments.object(1)))
  }
}

/// `learn_alarm(exception)`: finds where the interpreter keeps what is to be raised in a
/// thread. Raises the exception soon after it has returned.
let learnAlarm: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    cpython_learn_alarm(try arguments.object(0))
    return .none
  }
}

/// `limited(function, argument, exception)`: what `function(argument)` returns. The exception
/// is raised in it when it takes too long; nothing ends it where there is no timer.
let limited: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let alarm = cpython_begin_alarm(try arguments.object(2))
    defer { if let alarm { cpython_end_alarm(alarm) } }
    return try PyRef(retaining: try arguments.object(0)).call(try arguments.object(1))
  }
}

/// `insist()`: has an exception of `limited` that was caught raised again, if it was before.
let insist: cpython_fastcall = { _, start, count in
  trampoline(start, count) { _ throws(PythonError) in
    cpython_alarm_was_caught()
    return .none
  }
}
