import CPython
import PythonInterop
import TraceCore
import TraceEngines

// What Python's side asks about values.

/// `value_text(value, show_secrets) -> str`
let valueText: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let text = try Details.text(
      of: try arguments.object(0), showsSecrets: try arguments.integer(1) != 0)
    return try .string(utf8: text)
  }
}

/// `is_secret(name) -> bool`
let isSecret: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let isSecret = SecretNames.contain(try arguments.text(0))
    return PyRef(retaining: isSecret ? cpython_true() : cpython_false())
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
