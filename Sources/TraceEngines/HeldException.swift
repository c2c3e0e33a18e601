import CPython
import PythonInterop

/// What the handler of a signal has raised in Python code of ours, where it cannot be raised
/// at once: the program's own, and for it.
struct HeldException {
  private var parts = (nil as Borrowed?, nil as Borrowed?, nil as Borrowed?)
  private var thread: UInt = 0

  var isEmpty: Bool { parts.0 == nil }

  /// Takes the exception that is set. Where the program has left no room for our code, that
  /// is nobody's.
  mutating func hold() {
    if isOutOfRoom || !isEmpty { return PyErr_Clear() }
    PyErr_Fetch(&parts.0, &parts.1, &parts.2)
    thread = UInt(cpython_thread())
  }

  /// Raises it, for the program.
  mutating func raiseAgain() {
    guard !isEmpty, thread == UInt(cpython_thread()), PyErr_Occurred() == nil else { return }
    PyErr_Restore(parts.0, parts.1, parts.2)
    parts = (nil, nil, nil)
  }
}
