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

  public func integer(_ index: Int) throws(PythonError) -> Int { try argument(index).integer() }

  public func text(_ index: Int) throws(PythonError) -> Bytes { try argument(index).text() }

  public func bytes(_ index: Int) throws(PythonError) -> Bytes { try argument(index).bytes() }

  public func fileName(_ index: Int) throws(PythonError) -> Bytes {
    try argument(index).fileName()
  }

  public func fileNames(_ index: Int) throws(PythonError) -> [Bytes] {
    try argument(index).fileNames()
  }

  private func argument(_ index: Int) throws(PythonError) -> Argument {
    Argument(try object(index))
  }
}

/// The one way in from C: runs `body` and turns what it throws into NULL with the
/// exception set; likewise where something on the way did without an answer of the
/// interpreter's, as it had no memory for it.
@inline(never)
public func trampoline(_ body: () throws(PythonError) -> PyRef) -> Borrowed? {
  do {
    let answer = try body()
    return PyErr_Occurred() == nil ? answer.take() : nil
  } catch {
    return nil
  }
}

/// The same, of a function whose arguments come as an array.
public func trampoline(
  _ start: UnsafePointer<Borrowed>?, _ count: Int,
  _ body: (Arguments) throws(PythonError) -> PyRef
) -> Borrowed? {
  trampoline { () throws(PythonError) in try body(Arguments(start, count)) }
}

extension PyRef {
  public static var none: PyRef { PyRef(retaining: cpython_none()) }
}
