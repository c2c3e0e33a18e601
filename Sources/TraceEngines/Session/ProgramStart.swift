import CPython
import PythonInterop
import TraceCore

/// Where the program itself begins, in a trace of everything that was begun before: `runpy`
/// and `site` run it, and are none of it.
enum ProgramStart {
  /// A frame is entered while the program is awaited.
  static func meet(_ code: CodeObject, _ session: Session) {
    guard let frame = Frame.running else { return }
    let isProgram = withExceptionsContained { () throws(PythonError) in
      try begins(with: code, frame, session)
    }
    guard isProgram == true else { return }
    let (hot, calls) = (session.writer.hot, session.writer.calls)
    (session.awaitsProgram, hot.pointee.awaitsProgram) = (false, false)
    calls.take()
    hot.pointee.setDepth(0)
    _ = withExceptionsContained { () throws(PythonError) in
      try calls.countFromHere(program: true)
      try session.receiver?.programBegins(in: frame, above: LowestFrame.hidden)
    }
  }

  /// The first module that runs as `__main__`, or what a program calls that embeds Python.
  private static func begins(with code: CodeObject, _ frame: Frame, _ session: Session)
    throws(PythonError) -> Bool
  {
    if try code.isModule {
      guard let name = try frame.moduleName else { return false }
      let text = Bytes(textOf: name)
      if text == Bytes("__main__") || text == Bytes("__mp_main__") { return true }
    }
    guard try frame.isLowest else { return false }
    let file = try session.writer.code.entry(for: code).file
    return !file.name.starts(with: "<frozen ")
      && !session.scope.libraries.contains { FilePath.relative(file.path, to: $0) != nil }
  }
}
