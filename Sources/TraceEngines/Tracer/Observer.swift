import CPython
public import PythonInterop
import TraceCore

/// What the debug log hears of: files that are read, and whether they are in scope.
extension Tracer {
  /// - Parameter observer: called as `observer(path, what)`; `None`: nobody.
  public func observe(by observer: Borrowed) {
    let before = self.observer
    self.observer = observer == cpython_none() ? nil : PyRef(retaining: observer).take()
    Py_DecRef(before)
  }

  func tell(_ file: SourceFile, _ what: Bytes) {
    guard let observer else { return }
    _ = withExceptionsContained { () throws(PythonError) in
      let path = try PyRef.fileName(file.path)
      let what = try PyRef.fileName(what)
      do throws(PythonError) {
        _ = try PyRef(retaining: observer).callOurs(path.borrowed, what.borrowed)
      } catch {
        held.hold()
      }
    }
  }

  /// Whether a file is in scope. Said once for each scope.
  func isInScope(_ file: SourceFile, _ session: Session) -> Bool {
    let isNew = !file.isDecided(session.generation)
    let isWanted = file.isInScope(session.scope, generation: session.generation)
    if isNew, observer != nil { tell(file, Bytes(isWanted ? "in scope" : "out of scope")) }
    return isWanted
  }
}
