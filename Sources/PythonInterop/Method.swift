import CPython
public import TraceCore

/// The arguments of a `METH_FASTCALL` function.
public struct Arguments {
  private let start: UnsafePointer<Borrowed>?
  /// How many arguments the caller has given.
  public let count: Int

  /// Wraps what the interpreter passes to a `METH_FASTCALL` function. The arguments are borrowed
  /// for the length of the call.
  public init(_ start: UnsafePointer<Borrowed>?, _ count: Int) {
    (self.start, self.count) = (start, count)
  }

  /// The argument at an index. Raises `TypeError` if there are fewer arguments.
  public func object(_ index: Int) throws(PythonError) -> Borrowed {
    guard let start, index < count else {
      throw raise(cpython_type_error(), Bytes("swifttrace: an argument is missing"))
    }
    return start[index]
  }

  /// The argument at an index; nil if it is `None`. Raises `TypeError` if there are fewer
  /// arguments.
  public func optional(_ index: Int) throws(PythonError) -> Borrowed? {
    let object = try object(index)
    return object == cpython_none() ? nil : object
  }

  /// An `int` argument. Raises `TypeError` for another type and `OverflowError` beyond 64 bits.
  public func integer(_ index: Int) throws(PythonError) -> Int { try argument(index).integer() }

  /// A `str` argument in UTF-8, lone surrogates as `\udc80`. Raises `TypeError` for another type.
  public func text(_ index: Int) throws(PythonError) -> Bytes { try argument(index).text() }

  /// A copy of the content of a `bytes` argument. Raises `TypeError` for another type.
  public func bytes(_ index: Int) throws(PythonError) -> Bytes { try argument(index).bytes() }

  /// A `str` or `bytes` argument that names a file, in the file system's own bytes. Raises
  /// `TypeError` for another type.
  public func fileName(_ index: Int) throws(PythonError) -> Bytes {
    try argument(index).fileName()
  }

  /// The names of files in an argument that is a list or a tuple. Items of other types are left
  /// out, and an argument of another type has no items.
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
  /// A new reference to `None`, the result of functions that return nothing.
  public static var none: PyRef { PyRef(retaining: cpython_none()) }
}
