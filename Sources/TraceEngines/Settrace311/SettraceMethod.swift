import CPython
import PythonInterop

/// `sys.settrace`, made to leave a function of ours in place, beside the one it sets.
///
/// The function object stays what it is, wherever it may have been bound: what it points
/// to is a definition of ours with the same name, text and flags.
struct SettraceMethod {
  /// What new threads set, and what stands for it: `NewThreads`.
  nonisolated(unsafe) static var standIn: (ours: Borrowed?, theirs: Borrowed?) = (nil, nil)

  private let object: UnsafeMutablePointer<cpython311_function>
  private let replacement: UnsafeMutablePointer<PyMethodDef>

  /// Finds `sys.settrace`; nil if the program has put another function in its place.
  init?(_ functions: TraceFunctions) {
    guard let found = PySys_GetObject(StaticString("settrace").chars),
      cpython_is_builtin(found) != 0
    else { return nil }
    object = UnsafeMutablePointer(OpaquePointer(found))
    guard let definition = object.pointee.definition,
      definition.pointee.ml_flags == METH_O, let method = definition.pointee.ml_meth,
      unsafeBitCast(method, to: UInt.self)
        == unsafeBitCast(PyCFunction_GetFunction(found), to: UInt.self)
    else { return nil }
    Py_IncRef(found)
    replacement = .allocate(capacity: 1)
    replacement.initialize(to: definition.pointee)
    replacement.pointee.ml_meth = settrace
    shared = (definition, method, functions)
  }

  func replace() { object.pointee.definition = replacement }

  func restore() {
    if object.pointee.definition == replacement { object.pointee.definition = shared?.definition }
  }
}

private typealias Shared = (
  definition: UnsafeMutablePointer<PyMethodDef>, method: PyCFunction,
  functions: TraceFunctions
)

/// Set once, before the function below is.
nonisolated(unsafe) private var shared: Shared?

private let settrace: PyCFunction = { module, function in
  let (ours, theirs) = SettraceMethod.standIn
  let function = ours != nil && function == ours ? theirs : function
  guard let shared, let result = shared.method(module, function) else { return nil }
  shared.functions.setHere()
  return result
}
