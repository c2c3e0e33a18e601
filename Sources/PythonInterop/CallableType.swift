public import CPython

/// The type of callable objects that carry a pointer of ours: callbacks of the interpreter.
public struct CallableType: ~Copyable {
  private let type: PyRef

  /// Makes the type. It has a vectorcall slot (PEP 590), so a call makes no tuple. The
  /// corresponding C function is `PyType_FromSpec`.
  public init() throws(PythonError) { type = try check(cpython_new_callable_type()) }

  /// An object that calls `function`.
  /// - Parameter context: what it finds in the object.
  public func make(_ function: cpython_vectorcall, _ context: UnsafeMutableRawPointer)
    throws(PythonError) -> PyRef
  {
    try check(cpython_new_callable(type.borrowed, function, context))
  }
}
