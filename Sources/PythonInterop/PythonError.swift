import CPython
public import TraceCore

/// A Python exception is set in the interpreter.
public struct PythonError: Error {
  /// Says that the exception is set. It is the interpreter that knows which one.
  public init() {}
}

/// The result of a C function that returns a new reference, or NULL with an
/// exception set. Every such call goes through here.
public func check(_ result: Borrowed?) throws(PythonError) -> PyRef {
  guard let result else { throw PythonError() }
  return PyRef(stealing: result)
}

/// The result of a C function that returns -1 with an exception set.
public func check(status: CInt) throws(PythonError) {
  if status < 0 { throw PythonError() }
}

/// Raises `type(message)`.
public func raise(_ type: Borrowed, _ message: Bytes) -> PythonError {
  message.withUnsafeBufferPointer { bytes in
    bytes.withMemoryRebound(to: CChar.self) {
      if let text = PyUnicode_DecodeUTF8($0.baseAddress, $0.count, "backslashreplace") {
        PyErr_SetObject(type, text)
        Py_DecRef(text)
      }
    }
  }
  return PythonError()
}

/// Raises `type(message)` with a literal as the message.
public func raise(_ type: Borrowed, _ message: StaticString) -> PythonError {
  raise(type, Bytes(message))
}

/// Runs `body` with no exception set, and sets again afterwards what was; what
/// `body` itself raised is forgotten. For calls into Python from a callback.
public func withExceptionsContained<R>(_ body: () throws(PythonError) -> R) -> R? {
  let before = RaisedException.fetch()
  let answer = try? body()
  before.restore()
  return answer
}

/// Whether the exception that is set says that memory ran out.
public var isOutOfMemory: Bool { PyErr_ExceptionMatches(cpython_memory_error()) != 0 }

/// Whether it says that the program has left no room for our own code, on the stack or in
/// memory: that is nobody's.
public var isOutOfRoom: Bool {
  PyErr_ExceptionMatches(cpython_recursion_error()) != 0 || isOutOfMemory
}

extension TraceError {
  /// `OSError(errno, strerror, subject)`, of the subclass that belongs to the
  /// number (PEP 3151).
  public func raiseAsPython() -> PythonError {
    let arguments = subject.withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) { (chars) -> Borrowed? in
        guard let name = PyUnicode_DecodeFSDefaultAndSize(chars.baseAddress, chars.count) else {
          return nil
        }
        defer { Py_DecRef(name) }
        return cpython_os_error_arguments(errno, reason?.chars, name)
      }
    }
    if let arguments {
      PyErr_SetObject(cpython_os_error(), arguments)
      Py_DecRef(arguments)
    }
    return PythonError()
  }
}
