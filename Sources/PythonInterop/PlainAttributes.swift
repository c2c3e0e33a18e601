import CPython
public import TraceCore

/// Attributes that are read as the interpreter itself keeps them: no code of the program's
/// runs, whatever its classes define.
///
/// Each is a descriptor of a built-in type, asked by hand: `type.__dict__['__name__']`.
public struct PlainAttributes: ~Copyable {
  private let module: PyRef
  private let qualifiedName: PyRef
  private let arguments: PyRef

  /// Looks the descriptors up, once: a program that replaces `type.__dict__` entries later is not
  /// asked.
  public init() throws(PythonError) {
    let type = cpython_type_type()
    let module = try Self.descriptor("__module__", of: type)
    let qualifiedName = try Self.descriptor("__qualname__", of: type)
    arguments = try Self.descriptor("args", of: cpython_base_exception())
    self.module = module
    self.qualifiedName = qualifiedName
  }

  private static func descriptor(_ name: StaticString, of type: Borrowed) throws(PythonError)
    -> PyRef
  {
    let names = try PyRef.attribute("__dict__", of: type)
    let key = try PyRef.string(name)
    return try check(PyObject_GetItem(names.borrowed, key.borrowed))
  }

  /// `module.Name` of a class; of a built-in one the name alone.
  public func name(of type: Borrowed) -> Bytes {
    let name = text(qualifiedName.borrowed, of: type) ?? Bytes("?")
    guard let module = text(module.borrowed, of: type), module != Bytes("builtins") else {
      return name
    }
    return module + Bytes(".") + name
  }

  /// The `args` of an exception.
  public func arguments(of exception: Borrowed) throws(PythonError) -> PyRef {
    try Self.get(arguments.borrowed, exception)
  }

  private func text(_ descriptor: Borrowed, of type: Borrowed) -> Bytes? {
    guard let value = try? Self.get(descriptor, type) else {
      PyErr_Clear()
      return nil
    }
    return ObjectKind(of: value.borrowed) == .string ? value.text : nil
  }

  private static func get(_ descriptor: Borrowed, _ object: Borrowed) throws(PythonError) -> PyRef {
    try PyRef.attribute("__get__", of: descriptor).call(object)
  }
}
