import CPython
import PythonInterop
import TraceCore

/// The frames of our package's functions: none of the program's, and neither is what they were
/// about when an exception came from outside.
enum OwnFrames {
  /// The directory of our package; nil while nothing is traced.
  nonisolated(unsafe) static var directory: Bytes?

  /// Takes them out of the traceback of the exception that is set.
  static func leaveOut() {
    guard let directory else { return }
    var raised = RaisedException.fetch()
    raised.normalize()
    raised.replaceTraceback(
      raised.traceback.flatMap { rest(of: $0, directory) }.map { PyRef(stealing: $0) })
    if let value = raised.value {
      leaveOutContext(of: value, directory)
      _ = PyException_SetTraceback(value, raised.traceback ?? cpython_none())
    }
    raised.restore()
  }

  private static func leaveOutContext(of exception: Borrowed, _ directory: Bytes) {
    guard let found = PyException_GetContext(exception) else { return }
    let context = PyRef(stealing: found)
    guard let traceback = ExceptionValue(context.borrowed).traceback else { return }
    if isOwn(Traceback(traceback.borrowed), directory) { PyException_SetContext(exception, nil) }
  }

  /// A new reference to the traceback from the first frame on that is not ours.
  private static func rest(of traceback: Borrowed, _ directory: Bytes) -> Borrowed? {
    var traceback = PyRef(retaining: traceback)
    while isOwn(Traceback(traceback.borrowed), directory) {
      let next = withExceptionsContained { () throws(PythonError) in
        try Traceback(traceback.borrowed).next().take()
      }
      guard let next else { return nil }
      traceback = PyRef(stealing: next)
      if traceback.isNone { return nil }
    }
    return traceback.take()
  }

  private static func isOwn(_ traceback: Traceback, _ directory: Bytes) -> Bool {
    let name = withExceptionsContained { () throws(PythonError) -> Bytes? in
      try traceback.frame?.code.fileName
    }.flatMap { $0 }
    guard let name else { return false }
    return name == Bytes("<watch>") || FilePath.relative(name, to: directory) != nil
  }
}
