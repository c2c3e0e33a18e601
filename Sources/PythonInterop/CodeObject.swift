import CPython
public import TraceCore

/// A code object that somebody else keeps alive. All attributes of code objects are read here.
@frozen
public struct CodeObject: Equatable {
  /// The code object itself, borrowed.
  public let object: Borrowed

  /// - Parameter object: has to be a code object.
  @inlinable @inline(__always)
  public init(_ object: Borrowed) { self.object = object }

  /// The address of the object: it identifies the code object for as long as that lives.
  public var address: UInt { UInt(bitPattern: object) }

  /// What `co_flags` holds.
  public struct Flags: OptionSet, Sendable {
    /// The bits as `co_flags` has them.
    public let rawValue: Int
    /// Takes bits that may include flags without a name here.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// `CO_OPTIMIZED`: a function, whose variables are in its frame.
    public static let isFunction = Flags(rawValue: 0x1)
    /// `CO_VARARGS` and `CO_VARKEYWORDS`
    public static let hasStar = Flags(rawValue: 0x4)
    /// `CO_VARKEYWORDS`: the function takes `**kwargs`.
    public static let hasStars = Flags(rawValue: 0x8)
    /// `CO_ASYNC_GENERATOR`
    public static let isAsyncGenerator = Flags(rawValue: 0x200)
    /// `CO_GENERATOR`, `CO_COROUTINE` or `CO_ASYNC_GENERATOR`: its frames wait and go on.
    public static let isResumable = Flags(rawValue: 0x20 | 0x80 | 0x200)
  }

  /// `co_flags`
  public var flags: Flags {
    get throws(PythonError) { Flags(rawValue: try attribute("co_flags").integer) }
  }

  /// Whether its frames can be suspended and resumed: it belongs to a generator or a coroutine.
  public var isResumable: Bool {
    get throws(PythonError) { try !flags.isDisjoint(with: .isResumable) }
  }

  /// `co_name`. Throws if there is no memory for it.
  public var name: Bytes {
    get throws(PythonError) {
      guard let name = try attribute("co_name").text else { throw PythonError() }
      return name
    }
  }

  /// Whether it is a module's code, which CPython names `<module>`. A function could have the same
  /// `co_name` only by `code.replace`.
  public var isModule: Bool {
    get throws(PythonError) { try name == Bytes("<module>") }
  }

  /// `co_qualname`
  public var qualifiedName: Bytes? {
    get throws(PythonError) { try attribute("co_qualname").text }
  }

  /// `co_filename`
  public var fileName: Bytes? {
    get throws(PythonError) { try attribute("co_filename").fileName }
  }

  /// `co_firstlineno`
  public var firstLine: Int {
    get throws(PythonError) { try attribute("co_firstlineno").integer }
  }

  /// `co_argcount`, without those that are given by name alone.
  public var positionalCount: Int {
    get throws(PythonError) { try attribute("co_argcount").integer }
  }

  /// `co_kwonlyargcount`
  public var keywordCount: Int {
    get throws(PythonError) { try attribute("co_kwonlyargcount").integer }
  }

  /// `co_code`: instructions of two bytes each.
  public var instructions: Bytes {
    get throws(PythonError) { Bytes(bytesObject: try attribute("co_code").borrowed) ?? [] }
  }

  /// `co_exceptiontable`
  public var exceptionTable: Bytes {
    get throws(PythonError) {
      Bytes(bytesObject: try attribute("co_exceptiontable").borrowed) ?? []
    }
  }

  /// `list(co_lines())`: tuples of a start, an end and a line (PEP 626).
  public func lineRanges() throws(PythonError) -> PyRef {
    let ranges = try attribute("co_lines").call()
    return try check(PySequence_List(ranges.borrowed))
  }

  /// `iter(co_lines())`
  public func lines() throws(PythonError) -> PyRef { try attribute("co_lines").call() }

  /// A tuple of names.
  public enum Names {
    /// Used as attributes, globals and imports; `co_names`.
    case used
    /// `co_varnames`: arguments and local variables.
    case local
    /// `co_cellvars` and `co_freevars`
    case cells, free

    fileprivate var attribute: StaticString {
      switch self {
      case .used: "co_names"
      case .local: "co_varnames"
      case .cells: "co_cellvars"
      case .free: "co_freevars"
      }
    }
  }

  /// The tuple of names that one of the attributes holds.
  public func names(_ names: Names) throws(PythonError) -> PyRef { try attribute(names.attribute) }

  /// `co_consts`
  public func constants() throws(PythonError) -> PyRef { try attribute("co_consts") }

  /// Calls `body` for the code objects within this one: functions, classes, comprehensions.
  public func forEachInner(_ body: (CodeObject) throws(PythonError) -> Void) throws(PythonError) {
    let constants = try constants()
    for constant in items(of: constants.borrowed)
    where cpython_type(constant) == cpython_type(object) {
      try body(CodeObject(constant))
    }
  }

  private func attribute(_ name: StaticString) throws(PythonError) -> PyRef {
    try PyRef.attribute(name, of: object)
  }
}
