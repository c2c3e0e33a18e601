import CPython
import PythonInterop

/// What the handler of a signal or another thread has raised in Python code of ours, where it
/// cannot be raised at once: the program's own, and for it.
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

/// How code ends that is contained.
enum ContainedEnding {
  case done
  /// By an exception of its own, which is forgotten.
  case raised
  /// There was no room for it, on the stack or in memory.
  case outOfRoom
  /// The handler of a signal or another thread has raised meanwhile: `Tracer.held`.
  case interrupted
}

/// Runs Python code that is none of the trace's, with no exception set, and sets again
/// afterwards what was. What the handler of a signal or another thread raises there is held
/// for the program; what the code itself raises is forgotten.
@discardableResult
func containingOwnExceptions(_ body: () throws(PythonError) -> Void) -> ContainedEnding {
  withExceptionsContained { () throws(PythonError) in
    do throws(PythonError) {
      try body()
      if PyErr_Occurred() == nil { return .done }
    } catch {}
    if isOutOfRoom { return .outOfRoom }
    return holdIfFromOutside() ? .interrupted : .raised
  } ?? .raised
}

/// Of the exception that is set, which is none any more.
/// - Returns: whether it was the program's.
private func holdIfFromOutside() -> Bool {
  var (type, value, traceback) = (nil as Borrowed?, nil as Borrowed?, nil as Borrowed?)
  PyErr_Fetch(&type, &value, &traceback)
  PyErr_NormalizeException(&type, &value, &traceback)
  if let value, let traceback { _ = PyException_SetTraceback(value, traceback) }
  let isPrograms = value.map { isFromOutside($0) } ?? false
  PyErr_Restore(type, value, traceback)
  if isPrograms {
    Tracer.shared?.leaveOutOwnFrames()
    Tracer.shared?.held.hold()
  } else {
    PyErr_Clear()
  }
  return isPrograms
}

/// `outside.is_from_outside(exception)`
private func isFromOutside(_ exception: Borrowed) -> Bool {
  withExceptionsContained { () throws(PythonError) in
    guard InterpreterLifetime.now == .whole else { return false }  // No handler runs any more.
    return try PyRef.module("swifttrace.runtime.interruptions").attribute("is_from_outside").call(exception)
      .isSame(as: cpython_true())
  } ?? false
}
