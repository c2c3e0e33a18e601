import CPython
public import TraceCore

/// The arguments of a call that takes keywords alone. One that is `None` is as if it was not
/// given.
public struct Keywords: ~Copyable {
  private let given: Borrowed?
  /// Those that nobody has asked for yet.
  private let left: PyRef

  /// - Parameter keywords: the dictionary; nil: there are none.
  public init(_ keywords: Borrowed?) throws(PythonError) {
    given = keywords
    left = try check(keywords.map { PyDict_Copy($0) } ?? PyDict_New())
  }

  /// nil: it was not given.
  public func argument(_ name: StaticString) throws(PythonError) -> Argument? {
    guard let given else { return nil }
    let key = try check(PyUnicode_InternFromString(name.chars))
    guard let object = PyDict_GetItemWithError(given, key.borrowed) else {
      if PyErr_Occurred() != nil { throw PythonError() }
      return nil
    }
    // Another one that was asked for before is not there.
    if PyDict_DelItem(left.borrowed, key.borrowed) < 0 { PyErr_Clear() }
    return object == cpython_none() ? nil : Argument(object, keyword: name.chars)
  }

  /// Raises `TypeError` where it was not given.
  public func needed(_ name: StaticString) throws(PythonError) -> Argument {
    if let argument = try argument(name) { return argument }
    cpython_raise_type_error(
      StaticString("swifttrace: %s: a keyword argument is missing").chars, name.chars, nil)
    throw PythonError()
  }

  /// Raises `TypeError` where something was given that nobody has asked for.
  public func checkAllWereAsked() throws(PythonError) {
    var position = 0
    var key: Borrowed?
    if PyDict_Next(left.borrowed, &position, &key, nil) == 0 { return }
    cpython_raise_type_error(
      StaticString("swifttrace: %S: no such keyword argument").chars, key, nil)
    throw PythonError()
  }

  public func integer(_ name: StaticString, or value: Int = 0) throws(PythonError) -> Int {
    try argument(name)?.integer() ?? value
  }

  public func flag(_ name: StaticString) throws(PythonError) -> Bool { try integer(name) != 0 }

  public func bytes(_ name: StaticString) throws(PythonError) -> Bytes? {
    try argument(name)?.bytes()
  }

  public func fileName(_ name: StaticString) throws(PythonError) -> Bytes? {
    try argument(name)?.fileName()
  }

  /// None where it was not given.
  public func fileNames(_ name: StaticString) throws(PythonError) -> [Bytes] {
    try argument(name)?.fileNames() ?? []
  }

  public func function(_ name: StaticString) throws(PythonError) -> Borrowed? {
    try argument(name)?.function()
  }
}
