public import TraceCore

/// What a session is made of.
public struct SessionRequest {
  /// How the session's lines look.
  public let style: SessionStyle
  /// Which files are traced.
  public let scope: Scope
  /// The sink that the lines go to.
  public let destination: Destination
  /// What is shown besides the lines; nil for lines alone.
  public var details: DetailOptions?
  /// The script is yet to be met.
  public var awaitsScript = false
  /// What is said of the process at the trace's start and end; nothing unless it is set.
  public var notes = ProcessNotes(.never)

  /// A request for lines alone, without notes.
  public init(_ style: SessionStyle, _ scope: Scope, to destination: Destination) {
    (self.style, self.scope, self.destination) = (style, scope, destination)
  }
}

extension SessionRequest {
  /// A session that is not in force yet.
  public func open(by tracer: Tracer) -> Session {
    let output = SessionOutput(to: destination, depth: style.depth, notes)
    let writer = writer(output, tracer.calls)
    return Session(
      writer, receiver(writer), scope, generation: tracer.newGeneration(),
      awaitsScript: awaitsScript)
  }

  private func writer(_ output: SessionOutput, _ calls: CallDepth) -> TextWriter {
    style.format == .fields
      ? FieldWriter(style, output, calls, deepest: details?.deepest)
      : TextWriter(style, output, calls, deepest: details?.deepest)
  }

  private func receiver(_ writer: TextWriter) -> EventReceiver? {
    guard let details else { return nil }
    return writer.look.ofLines.joinsStatements
      ? StatementTracer(details, writer) : CallTracer(details, writer)
  }
}
