public import TraceCore

/// One setting of the trace: what is printed, how and where.
public final class Session {
  public let format: LineFormat
  public internal(set) var scope: Scope
  public let sink: Sink
  /// A number for each scope there ever was: files remember its decision by it.
  private(set) var generation: Int
  /// How many threads wait for the sink's reader.
  var waiting = 0
  /// The lines printed so far.
  public internal(set) var printed = 0
  /// Why the trace stopped by itself, where it did.
  public internal(set) var failure: TraceError?
  /// Whether the script is still to be met: it is what runs as `__main__`.
  private(set) var awaitsScript: Bool

  public init(
    _ format: LineFormat, _ scope: Scope, _ sink: Sink, generation: Int, awaitsScript: Bool
  ) {
    (self.format, self.scope, self.sink) = (format, scope, sink)
    (self.generation, self.awaitsScript) = (generation, awaitsScript)
  }

  func meet(script path: Bytes, generation: Int) {
    scope.scripts.append(path)
    self.generation = generation
    awaitsScript = false
  }
}
