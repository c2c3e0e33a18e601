import CPython
import PythonInterop
import TraceCore

/// What stands for a secret: `***3`, with the number that its value has in this run. Values
/// of the same text have the same number.
///
/// None of the program's code is run for it.
enum SecretValues {
  nonisolated(unsafe) private static var numbers = SecretNumbers()
  private static let key = (
    UInt64(bitPattern: cpython_clock()) &* 0x9E37_79B9_7F4A_7C15,
    UInt64(cpython_stack_place()) &* 0xBF58_476D_1CE4_E5B9 ^ UInt64(cpython_process())
  )
  /// Longer texts are known by the hash that Python itself has of them.
  private static let longText = 4096
  private static let mostItems = 1000

  static func mask(_ text: Bytes) -> Bytes {
    var print = SecretPrint(key: key)
    print.feed(text)
    return mask(numbered: print.finish())
  }

  static func mask(_ value: Borrowed) -> Bytes {
    var print = SecretPrint(key: key)
    var most = mostItems
    feed(value, to: &print, &most)
    return mask(numbered: print.finish())
  }

  /// Whether there is nothing to hide: `None`, a `bool`, what is empty, a module, a class, a
  /// function.
  static func isOpen(_ value: Borrowed) -> Bool {
    if cpython_is_string(value) != 0 { return PyUnicode_GetLength(value) == 0 }
    if cpython_is_bytes(value) != 0 { return PyBytes_Size(value) == 0 }
    switch ObjectKind(of: value) {
    case .list: return PyList_Size(value) == 0
    case .tuple: return PyTuple_Size(value) == 0
    case .dictionary: return PyDict_Size(value) == 0
    case .set, .frozenSet: return PySet_Size(value) == 0
    case .byteArray: return PyByteArray_Size(value) == 0
    case .module: return true
    case .other:
      return cpython_is_type(value) != 0 || cpython_is_builtin(value) != 0
        || BuiltinText.isFunction(value)
    default:
      return [cpython_none(), cpython_true(), cpython_false()].contains(value)
    }
  }

  private static func mask(numbered print: UInt64) -> Bytes {
    Bytes("***") + Bytes(decimal: numbers.number(of: print))
  }

  // MARK: what tells one value from another

  /// - Parameter most: how many more items of containers are looked at.
  @inline(never)
  private static func feed(_ value: Borrowed, to print: inout SecretPrint, _ most: inout Int) {
    most -= 1
    if cpython_is_string(value) != 0 { return feedString(value, to: &print) }
    if cpython_is_bytes(value) != 0 { return feedBytes(value, to: &print) }
    switch ObjectKind(of: value) {
    case .integer: feedInteger(value, to: &print)
    case .scalar: print.feed(BuiltinText.representation(of: value))
    case .list, .tuple: feedSequence(value, to: &print, &most)
    case .dictionary: feedDictionary(value, to: &print, &most)
    case .set, .frozenSet: feedSet(value, to: &print, &most)
    case .byteArray: feedByteArray(value, to: &print)
    default: feedIdentity(of: value, to: &print)
    }
  }

  private static func feedString(_ value: Borrowed, to print: inout SecretPrint) {
    if PyUnicode_GetLength(value) > longText, ObjectKind(of: value) == .string {
      return feedHash(of: value, PyUnicode_GetLength(value), to: &print)
    }
    print.feed(Bytes(textOf: value) ?? [])
    if PyErr_Occurred() != nil { clearOwnException() }
  }

  private static func feedBytes(_ value: Borrowed, to print: inout SecretPrint) {
    if PyBytes_Size(value) > longText, ObjectKind(of: value) == .bytes {
      return feedHash(of: value, PyBytes_Size(value), to: &print)
    }
    print.feed(Bytes(bytesObject: value) ?? [])
  }

  private static func feedByteArray(_ value: Borrowed, to print: inout SecretPrint) {
    let count = min(PyByteArray_Size(value), longText)
    print.feed(Bytes(UnsafeRawBufferPointer(start: PyByteArray_AsString(value), count: count)))
    print.feed(UInt64(PyByteArray_Size(value)))
  }

  private static func feedInteger(_ value: Borrowed, to print: inout SecretPrint) {
    print.feed(PyLong_AsUnsignedLongLongMask(value))
    feedHash(of: value, 0, to: &print)
  }

  /// - Parameter value: of a built-in type, whose hash runs no code of the program's.
  private static func feedHash(of value: Borrowed, _ size: Int, to print: inout SecretPrint) {
    print.feed(UInt64(truncatingIfNeeded: PyObject_Hash(value)))
    print.feed(UInt64(size))
    if PyErr_Occurred() != nil { clearOwnException() }
  }

  private static func feedIdentity(of value: Borrowed, to print: inout SecretPrint) {
    print.feed(UInt64(UInt(bitPattern: cpython_type(value))))
    print.feed(UInt64(UInt(bitPattern: value)))
  }

  private static func feedSequence(
    _ value: Borrowed, to print: inout SecretPrint, _ most: inout Int
  ) {
    print.feed(UInt64(PySequence_Size(value)))
    for item in items(of: value, most: max(most, 0)) where most > 0 {
      feed(item, to: &print, &most)
    }
  }

  private static func feedDictionary(
    _ value: Borrowed, to print: inout SecretPrint, _ most: inout Int
  ) {
    print.feed(UInt64(PyDict_Size(value)))
    var position = 0
    var (key, item) = (nil as Borrowed?, nil as Borrowed?)
    while most > 0, PyDict_Next(value, &position, &key, &item) != 0, let key, let item {
      feed(key, to: &print, &most)
      feed(item, to: &print, &most)
    }
  }

  /// Whatever the order of its items is.
  private static func feedSet(_ value: Borrowed, to print: inout SecretPrint, _ most: inout Int) {
    var sum = UInt64(PySet_Size(value))
    if let iterator = PyObject_GetIter(value) {
      while most > 0, let item = PyIter_Next(iterator) {
        var own = SecretPrint(key: key)
        feed(item, to: &own, &most)
        sum &+= own.finish()
        Py_DecRef(item)
      }
      Py_DecRef(iterator)
    }
    print.feed(sum)
  }
}
