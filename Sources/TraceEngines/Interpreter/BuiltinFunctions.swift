import CPython
import PythonInterop

extension PyRef {
  /// Has a built-in function of a module call one of ours. The function object stays what it
  /// is, as with `SettraceMethod`: what it points to is a definition of ours with the same
  /// name, text and flags.
  /// - Returns: what ours is to call on; nil where there is no such function, or another one
  ///   in its place.
  borrowing func replace(_ name: StaticString, _ flags: CInt, by method: PyCFunction)
    -> PyCFunction?
  {
    guard let found = try? attribute(name), cpython_is_builtin(found.borrowed) != 0 else {
      PyErr_Clear()
      return nil
    }
    let function = UnsafeMutablePointer<cpython311_function>(OpaquePointer(found.borrowed))
    guard let definition = function.pointee.definition, definition.pointee.ml_flags == flags,
      let before = definition.pointee.ml_meth,
      unsafeBitCast(before, to: UInt.self)
        == unsafeBitCast(PyCFunction_GetFunction(found.borrowed), to: UInt.self)
    else { return nil }
    let replacement = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: 1)
    replacement.initialize(to: definition.pointee)
    replacement.pointee.ml_meth = method
    function.pointee.definition = replacement
    return before
  }
}
