public import TraceCore

/// Where a session's lines go, and how they get there.
public enum Destination {
  /// Each is recorded in memory, and the last ones are printed when asked for.
  case ring(RingSink)
  /// They are recorded in a file, as numbers.
  case recording(RecordingSink)
  /// They are copied into a window of the sink, as long as they fit.
  case windowed(Sink)
  /// Each is written by itself.
  case written(Sink)

  /// The way of a line into a sink: a copy into its window, if it has one.
  public init(_ sink: Sink) { self = sink.hasWindow ? .windowed(sink) : .written(sink) }

  /// The sink that the lines go to.
  public var sink: Sink {
    switch self {
    case .ring(let ring): ring
    case .recording(let recording): recording
    case .windowed(let sink), .written(let sink): sink
    }
  }

  var ring: RingSink? { if case .ring(let ring) = self { ring } else { nil } }

  var recording: RecordingSink? { if case .recording(let sink) = self { sink } else { nil } }

  /// What becomes of a line that is at hand.
  var mode: HotState.Mode { if case .written = self { .written } else { .copied } }
}
