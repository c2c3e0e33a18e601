import CPython
import PythonInterop

extension CodeEntry {
  /// Whether `settrace` is among the names that the code object uses.
  func namesSettrace() throws(PythonError) -> Bool {
    let names = try code.names(.used)
    return items(of: names.borrowed).contains {
      PyUnicode_CompareWithASCIIString($0, StaticString("settrace").chars) == 0
    }
  }
}
