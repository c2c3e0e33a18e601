public import CPython
import PythonInterop
import TraceEngines

/// The initialization function of `swifttrace/swifttrace.abi3.so` (PEP 489).
@_cdecl("PyInit_swifttrace")
public func moduleInit() -> UnsafeMutablePointer<PyObject>? {
  cpython_module(StaticString("swifttrace.swifttrace").chars, methodTable, executeModule)
}

nonisolated(unsafe) private let methodTable: UnsafeMutablePointer<PyMethodDef> = {
  let table = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: methods.count + 1)
  table.initialize(from: methods, count: methods.count)
  (table + methods.count).initialize(to: PyMethodDef())
  return table
}()

private let executeModule: @convention(c) (Borrowed) -> CInt = { _ in
  do throws(PythonError) {
    try checkInterpreter()
    if Tracer.shared == nil { Tracer.shared = try makeTracer() }
    return 0
  } catch {
    return -1
  }
}

/// The state is one for the process: only the main interpreter has it.
private func checkInterpreter() throws(PythonError) {
  if PyInterpreterState_GetID(PyInterpreterState_Get()) != 0 {
    throw raise(
      cpython_import_error(),
      "swifttrace works in the main interpreter only, not in sub-interpreters")
  }
}

/// Lines that a sink still holds are written out at the interpreter's very end.
private func makeTracer() throws(PythonError) -> Tracer {
  let tracer = try Tracer()
  Py_AtExit { Tracer.shared?.flush() }
  Tracer.watchExit()
  cpython_at_fork({ Tracer.shared?.forkedHere() }, { Tracer.shared?.isForkedChild() })
  return tracer
}
