import PythonInterop

/// Receives the events of a session that shows more than lines; `CallTracer` does.
///
/// Both engines send the same: a call, a line, an exception that has come to a frame, a
/// return, a yield, and the end of a frame by an exception. A class to be overridden: it is on a
/// floor above the sessions.
class EventReceiver {
  /// - Parameter offset: that the line begins at; nil: where the frame is.
  func line(_ entry: CodeEntry, _ number: Int, at offset: Int?) {}
  /// - Parameters:
  ///   - isNew: the frame begins; else it is resumed.
  ///   - offset: that the frame is at; nil: not known.
  func called(_ entry: CodeEntry, _ frame: Frame, isNew: Bool, at offset: Int?) {}
  /// - Parameter offset: that the frame is at; nil: not known.
  func returned(
    _ entry: CodeEntry, _ frame: Frame, _ value: Borrowed, isYield: Bool, at offset: Int?
  ) {}
  func raised(_ entry: CodeEntry, _ frame: Frame, _ raised: RaisedEvent) {}
  /// - Parameter exception: nil where the interpreter does not say which.
  func unwound(_ entry: CodeEntry, _ frame: Frame, _ exception: ExceptionValue?) {}

  /// Whether the lines of every frame are of use.
  var needsLines: Bool { true }
  /// Something is known of the frame, so that it has begun before.
  func knows(_ frame: Frame) -> Bool { false }
  /// All of a frame is in a statement of another one.
  func isInner(_ frame: Frame) -> Bool { false }
  /// The program itself begins: how the frames that have led to it end is not shown.
  func programBegins(in frame: Frame, above hidden: Frame?) throws(PythonError) {}

  /// The functions of Python's that are held.
  var functions: [Borrowed?] { [] }
  func forgetFunctions() {}
}

/// An exception that has come to a frame.
struct RaisedEvent {
  let exception: ExceptionValue
  /// If the exception has none yet.
  var traceback: Borrowed?
  /// The offset that it was raised at; nil: where the frame is.
  var offset: Int?
}
