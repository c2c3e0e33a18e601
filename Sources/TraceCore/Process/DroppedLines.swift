/// How much of what ran is not in the trace, and why.
public struct DroppedLines: Sendable {
  /// Why it is not there.
  public enum Reason: Sendable {
    /// The reader was behind, much waited for it already, and then a signal's handler raised,
    /// or its own lines were more.
    case interrupted
    /// The program itself reads the trace, and more than there is room for waited for it.
    case readByItself
    /// Python had no memory for what there is to know of the line's code.
    case outOfMemory
    /// Memory ran out as the code was called, so all lines of that call are missing.
    case callOutOfMemory
  }

  private var counts = (0, 0, 0, 0)

  /// Nothing was dropped.
  public init() {}

  /// Counts one line that is not in the trace; for `callOutOfMemory`, one call.
  public mutating func add(_ reason: Reason) {
    switch reason {
    case .interrupted: counts.0 += 1
    case .readByItself: counts.3 += 1
    case .outOfMemory: counts.1 += 1
    case .callOutOfMemory: counts.2 += 1
    }
  }

  /// `, 2 lines dropped: why`, for each reason there is.
  func append(to output: inout Bytes) {
    append(counts.0, .interrupted, to: &output)
    append(counts.3, .readByItself, to: &output)
    append(counts.1, .outOfMemory, to: &output)
    append(counts.2, .callOutOfMemory, to: &output)
  }

  private func append(_ count: Int, _ reason: Reason, to output: inout Bytes) {
    if count == 0 { return }
    output.append(", ")
    Self.append(count, of: reason, to: &output)
    output.append(" dropped: ")
    output.append(Self.description(of: reason))
  }

  /// `2 lines`.
  static func append(_ count: Int, of reason: Reason, to output: inout Bytes) {
    output.append(decimal: count)
    output.append(reason == .callOutOfMemory ? " call" : " line")
    if count != 1 { output.append("s") }
  }

  static func description(of reason: Reason) -> StaticString {
    switch reason {
    case .interrupted: "signals came while the trace waited for its reader"
    case .readByItself: "the program reads its own trace, and was behind"
    case .outOfMemory, .callOutOfMemory: "memory ran out"
    }
  }
}
