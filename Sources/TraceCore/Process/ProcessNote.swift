import CSystem

/// The lines of a trace that are about its process: `# swifttrace: process 4242 ...`.
///
/// They begin with `# `, as no traced line does, and are short enough for a pipe to take
/// them whole.
public enum ProcessNote {
  /// What `PIPE_BUF` is on Linux.
  static let mostBytes = 4096
  private static let mostOfDirectory = 1024

  /// `# swifttrace: process 4242, child of 4240, traced since 2026-11-21 05:40:13 +0000
  /// in /some/dir: python script.py 10`.
  /// - Parameter directory: nil where it is gone.
  public static func start(since: Timestamp, in directory: Bytes?, running arguments: [Bytes])
    -> Bytes
  {
    var note = opening
    note.append(", child of ")
    note.append(decimal: Int(getppid()))
    note.append(", traced since ")
    since.append(to: &note)
    if let directory {
      note.append(" in ")
      appendDirectory(directory, to: &note)
    }
    appendCommand(arguments, to: &note)
    note.append(Ascii.newline)
    return note
  }

  /// How a process's trace ends.
  public enum Ending {
    /// The process does. Its exit status, where the system says.
    case exit(CInt?)
    /// It goes on, untraced.
    case stopped
  }

  /// `# swifttrace: process 4242 ended with status 0: 1234 lines`.
  /// - Parameter missing: why some may not be among them.
  public static func end(
    _ ending: Ending, lines: Int, dropped: DroppedLines, missing: StaticString? = nil,
    failure: TraceError?
  ) -> Bytes {
    var note = opening
    switch ending {
    case .exit(let status?):
      note.append(" ended with status ")
      note.append(decimal: Int(status & 0xFF))
    case .exit(nil): note.append(" ended")
    case .stopped: note.append(" stopped tracing")
    }
    note.append(": ")
    appendLines(lines, to: &note)
    dropped.append(to: &note)
    if let missing {
      note.append(", lines may be missing: ")
      note.append(missing)
    }
    if let failure {
      note.append(", trace stopped: ")
      note += failure.description
    }
    note.append(Ascii.newline)
    return note
  }

  /// `# swifttrace: process 4242 had no line in scope project: files below /srv that are not
  /// installed`, where that is so.
  public static func nothing(in scope: Scope) -> Bytes {
    var note = opening
    note.append(" had no line in scope ")
    note += scope.description
    cut(&note, to: mostBytes - 1)
    note.append(Ascii.newline)
    return note
  }

  /// `# swifttrace: process 4242 dropped 1 line: why`, where the line would be.
  public static func gap(_ count: Int, because reason: DroppedLines.Reason) -> Bytes {
    var note = opening
    note.append(" dropped ")
    DroppedLines.append(count, of: reason, to: &note)
    note.append(": ")
    note.append(DroppedLines.description(of: reason))
    note.append(Ascii.newline)
    return note
  }

  private static var opening: Bytes {
    var note = Bytes("# swifttrace: process ")
    note.append(decimal: Int(getpid()))
    return note
  }

  private static func appendLines(_ count: Int, to note: inout Bytes) {
    note.append(decimal: count)
    note.append(count == 1 ? " line" : " lines")
  }

  private static func appendCommand(_ arguments: [Bytes], to note: inout Bytes) {
    if !arguments.isEmpty { note.append(":") }
    for argument in arguments where note.count < mostBytes {
      note.append(Ascii.space)
      ShellWord.append(Bytes(argument.prefix(mostBytes)), to: &note)
    }
    cut(&note, to: mostBytes - 1)
  }

  private static func appendDirectory(_ directory: Bytes, to note: inout Bytes) {
    let start = note.count
    ShellWord.append(directory, to: &note)
    cut(&note, to: start + mostOfDirectory)
  }

  /// Between two characters; `...` stands for what does not fit.
  private static func cut(_ note: inout Bytes, to most: Int) {
    if note.count <= most { return }
    var end = most - 3
    while end > 0, note[end] & 0xC0 == 0x80 { end -= 1 }
    note.removeSubrange(end...)
    note.append("...")
  }
}
