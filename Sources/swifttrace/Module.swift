public import CPython
import PythonInterop
import TraceCore
import TraceEngines

/// The initialization function of `swifttrace/swifttrace.abi3.so` (PEP 489).
@_cdecl("PyInit_swifttrace")
public func moduleInit() -> UnsafeMutablePointer<PyObject>? {
  cpython_module(
    StaticString("swifttrace.swifttrace").chars, moduleMethods, executeModule, traverse, clear)
}

/// As the interpreter reads it, for as long as there are objects that have it.
func table(of methods: [PyMethodDef]) -> UnsafeMutablePointer<PyMethodDef> {
  let table = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: methods.count + 1)
  table.initialize(from: methods, count: methods.count)
  (table + methods.count).initialize(to: PyMethodDef())
  return table
}

private let traverse: traverseproc = { module, visit, context in
  HeldFunctions.visit(of: module) { visit?($0, context) ?? 0 }
}

private let clear: inquiry = { module in
  HeldFunctions.forget(of: module)
  return 0
}

private let executeModule: @convention(c) (Borrowed) -> CInt = { module in
  do throws(PythonError) {
    try checkInterpreter()
    let session = try SessionType.make()
    try check(
      status: PyModule_AddObjectRef(module, StaticString("Session").chars, session.borrowed))
    try addConstants(to: module)
    if try EngineChoice.serveThisInterpreter() {
      try InterpreterLifetime.watch(module)
      HeldFunctions.hold(in: module)
      watchEnd()
    }
    return 0
  } catch {
    return -1
  }
}

/// The state is one for all: only the main interpreter has it.
private func checkInterpreter() throws(PythonError) {
  if PyInterpreterState_GetID(PyInterpreterState_Get()) != 0 {
    throw raise(
      cpython_import_error(),
      "swifttrace works in the main interpreter only, not in sub-interpreters")
  }
}

/// Lines that a sink still holds are written out at the interpreter's very end.
private func watchEnd() {
  Py_AtExit { Tracer.shared?.interpreterEnded() }
  if isWatched { return }
  isWatched = true
  ThisProcess.beginRun()
  Tracer.watchExit()
  cpython_at_fork({ Tracer.shared?.forkedHere() }, { Tracer.shared?.isForkedChild() })
}

/// Whether the process is, which may have several interpreters, one after the other.
nonisolated(unsafe) private var isWatched = false
