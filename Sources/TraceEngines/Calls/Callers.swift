import CPython
import PythonInterop
import TraceCore

/// Who has called what a line belongs to.
extension Tracer {
  private static var mostCallers: Int { 12 }

  /// `fontkit.py:9 register, main.py:19 main`: the code in scope that has called the line's,
  /// the one that is nearest first. Empty if nobody has, or if its frame has ended.
  func callers(of place: Details.Place) -> Bytes {
    withExceptionsContained { () throws(PythonError) in
      guard let running = PyEval_GetFrame() else { return [] }
      var text = Bytes()
      var isBelow = false
      var count = 0
      var frame = PyRef(retaining: Borrowed(running))
      while !frame.isNone {
        let code = PyRef.code(of: frame.borrowed)
        if let entry = entry(known: code.borrowed), entry.isTraced {
          if isBelow {
            count += 1
            if count <= Self.mostCallers {
              if count > 1 { text.append(", ") }
              append(caller: frame.borrowed, entry, to: &text)
            }
          }
          isBelow = isBelow || entry === place.entry
        }
        frame = try frame.attribute("f_back")
      }
      if count > Self.mostCallers {
        text.append(", … ")
        text.append(decimal: count - Self.mostCallers)
        text.append(" more")
      }
      return text
    } ?? []
  }

  private func append(caller frame: Borrowed, _ entry: CodeEntry, to text: inout Bytes) {
    let path = FilePath.relative(entry.file.path, to: start).map { Bytes($0) } ?? entry.file.path
    text += path + Bytes(":")
    text.append(decimal: Int(PyFrame_GetLineNumber(OpaquePointer(frame))))
    if let name = function(entry) { text += Bytes(" ") + name }
  }

  // MARK: tracebacks

  /// Of the exception that is set, which comes from outside: our own frames are none of the
  /// program's, and neither is what we were about.
  func leaveOutOwnFrames() {
    guard let session else { return }
    var (type, value, traceback) = (nil as Borrowed?, nil as Borrowed?, nil as Borrowed?)
    PyErr_Fetch(&type, &value, &traceback)
    PyErr_NormalizeException(&type, &value, &traceback)
    let shown = traceback.flatMap { rest(of: $0, session) }
    if let value {
      leaveOutOwnContext(of: value, session)
      _ = PyException_SetTraceback(value, shown ?? cpython_none())
    }
    Py_DecRef(traceback)
    PyErr_Restore(type, value, shown)
  }

  private func leaveOutOwnContext(of exception: Borrowed, _ session: Session) {
    guard let context = PyException_GetContext(exception) else { return }
    defer { Py_DecRef(context) }
    guard let traceback = PyException_GetTraceback(context) else { return }
    defer { Py_DecRef(traceback) }
    if isOwn(traceback, session) { PyException_SetContext(exception, nil) }
  }

  /// A new reference to the traceback from the first frame on that is not ours.
  private func rest(of traceback: Borrowed, _ session: Session) -> Borrowed? {
    var traceback = PyRef(retaining: traceback)
    while isOwn(traceback.borrowed, session) {
      let next = withExceptionsContained { () throws(PythonError) in
        try traceback.attribute("tb_next").take()
      }
      guard let next else { return nil }
      traceback = PyRef(stealing: next)
      if traceback.isNone { return nil }
    }
    return traceback.take()
  }

  private func isOwn(_ traceback: Borrowed, _ session: Session) -> Bool {
    let name = withExceptionsContained { () throws(PythonError) -> Bytes? in
      guard let frame = PyRef.frame(of: traceback) else { return nil }
      return try PyRef.code(of: frame).attribute("co_filename").fileName
    }.flatMap { $0 }
    guard let name else { return false }
    return name == Bytes("<watch>") || FilePath.relative(name, to: session.scope.own) != nil
  }
}
