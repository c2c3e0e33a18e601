import CPython
public import TraceCore

/// One argument of a call. What is asked of it says what it is to be: `TypeError` is raised
/// where it is something else.
public struct Argument {
  public let object: Borrowed
  /// The keyword that it is of; nil: it is known by its position.
  private let keyword: UnsafePointer<CChar>?

  public init(_ object: Borrowed, keyword: UnsafePointer<CChar>? = nil) {
    (self.object, self.keyword) = (object, keyword)
  }

  public func integer() throws(PythonError) -> Int {
    if cpython_is_integer(object) == 0 { throw expected("int") }
    let value = PyLong_AsLong(object)
    if value == -1, PyErr_Occurred() != nil { throw PythonError() }
    return value
  }

  public func text() throws(PythonError) -> Bytes {
    guard let text = Bytes(textOf: object) else { throw expected("str") }
    return text
  }

  public func bytes() throws(PythonError) -> Bytes {
    guard let bytes = Bytes(bytesObject: object) else { throw expected("bytes") }
    return bytes
  }

  public func fileName() throws(PythonError) -> Bytes {
    guard let name = Bytes(fileNameOf: object) else { throw expected("str or bytes") }
    return name
  }

  /// Of a tuple or a list.
  public func fileNames() throws(PythonError) -> [Bytes] {
    let names = items(of: object).compactMap { Bytes(fileNameOf: $0) }
    let isTuple = cpython_is_tuple(object) != 0
    let isList = cpython_is_list(object) != 0
    let count = isTuple ? PyTuple_Size(object) : isList ? PyList_Size(object) : -1
    if names.count != count { throw expected("tuple of str") }
    return names
  }

  /// Which of some words it is: its index. Raises `ValueError` for another one.
  public func choice(of words: [StaticString]) throws(PythonError) -> Int {
    let text = try text()
    if let index = words.firstIndex(where: { Bytes($0) == text }) { return index }
    throw raise(cpython_value_error(), Bytes("swifttrace: no such choice: ") + text)
  }

  public func function() throws(PythonError) -> Borrowed {
    if PyCallable_Check(object) == 0 { throw expected("function") }
    return object
  }

  private func expected(_ type: StaticString) -> PythonError {
    if PyErr_Occurred() != nil { return PythonError() }
    let format: StaticString =
      keyword == nil ? "swifttrace: expected %s" : "swifttrace: expected %s for %s"
    cpython_raise_type_error(format.chars, type.chars, keyword)
    return PythonError()
  }
}
