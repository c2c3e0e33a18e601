import CPython
public import TraceCore

extension PyRef {
  /// `object.name`. The corresponding C function is `PyObject_GetAttr`, with the one string
  /// there is of the name: the interpreter's cache of attributes keeps each that it is given.
  public static func attribute(_ name: StaticString, of object: Borrowed) throws(PythonError)
    -> PyRef
  {
    let name = try check(PyUnicode_InternFromString(name.chars))
    return try check(PyObject_GetAttr(object, name.borrowed))
  }

  /// `self.name`, as `attribute(_:of:)` reads it.
  public borrowing func attribute(_ name: StaticString) throws(PythonError) -> PyRef {
    try Self.attribute(name, of: borrowed)
  }

  /// The corresponding C function is `PyObject_SetAttrString`.
  public static func setAttribute(_ name: StaticString, of object: Borrowed, to value: Borrowed)
    throws(PythonError)
  {
    try check(status: PyObject_SetAttrString(object, name.chars, value))
  }

  /// `import name`. The corresponding C function is `PyImport_ImportModule`.
  public static func module(_ name: StaticString) throws(PythonError) -> PyRef {
    if InterpreterLifetime.now == .withoutSys { throw InterpreterLifetime.error }
    return try check(PyImport_ImportModule(name.chars))
  }

  /// `sys.modules.get(name)`; nil for one that is being imported, as its functions may be of
  /// no use yet. `PyImport_GetModule` waits for it, and by Python code: on 3.11 the import
  /// around it fails then.
  public static func loadedModule(_ name: StaticString) throws(PythonError) -> PyRef? {
    guard let modules = InterpreterLifetime.modules else { return nil }
    let name = try string(name)
    guard let module = PyDict_GetItemWithError(modules, name.borrowed) else {
      if PyErr_Occurred() != nil { throw PythonError() }
      return nil
    }
    return module == cpython_none() || isBeingImported(module) ? nil : PyRef(retaining: module)
  }

  /// What the interpreter itself goes by.
  private static func isBeingImported(_ module: Borrowed) -> Bool {
    do throws(PythonError) {
      let spec = try attribute("__spec__", of: module)
      return try spec.attribute("_initializing").isSame(as: cpython_true())
    } catch {
      PyErr_Clear()
      return false
    }
  }

  /// A Python `int`. The corresponding C function is `PyLong_FromSsize_t`.
  public static func integer(_ value: Int) throws(PythonError) -> PyRef {
    try check(PyLong_FromSsize_t(value))
  }

  /// A Python `str` of a literal. The corresponding C function is `PyUnicode_FromStringAndSize`.
  public static func string(_ text: StaticString) throws(PythonError) -> PyRef {
    try check(PyUnicode_FromStringAndSize(text.chars, text.utf8CodeUnitCount))
  }

  /// A `str` of text in UTF-8.
  public static func string(utf8 text: Bytes) throws(PythonError) -> PyRef {
    try check(
      text.withUnsafeBytes {
        PyUnicode_DecodeUTF8(
          $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count,
          StaticString("replace").chars)
      })
  }

  /// A `bytes` object.
  public static func bytes(_ bytes: Bytes) throws(PythonError) -> PyRef {
    try check(
      bytes.withUnsafeBytes {
        PyBytes_FromStringAndSize($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
      })
  }

  /// A `str` of bytes that name a file.
  public static func fileName(_ bytes: Bytes) throws(PythonError) -> PyRef {
    try check(
      bytes.withUnsafeBytes {
        PyUnicode_DecodeFSDefaultAndSize(
          $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
      })
  }

  /// `self(*arguments)`. The corresponding C function is `PyObject_CallObject`.
  @discardableResult
  public borrowing func call(_ arguments: Borrowed...) throws(PythonError) -> PyRef {
    try call(all: arguments)
  }

  borrowing func call(all arguments: [Borrowed]) throws(PythonError) -> PyRef {
    let tuple = try check(PyTuple_New(arguments.count))
    for (index, argument) in arguments.enumerated() {
      Py_IncRef(argument)
      try check(status: PyTuple_SetItem(tuple.borrowed, index, argument))
    }
    return try check(PyObject_CallObject(borrowed, tuple.borrowed))
  }
}

// A reference that is a temporary may end before what was `borrowed` from it is
// used. These look at it while it is there.
extension PyRef {
  /// Whether it is the object `None`.
  public var isNone: Bool { borrowed == cpython_none() }
  /// The object `True`.
  public var isTrue: Bool { borrowed == cpython_true() }
  /// A `str` in UTF-8.
  public var text: Bytes? { Bytes(textOf: borrowed) }
  /// A `str` or `bytes` that names a file.
  public var fileName: Bytes? { Bytes(fileNameOf: borrowed) }
  /// An `int` that fits; -1 otherwise.
  public var integer: Int { PyLong_AsLong(borrowed) }

  /// Whether both are the same object, as the operator `is` tells.
  public borrowing func isSame(as object: Borrowed) -> Bool { borrowed == object }
}

extension StaticString {
  /// NUL-terminated, as every literal is.
  public var chars: UnsafePointer<CChar> {
    UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
  }
}

extension Bytes {
  /// The bytes of a `bytes` object.
  public init?(bytesObject object: Borrowed) {
    guard cpython_is_bytes(object) != 0, let start = PyBytes_AsString(object) else { return nil }
    self.init(UnsafeRawBufferPointer(start: start, count: PyBytes_Size(object)))
  }

  /// A `str` in UTF-8, lone surrogates as `\udc80`.
  public init?(textOf object: Borrowed) {
    guard cpython_is_string(object) != 0,
      let encoded = try? check(PyUnicode_AsEncodedString(object, "utf-8", "backslashreplace"))
    else { return nil }
    self.init(bytesObject: encoded.borrowed)
  }

  /// A `str` or `bytes` that names a file, in the file system's own bytes. Such a
  /// name cannot hold every surrogate; one that does is no file's. Late in the interpreter's
  /// end its codec may be gone, and asking for it a crash.
  public init?(fileNameOf object: Borrowed) {
    if let bytes = Bytes(bytesObject: object) {
      self = bytes
      return
    }
    guard cpython_is_string(object) != 0 else { return nil }
    let isWhole = InterpreterLifetime.now != .withoutSys
    guard isWhole, let encoded = try? check(PyUnicode_EncodeFSDefault(object)) else {
      if isWhole { PyErr_Clear() }
      self.init(textOf: object)
      return
    }
    self.init(bytesObject: encoded.borrowed)
  }
}

/// The items of a list or tuple, borrowed: the first `most` of them.
public func items(of sequence: Borrowed, most: Int = .max) -> [Borrowed] {
  if cpython_is_list(sequence) != 0 {
    return (0..<min(PyList_Size(sequence), most)).compactMap { PyList_GetItem(sequence, $0) }
  }
  guard cpython_is_tuple(sequence) != 0 else { return [] }
  return (0..<min(PyTuple_Size(sequence), most)).compactMap { PyTuple_GetItem(sequence, $0) }
}
