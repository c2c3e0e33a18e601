import CPython
import PythonInterop
import TraceEngines

// What Python's side asks about frames, and evaluates, without the audit events (PEP 578) of
// the functions and attributes that say the same; and what compiles at less cost.

/// `frame(depth) -> frame`: `sys._getframe(depth)` of who calls it.
let frame: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try checkForMemory()
    let depth = try arguments.integer(0)
    // One that there was no memory for looks as one that is not there.
    if let frame = try Frame.atDepth(depth) { return frame }
    if let frame = try Frame.atDepth(depth) { return frame }
    _ = try check(PyList_New(0))
    throw raise(cpython_value_error(), "swifttrace: the call stack is not deep enough")
  }
}

/// A frame runs, ours: where it cannot be had there is no memory for its object.
private func checkForMemory() throws(PythonError) {
  if Frame.running != nil { return }
  PyErr_Clear()
  PyErr_NoMemory()
  throw PythonError()
}

/// `code(frame) -> code object`
let code: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try checkForMemory()
    guard let frame = Frame(checking: try arguments.object(0)) else {
      throw raise(cpython_type_error(), "swifttrace: expected a frame")
    }
    return PyRef(retaining: frame.code.object)
  }
}

/// `referent(object, class) -> object | None`: the first object of just that class that the
/// collector finds in another one.
let referent: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let found = cpython_referent(try arguments.object(0), try arguments.object(1))
    return PyRef(retaining: found ?? cpython_none())
  }
}

/// `identity(object) -> int`: `id(object)`.
let identity: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try check(PyLong_FromVoidPtr(UnsafeMutableRawPointer(try arguments.object(0))))
  }
}

/// `evaluate(code, globals, locals) -> object`: `eval(code, globals, locals)`.
let evaluate: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try check(
      PyEval_EvalCode(
        try arguments.object(0), try arguments.object(1), try arguments.object(2)))
  }
}

/// `compiled(source, name) -> code object`: `compile(source, name, "exec")`, which first makes
/// the 200 classes of `ast`. The source has no NUL. The corresponding C function is
/// `Py_CompileString`.
let compiled: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    guard let source = PyBytes_AsString(try arguments.object(0)),
      let name = PyBytes_AsString(try arguments.object(1))
    else { throw PythonError() }
    return try check(Py_CompileString(source, name, Py_file_input))
  }
}
