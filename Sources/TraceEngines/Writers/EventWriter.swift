import TraceCore

/// Writes what happens in the traced program, event by event.
///
/// A class to be overridden, as `Engine` is. The path of a line that is at hand goes past it: that
/// is the text's private short cut (`HotPath`).
class EventWriter {
  /// - Parameter entry: the code object that the event's line is of.
  func write(_ event: TraceEvent, of entry: CodeEntry) {}
}
