/// Which process, thread and task a line is of: `{4242 worker Task-1}`, behind the
/// crosses.
public struct LineTag: Equatable {
  /// What a tag may say.
  public struct Fields: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let process = Fields(rawValue: 1)
    public static let thread = Fields(rawValue: 2)
    public static let task = Fields(rawValue: 4)
    /// How many calls deep: in no tag, but in what a ring keeps of a line.
    public static let calls = Fields(rawValue: 8)
  }

  /// With the space that follows; empty where there is nothing to say.
  public private(set) var bytes: Bytes = []

  public init() {}

  public init(process: Int?, thread: Bytes?, task: Bytes?) {
    var words: [Bytes] = []
    if let process {
      var number = Bytes()
      number.append(decimal: process)
      words.append(number)
    }
    words += [thread, task].compactMap { $0 }.map(Self.visible)
    if words.isEmpty { return }
    bytes = Bytes("{") + Bytes(words.joined(separator: Bytes(" "))) + Bytes("} ")
  }

  private static func visible(_ name: Bytes) -> Bytes {
    var shown = Bytes()
    name.withUnsafeBufferPointer { VisibleText.append($0, to: &shown) }
    return shown
  }

  /// The rendered line with the tag in its place.
  /// - Parameter depth: how many crosses the line has in front.
  public func appendLine(_ line: RenderedLine, depth: Int, to output: inout Bytes) {
    let rendered = UnsafeRawBufferPointer(start: line.start, count: line.count)
    output.append(contentsOf: rendered.prefix(depth + 1))
    output.append(contentsOf: bytes)
    output.append(contentsOf: rendered.dropFirst(depth + 1))
  }
}
