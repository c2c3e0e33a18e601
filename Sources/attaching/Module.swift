public import CPython
import CSystem
import PythonInterop

/// The initialization function of `swifttrace/attaching.abi3.so` (PEP 489). The module has nothing
/// in it: the file is there for `swifttrace_attach`, which is called without an import.
@_cdecl("PyInit_attaching")
public func moduleInit() -> UnsafeMutablePointer<PyObject>? {
  cpython_module(
    StaticString("swifttrace.attaching").chars, methodTable, { _ in 0 }, { _, _, _ in 0 },
    { _ in 0 })
}

nonisolated(unsafe) private let methodTable: UnsafeMutablePointer<PyMethodDef> = {
  let table = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: 1)
  table.initialize(to: PyMethodDef())
  return table
}()

/// Starts a thread that runs a program's text, once it has the GIL.
///
/// A thread of the process, which may hold the GIL or not, calls this for the process that attaches.
/// - Returns: 0; 1 where no thread can be started.
@_cdecl("swifttrace_attach")
public func attach(_ text: UnsafePointer<CChar>, _: CInt) -> CInt {
  guard Py_IsInitialized() != 0, let copy = strdup(text) else { return 1 }
  let thread = PyThread_start_new_thread({ run($0) }, copy)
  if thread != UInt.max { return 0 }
  free(copy)
  return 1
}

/// The thread's own function. What the text raises is dropped: it tells of errors itself.
private func run(_ copy: UnsafeMutableRawPointer?) {
  guard let copy else { return }
  let state = PyGILState_Ensure()
  do throws(PythonError) {
    try evaluate(copy.assumingMemoryBound(to: CChar.self))
  } catch {
    PyErr_Clear()
  }
  PyGILState_Release(state)
  free(copy)
}

private func evaluate(_ text: UnsafePointer<CChar>) throws(PythonError) {
  let code = try check(Py_CompileString(text, StaticString("<swifttrace>").chars, Py_file_input))
  let names = try check(PyDict_New())
  let builtins = StaticString("__builtins__").chars
  try check(status: PyDict_SetItemString(names.borrowed, builtins, PyEval_GetBuiltins()))
  _ = try check(PyEval_EvalCode(code.borrowed, names.borrowed, names.borrowed))
}
