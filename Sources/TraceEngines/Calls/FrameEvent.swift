import PythonInterop

/// What the interpreter has said of a frame in scope.
public struct FrameEvent {
  /// The numbers are those that a function of Python's is called with.
  public enum Kind: Int {
    case line, call, resume, `return`, yield, raise, leave
  }

  let kind: Kind
  let entry: CodeEntry
  let frame: Frame
  let line: Int
  /// What is returned or yielded, or the exception.
  var argument: Borrowed?

  init(
    _ kind: Kind, _ entry: CodeEntry, _ frame: Frame, at line: Int, _ argument: Borrowed? = nil
  ) {
    (self.kind, self.entry, self.frame, self.line) = (kind, entry, frame, line)
    self.argument = argument
  }
}
