import CPython
import PythonInterop
import TraceCore
import TraceEngines

// What Python's side asks about values.

/// `value_text(value, show_secrets, name="") -> str`
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
    let text = try Details.text(
      of: try arguments.object(0), showsSecrets: try arguments.integer(1) != 0,
      named: arguments.count > 2 ? try arguments.text(2) : [], isResult: isResult)
    return try .string(utf8: text)
  }
}

/// `without_secrets(arguments) -> list[str]`: those of a command.
let withoutSecrets: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let shown = try check(PyList_New(0))
    for argument in Details.withoutSecrets(try arguments.fileNames(0)) {
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

/// `raise_in(thread, exception)`. The corresponding C function is
/// `PyThreadState_SetAsyncExc`.
let raiseIn: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let thread = PyLong_AsUnsignedLongMask(try arguments.object(0))
    _ = PyThreadState_SetAsyncExc(thread, try arguments.object(1))
    return .none
  }
}
