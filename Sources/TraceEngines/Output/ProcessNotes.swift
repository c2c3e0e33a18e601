public import TraceCore

/// What a session's start and end lines say.
public struct ProcessNotes {
  /// The processes whose traces have the two lines.
  public enum Wanted: Int {
    case never
    /// In a process that another one started, and at the end of one that has started others.
    case fromSecondProcess
    case always
  }

  let wanted: Wanted
  /// The command line.
  let arguments: [Bytes]
  /// The start is said, or would be; the end is not yet.
  var hasBegun = false
  var hasChildren = false
  /// Python has a name for the session still.
  var isHeld = true
  private(set) var since = Timestamp.now
  /// Lines of before: another trace's, or the parent's.
  var before = 0
  /// Lines that were to be printed, and are not.
  var unprinted = 0
  var dropped = DroppedLines()
  /// How many of them the trace has still to say.
  var gap = 0
  /// Why lines may not have come, where that is so.
  var missing: StaticString?
  /// Why the last of them is not there.
  var gapReason = DroppedLines.Reason.interrupted

  /// No line was written yet.
  /// - Parameter arguments: the command line that the start line shows.
  public init(_ wanted: Wanted, running arguments: [Bytes] = []) {
    (self.wanted, self.arguments) = (wanted, arguments)
  }

  func saysStart(depth: Int) -> Bool {
    wanted == .always || wanted == .fromSecondProcess && depth > 1
  }

  func saysEnd(depth: Int) -> Bool {
    hasBegun && (saysStart(depth: depth) || wanted == .fromSecondProcess && hasChildren)
  }

  mutating func begin(after lines: Int) {
    (hasBegun, before, unprinted, gap, missing) = (true, lines, 0, 0, nil)
    dropped = DroppedLines()
  }

  /// Prepares for a trace that begins with the first line of this process, a child that was forked.
  mutating func forked() {
    (hasBegun, hasChildren) = (false, false)
    since = since.later
  }

  /// The start line.
  var start: Bytes {
    ProcessNote.start(since: since, in: FilePath.directory, running: arguments)
  }

  /// The end line.
  /// - Parameter lines: how many the session has printed, ever.
  func end(_ ending: ProcessNote.Ending, lines: Int, _ failure: TraceError?) -> Bytes {
    ProcessNote.end(
      ending, lines: lines - before - unprinted, dropped: dropped, missing: missing,
      failure: failure)
  }
}
