import CPython

/// An exception that somebody else keeps alive.
@frozen
public struct ExceptionValue: Equatable {
  /// The exception itself, borrowed.
  public let object: Borrowed

  /// Wraps an object that is known to be an exception.
  public init(_ object: Borrowed) { self.object = object }

  /// Wraps an exception that may be missing; the result is nil if it is.
  public init?(_ object: Borrowed?) {
    guard let object else { return nil }
    self.object = object
  }

  /// The address of the exception. It keeps nothing alive, so a later exception may have the same
  /// one.
  public var identity: UInt { UInt(bitPattern: object) }

  /// Whether it is a `BaseExceptionGroup` (PEP 654).
  public var isGroup: Bool { PyErr_GivenExceptionMatches(object, cpython_exception_group()) != 0 }

  /// Whether it is a `StopIteration`, by which an iterator or a generator says that it has ended.
  public var isStopIteration: Bool { cpython_is_stop_iteration(object) != 0 }
  /// Whether it is a `StopAsyncIteration`, by which an asynchronous iterator says that it has ended
  /// (PEP 492).
  public var isStopAsyncIteration: Bool { cpython_is_stop_async_iteration(object) != 0 }

  /// `__traceback__`. The corresponding C function is `PyException_GetTraceback`.
  public var traceback: PyRef? {
    guard let traceback = PyException_GetTraceback(object) else { return nil }
    return PyRef(stealing: traceback)
  }

  /// The one that an `except` or a `finally` has to do with in the frame that runs, or in one that
  /// has called it. The corresponding C function is `PyErr_GetHandledException`.
  public static var handled: PyRef? {
    guard let handled = PyErr_GetHandledException() else { return nil }
    return PyRef(stealing: handled)
  }
}

/// The exception that is set in the interpreter, taken from it; empty if none is.
@frozen
public struct RaisedException: ~Copyable {
  /// The exception's class, owned; nil if no exception was set.
  public private(set) var type: Borrowed?
  /// The exception, owned. Before `normalize` it may be the arguments for one instead, or nil.
  public private(set) var value: Borrowed?
  /// The traceback, owned; nil if there is none.
  public private(set) var traceback: Borrowed?

  /// There is none.
  public init() {}

  /// Takes the one that is set. The corresponding C function is `PyErr_Fetch`.
  @inline(never)
  public static func fetch() -> RaisedException {
    var raised = RaisedException()
    PyErr_Fetch(&raised.type, &raised.value, &raised.traceback)
    return raised
  }

  /// Whether no exception was set.
  public var isEmpty: Bool { type == nil }

  /// Makes sure that its value is an exception. The corresponding C function is
  /// `PyErr_NormalizeException`.
  public mutating func normalize() { PyErr_NormalizeException(&type, &value, &traceback) }

  /// Has its value say where it comes from.
  public func setTraceback() {
    if let value, let traceback { _ = PyException_SetTraceback(value, traceback) }
  }

  /// Puts another traceback in the place of the exception's own.
  public mutating func replaceTraceback(_ other: consuming PyRef?) {
    let before = traceback
    traceback = other?.take()
    Py_DecRef(before)
  }

  /// Sets it again, in the place of what is set. The corresponding C function is `PyErr_Restore`.
  @inline(never)
  public consuming func restore() {
    PyErr_Restore(type, value, traceback)
    discard self
  }

  /// The interpreter that it belongs to is gone.
  public consuming func leak() { discard self }

  deinit {
    Py_DecRef(type)
    Py_DecRef(value)
    Py_DecRef(traceback)
  }
}
