import CPython
import PythonInterop
import TraceCore

/// Where the program itself begins, in a trace of everything that was begun before: `runpy`
/// and `site` run it, and are none of it.
extension Tracer {
  /// A frame is entered while the program is awaited.
  func meetProgram(_ code: Borrowed) {
    guard let session, let frame = PyEval_GetFrame() else { return }
    let isProgram = withExceptionsContained { () throws(PythonError) in
      try begins(program: code, Borrowed(frame), session)
    }
    guard isProgram == true else { return }
    (session.awaitsProgram, hot.pointee.awaitsProgram) = (false, false)
    hot.takeDepth()
    hot.setDepth(0)
    _ = withExceptionsContained { () throws(PythonError) in
      try countFromHere(program: true)
      if let details = session.details { try putBelow(Borrowed(frame), details) }
    }
  }

  /// The first module that runs as `__main__`, or what a program calls that embeds Python.
  private func begins(program code: Borrowed, _ frame: Borrowed, _ session: Session)
    throws(PythonError) -> Bool
  {
    if try Self.isModule(code) {
      let globals = try PyRef.attribute("f_globals", of: frame)
      guard cpython_is_dict(globals.borrowed) != 0,
        let name = PyDict_GetItemString(globals.borrowed, StaticString("__name__").chars)
      else { return false }
      let text = Bytes(textOf: name)
      if text == Bytes("__main__") || text == Bytes("__mp_main__") { return true }
    }
    guard try PyRef.attribute("f_back", of: frame).isNone else { return false }
    let file = try entry(for: code).file
    return !file.name.starts(with: "<frozen ")
      && !session.scope.libraries.contains { FilePath.relative(file.path, to: $0) != nil }
  }

  /// The frames that have led to the program's: how they end is not shown.
  private func putBelow(_ frame: Borrowed, _ details: Details) throws(PythonError) {
    try putCallers(of: frame, details)
    guard let hidden = LowestFrame.hidden else { return }
    putBelow(frame: hidden, details)
    try putCallers(of: hidden, details)
  }

  private func putCallers(of frame: Borrowed, _ details: Details) throws(PythonError) {
    var below = try PyRef.attribute("f_back", of: frame)
    while !below.isNone {
      putBelow(frame: below.borrowed, details)
      below = try below.attribute("f_back")
    }
  }

  private func putBelow(frame below: Borrowed, _ details: Details) {
    let code = PyRef.code(of: below)
    guard isTraced(code.borrowed) else { return }
    let frame = OpaquePointer(below)
    let state =
      details.known(frame, code.borrowed)
      ?? details.meet(frame, code.borrowed, line: Int(PyFrame_GetLineNumber(frame)))
    state.isBelow = true
  }
}
