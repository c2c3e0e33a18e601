import CPython
public import PythonInterop
import TraceCore

/// A host program may end the interpreter and start another one in the same process: the
/// tracer of the first points to objects that are gone, and the second gets its own.
extension Tracer {
  /// Makes sure that `shared` is of the interpreter that runs: another one's is retired.
  /// - Returns: whether the interpreter is new to us.
  public static func serveThisInterpreter() throws(PythonError) -> Bool {
    guard let names = PyInterpreterState_GetDict(PyInterpreterState_Get()) else {
      throw raise(cpython_runtime_error(), "swifttrace: the interpreter keeps nothing")
    }
    // Not interned, as by `PyDict_SetItemString`: it goes with the interpreter.
    let key = try PyRef.string("swifttrace.swifttrace")
    if shared != nil, PyDict_GetItemWithError(names, key.borrowed) != nil { return false }
    if PyErr_Occurred() != nil { throw PythonError() }
    let next = try Tracer()
    try check(status: PyDict_SetItem(names, key.borrowed, cpython_true()))
    shared?.retire()
    shared = next
    return true
  }

  /// The interpreter has ended; the process may go on. Its sessions do, to the next
  /// interpreter's start or the process's end, whichever comes first.
  public func interpreterEnded() {
    flush()
    variable.restore()
    hot.pointee.isOn = false
    resetHot()
    keepForGood(engine)
    engine = nil
  }

  /// Ends what the interpreter that is gone has left open.
  private func retire() {
    OpenSessions.forEach { session in
      end(session)
      session.close()
      OpenSessions.remove(session)
      keepForGood(session)
    }
    Details.forgetInterpreter()
    SettraceMethod.standIn = (nil, nil)
    keepForGood(self)
  }
}

/// Has no `deinit` run: it would count down objects of an interpreter that is gone.
func keepForGood<T: AnyObject>(_ object: T?) {
  if let object { keptForGood.append(Unmanaged.passRetained(object).toOpaque()) }
}

/// For whoever looks for memory that nothing points to.
nonisolated(unsafe) private var keptForGood: [UnsafeMutableRawPointer] = []
