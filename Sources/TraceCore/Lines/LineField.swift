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
  /// Those that the line itself took: known as it ends.
  case took

  /// In the order in which a tag has them.
  public static let inTag: [LineField] = [
    .time, .delta, .took, .process, .thread, .task, .depth, .module, .function,
  ]

  /// As a template names it; empty for what it cannot.
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
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }
  public init(_ field: LineField) { rawValue = 1 << field.rawValue }

  public static let process = LineFields(.process)
  public static let thread = LineFields(.thread)
  public static let task = LineFields(.task)
  public static let calls = LineFields(.calls)
  public static let depth = LineFields(.depth)
  public static let took = LineFields(.took)

  /// Those that may differ from one line to the next of the same thread.
  public static let ofEachLine: LineFields = [
    .task, .depth, LineFields(.function), LineFields(.module), LineFields(.time),
    LineFields(.delta), .took,
  ]

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
