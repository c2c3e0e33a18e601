import CPython

/// Clears the exception that is set. One that the handler of a signal has raised, Ctrl-C's for
/// one, or another thread, is raised in the program as soon as it goes on.
///
/// `PyObject_Repr` runs the handlers of signals that have come, and so do `PyFrame_GetVar` and
/// others where they say in a message what is not there. What these raise themselves has no
/// traceback: no Python code has run. From 3.15 on they raise what another thread has sent
/// (`PyThreadState_SetAsyncExc`), which has none either.
public func clearOwnException() {
  var raised = RaisedException.fetch()
  if raised.traceback != nil {
    raised.normalize()
    raiseLater(raised)
  } else if let type = raised.type, !isTheirOwn(type) {
    PyThreadState_SetAsyncExc(PyThread_get_thread_ident(), type)
  }
}

/// Whether it is what they raise themselves.
private func isTheirOwn(_ type: Borrowed) -> Bool {
  [cpython_memory_error(), cpython_recursion_error(), cpython_value_error(), cpython_name_error()]
    .contains(type)
}

/// Raises it between two instructions of the main thread, which alone runs handlers.
/// The corresponding C function is `Py_AddPendingCall`.
private func raiseLater(_ raised: borrowing RaisedException) {
  guard let exception = raised.value else { return }
  raised.setTraceback()
  Py_IncRef(exception)
  let raise: @convention(c) (UnsafeMutableRawPointer?) -> CInt = { kept in
    guard let kept else { return 0 }
    let exception = Borrowed(OpaquePointer(kept))
    PyErr_Restore(type(ofException: exception), exception, PyException_GetTraceback(exception))
    return -1
  }
  if Py_AddPendingCall(raise, UnsafeMutableRawPointer(exception)) < 0 {
    Py_DecRef(exception)  // 32 wait already: any of them ends what runs.
  }
}

/// A new reference.
private func type(ofException exception: Borrowed) -> Borrowed? {
  let type = UnsafeMutableRawPointer(cpython_type(exception)).assumingMemoryBound(to: PyObject.self)
  Py_IncRef(type)
  return type
}
