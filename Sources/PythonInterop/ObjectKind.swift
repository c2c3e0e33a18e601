import CPython

/// What an object is, where its type is exactly a built-in one: none of the program's code
/// takes part in what it does. The numbers are `cpython_kind`'s.
public enum ObjectKind: CInt {
  case other = 0
  case integer, string, bytes, list, tuple, dictionary, set, frozenSet
  /// `None`, a `bool`, a `float`: what has a short `repr`.
  case scalar
  case module
  case range, slice, byteArray

  /// The kind of an object. An instance of a subclass is `other`.
  public init(of object: Borrowed) {
    self = ObjectKind(rawValue: cpython_kind(object)) ?? .other
  }
}
