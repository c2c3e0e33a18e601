public import CPython

/// A Python object that somebody else keeps alive, as long as a call lasts.
public typealias Borrowed = UnsafeMutablePointer<PyObject>

/// A reference that is ours: given back when the value ends.
///
/// The interpreter's own `Py_IncRef` and `Py_DecRef` count, not their macros:
/// those of 3.11 would count immortal objects of 3.12 and later (PEP 683).
@frozen
public struct PyRef: ~Copyable {
  /// The object, for calls that borrow it. It lives for as long as this reference.
  public let borrowed: Borrowed

  /// A new reference, as most C functions return.
  public init(stealing object: Borrowed) {
    borrowed = object
  }

  /// Takes a reference of its own to an object that somebody else keeps alive.
  public init(retaining object: Borrowed) {
    Py_IncRef(object)
    borrowed = object
  }

  deinit { Py_DecRef(borrowed) }

  /// Hands the reference on, to C or to a structure of ours.
  public consuming func take() -> Borrowed {
    let object = borrowed
    discard self
    return object
  }
}

/// Objects that are kept alive while they are gone through.
public struct PyRefs: ~Copyable {
  /// The objects in the order in which they were added.
  public private(set) var borrowed: [Borrowed] = []

  /// Holds nothing yet.
  public init() {}

  /// Adds an object and keeps it alive.
  public mutating func append(retaining object: Borrowed) {
    Py_IncRef(object)
    borrowed.append(object)
  }

  deinit {
    for object in borrowed { Py_DecRef(object) }
  }
}

/// The object that a reference is to.
public func borrowed(_ reference: borrowing PyRef?) -> Borrowed? {
  switch reference {
  case .some(let reference): reference.borrowed
  case nil: nil
  }
}

/// Gives a reference back, once it is not reached any more: whatever that runs finds none.
public func release(_ reference: inout PyRef?) {
  let held = reference.take()
  _ = consume held
}

/// The same, with another object in its place.
/// - Parameter object: retained; nil: none.
public func replace(_ reference: inout PyRef?, retaining object: Borrowed?) {
  let held = reference.take()
  if let object { reference = PyRef(retaining: object) }
  _ = consume held
}
