import CPython
import PythonInterop
import TraceCore

/// The texts of objects whose `repr` is the interpreter's own.
enum BuiltinText {
  /// `repr(value)`; `?` where that cannot be had.
  @inline(never)
  static func representation(of value: Borrowed) -> Bytes {
    withExceptionsContained { () throws(PythonError) in
      guard let text = PyObject_Repr(value) else {
        clearOwnException()
        throw PythonError()
      }
      return try check(text).text ?? []
    } ?? Bytes("?")
  }

  static func isFunction(_ value: Borrowed) -> Bool {
    UnsafeMutableRawPointer(cpython_type(value)) == Symbols.functionType
  }
}
