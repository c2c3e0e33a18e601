/// What may differ each time a line runs, as it is shown with the line.
public enum LineField: Int, CaseIterable, Sendable {
  case process, thread, task
  /// Calls are counted, and nothing of it is shown: for who reads a ring.
  case calls
  /// How many calls deep.
  case depth
  /// The function's qualified name, and its module's.
  case function, module
  /// Seconds since the trace began, since the line before.
  case time, delta
  /// How long the line itself took, in seconds: it is known only as the line ends.
  case took

  /// The fields of a tag, in the order in which the tag shows them.
  public static let inTag: [LineField] = [
    .time, .delta, .took, .process, .thread, .task, .depth, .module, .function,
  ]

  /// The field's name in a template; empty if no template can have the field.
  public var name: StaticString {
    switch self {
    case .process: "pid"
    case .thread: "thread"
    case .task: "task"
    case .calls: ""
    case .depth: "depth"
    case .function: "function"
    case .module: "module"
    case .time: "time"
    case .delta: "delta"
    case .took: "took"
    }
  }
}

/// A set of fields.
public struct LineFields: OptionSet, Sendable {
  /// One bit for each field: bit n stands for the field whose raw value is n.
  public let rawValue: Int
  /// Takes bits as `rawValue` has them; further bits are kept and mean nothing.
  public init(rawValue: Int) { self.rawValue = rawValue }
  /// The set that has one field.
  public init(_ field: LineField) { rawValue = 1 << field.rawValue }

  /// The process's pid alone.
  public static let process = LineFields(.process)
  /// The thread's name alone.
  public static let thread = LineFields(.thread)
  /// The asyncio task's name alone.
  public static let task = LineFields(.task)
  /// The count of calls alone, which is kept and not shown.
  public static let calls = LineFields(.calls)
  /// The depth of calls alone.
  public static let depth = LineFields(.depth)
  /// How long each line took, alone.
  public static let took = LineFields(.took)

  /// The fields that may differ from one line to the next of the same thread.
  public static let ofEachLine: LineFields = [
    .task, .depth, LineFields(.function), LineFields(.module), LineFields(.time),
    LineFields(.delta), .took,
  ]

  /// The fields that no two lines have alike.
  public static let ofEachMoment: LineFields = [LineFields(.time), LineFields(.delta), .took]

  /// Whether the set has a field.
  public func contains(_ field: LineField) -> Bool { contains(LineFields(field)) }
}

extension Bytes {
  /// A duration with six digits behind the point.
  public init(seconds nanoseconds: Int) {
    self = []
    let microseconds = Swift.max(nanoseconds, 0) / 1000
    append(decimal: microseconds / 1_000_000)
    append(UInt8(ascii: "."))
    var digits = Bytes()
    digits.append(decimal: microseconds % 1_000_000)
    append(contentsOf: repeatElement(Ascii.zero, count: 6 - digits.count))
    append(contentsOf: digits)
  }
}
