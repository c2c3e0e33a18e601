import CPython
import PythonInterop
import TraceEngines

/// A session as Python holds it. The corresponding C type is `PyCapsule`.
enum SessionCapsule {
  private static var name: UnsafePointer<CChar> { StaticString("swifttrace.Session").chars }

  static func make(_ session: Session) throws(PythonError) -> PyRef {
    let context = Unmanaged.passRetained(session)
    let capsule = PyCapsule_New(context.toOpaque(), name) { capsule in
      guard let context = PyCapsule_GetPointer(capsule, SessionCapsule.name) else { return }
      let session = Unmanaged<Session>.fromOpaque(context)
      if Tracer.shared?.letGo(session.takeUnretainedValue()) ?? true { session.release() }
    }
    guard let capsule else {
      context.release()
      throw PythonError()
    }
    return PyRef(stealing: capsule)
  }

  /// Whether an argument is a session and not something else.
  static func isSession(_ object: Borrowed) -> Bool { PyCapsule_IsValid(object, name) != 0 }

  static func session(_ capsule: Borrowed) throws(PythonError) -> Session {
    guard let context = PyCapsule_GetPointer(capsule, name) else { throw PythonError() }
    return Unmanaged<Session>.fromOpaque(context).takeUnretainedValue()
  }
}
