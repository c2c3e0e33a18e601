/// What has happened in the traced program, before it is said how that is written.
public struct TraceEvent {
  /// What becomes of an exception in a frame.
  public enum Stage: Sendable {
    case raised
    /// The exception goes on from a frame that has seen it before.
    case raisedAgain
    case caught
    /// The exception ends the frame.
    case left
  }

  /// What happened, with the texts that belong to it.
  public enum Kind {
    /// - Parameter hasRun: it was not shown as it began.
    case line(hasRun: Bool)
    /// A line has bound or changed variables: `x = 3 → 4, del y`.
    case change(Bytes)
    /// A frame begins. `number=4, *rest=()`
    case call(arguments: Bytes)
    /// A generator or coroutine goes on.
    case resume
    case `return`(value: Bytes)
    case yield(value: Bytes)
    /// - Parameter exception: its type, or its `repr`; empty if it is not known.
    case exception(Stage, exception: Bytes)
    /// What else is to be said at a line.
    case note(Bytes)
  }

  /// What happened.
  public let kind: Kind
  /// The number of the line that it happens at.
  public let line: Int
  /// The qualified name of the function, for what is about its frame.
  public let function: Bytes
  /// How many calls in scope deep that frame is, from 1 on.
  public let depth: Int

  /// - Parameters:
  ///   - function: may be empty for a line, a change or a note.
  public init(_ kind: Kind, at line: Int, function: Bytes = [], depth: Int = 1) {
    (self.kind, self.line, self.function, self.depth) = (kind, line, function, depth)
  }
}

// MARK: as text

extension TraceEvent {
  /// What stands in the place of a line's text; empty for a line itself.
  public var text: Bytes {
    var text = Bytes()
    append(to: &text)
    return text
  }

  /// Appends what `text` has.
  public func append(to output: inout Bytes) {
    switch kind {
    case .line: break
    case .change(let text), .note(let text):
      output.append("# ")
      output.append(contentsOf: text)
    case .call(let arguments):
      append("=> ", "(", arguments, to: &output)
      output.append(")")
    case .resume: append("~> ", "()", [], to: &output)
    case .return(let value): append("<= ", ": ", value, to: &output)
    case .yield(let value): append("<~ ", ": ", value, to: &output)
    case .exception(let stage, let exception):
      append("!! ", stage.text, exception.isEmpty ? [] : Bytes(" ") + exception, to: &output)
    }
  }

  private func append(
    _ mark: StaticString, _ open: StaticString, _ text: Bytes, to output: inout Bytes
  ) {
    output.append(mark)
    output.append(contentsOf: function)
    output.append(open)
    output.append(contentsOf: text)
  }

  /// How many spaces stand before the text; nil: as many as before the line's own.
  public var indentation: Int? {
    switch kind {
    case .line, .change, .note: nil
    default: 2 * Swift.min(depth - 1, Self.mostIndented)
    }
  }

  /// The most calls that the indentation shows: without a limit the trace of a recursion would be
  /// as long as the square of its depth.
  private static var mostIndented: Int { 50 }
}

extension TraceEvent.Stage {
  fileprivate var text: StaticString {
    switch self {
    case .raised: ": raised"
    case .raisedAgain: ": raised again"
    case .caught: ": caught"
    case .left: ": left"
    }
  }
}
