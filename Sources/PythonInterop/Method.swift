import CPython
public import TraceCore

/// The arguments of a `METH_FASTCALL` function.
public struct Arguments {
  private let start: UnsafePointer<Borrowed>?
  public let count: Int

  public init(_ start: UnsafePointer<Borrowed>?, _ count: Int) {
    (self.start, self.count) = (start, count)
  }

  public func object(_ index: Int) throws(PythonError) -> Borrowed {
    guard let start, index < count else {
      throw raise(cpython_type_error(), Bytes("swifttrace: an argument is missing"))
    }
    return start[index]
  }

  /// nil for `None`.
  public func optional(_ index: Int) throws(PythonError) -> Borrowed? {
    let object = try object(index)
    return object == cpython_none() ? nil : object
  }

  public func integer(_ index: Int) throws(PythonError) -> Int {
    let value = PyLong_AsLong(try object(index))
    if value == -1, PyErr_Occurred() != nil { throw PythonError() }
    return value
  }

  public func text(_ index: Int) throws(PythonError) -> Bytes {
    guard let text = Bytes(textOf: try object(index)) else { throw typeError("str") }
    return text
  }

  public func bytes(_ index: Int) throws(PythonError) -> Bytes {
    guard let bytes = Bytes(bytesObject: try object(index)) else { throw typeError("bytes") }
    return bytes
  }

  public func fileName(_ index: Int) throws(PythonError) -> Bytes {
    guard let name = Bytes(fileNameOf: try object(index)) else { throw typeError("str or bytes") }
    return name
  }

  public func fileNames(_ index: Int) throws(PythonError) -> [Bytes] {
    items(of: try object(index)).compactMap { Bytes(fileNameOf: $0) }
  }

  private func typeError(_ expected: StaticString) -> PythonError {
    if PyErr_Occurred() != nil { return PythonError() }
    return raise(cpython_type_error(), Bytes("swifttrace: expected ") + Bytes(expected))
  }
}

/// The one way in from C: runs `body` and turns what it throws into NULL with the
/// exception set; likewise where something on the way did without an answer of the
/// interpreter's, as it had no memory for it.
public func trampoline(
  _ start: UnsafePointer<Borrowed>?, _ count: Int,
  _ body: (Arguments) throws(PythonError) -> PyRef
) -> Borrowed? {
  do {
    let answer = try body(Arguments(start, count))
    return PyErr_Occurred() == nil ? answer.take() : nil
  } catch {
    return nil
  }
}

extension PyRef {
  public static var none: PyRef { PyRef(retaining: cpython_none()) }
}
