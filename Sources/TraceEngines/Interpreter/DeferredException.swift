import CPython
import PythonInterop

/// What the handler of a signal or another thread has raised in Python code of ours, where it
/// cannot be raised at once: the program's own, and for it.
struct DeferredException: ~Copyable {
  /// What was raised in code that is contained.
  nonisolated(unsafe) static var pending = DeferredException()

  private var raised = RaisedException()
  private var thread: UInt = 0

  var isEmpty: Bool { raised.isEmpty }

  /// Takes the exception that is set. Where the program has left no room for our code, that
  /// is nobody's.
  mutating func takeRaised() {
    if isOutOfRoom || !isEmpty { return PyErr_Clear() }
    raised = .fetch()
    thread = UInt(cpython_thread())
  }

  /// Raises it, for the program.
  mutating func raiseAgain() {
    guard !isEmpty, thread == UInt(cpython_thread()), PyErr_Occurred() == nil else { return }
    var kept = RaisedException()
    swap(&kept, &raised)
    kept.restore()
  }

  /// The interpreter that it belongs to is gone.
  mutating func forgetInterpreter() {
    var kept = RaisedException()
    swap(&kept, &raised)
    kept.leak()
  }
}

/// How code ends that is contained.
enum ContainedEnding {
  case done
  /// By an exception of its own, which is forgotten.
  case raised
  /// There was no room for it, on the stack or in memory.
  case outOfRoom
  /// The handler of a signal or another thread has raised meanwhile: `DeferredException.pending`.
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
    return deferIfFromOutside() ? .interrupted : .raised
  } ?? .raised
}

/// Of the exception that is set, which is none any more.
/// - Returns: whether it was the program's.
private func deferIfFromOutside() -> Bool {
  var raised = RaisedException.fetch()
  raised.normalize()
  raised.setTraceback()
  let isPrograms = raised.value.map { isFromOutside($0) } ?? false
  raised.restore()
  if isPrograms {
    OwnFrames.leaveOut()
    DeferredException.pending.takeRaised()
  } else {
    PyErr_Clear()
  }
  return isPrograms
}

/// `interruptions.is_from_outside(exception)`
private func isFromOutside(_ exception: Borrowed) -> Bool {
  withExceptionsContained { () throws(PythonError) in
    guard InterpreterLifetime.now == .whole else { return false }  // No handler runs any more.
    return try PyRef.module("swifttrace.runtime.interruptions").attribute("is_from_outside").call(
      exception
    )
    .isSame(as: cpython_true())
  } ?? false
}
