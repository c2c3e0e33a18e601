/// The line that a thread is at, where lines are printed as they end: each says what it took.
public final class HeldLine {
  /// The thread's address: `cpython_thread`.
  public let thread: UInt
  /// Whether the line is still to be printed.
  public private(set) var isHeld = false
  /// When it began, in nanoseconds.
  public private(set) var start = 0
  /// How long it ran, once it has ended.
  public private(set) var took = 0
  /// A copy of the rendered line: its file may be forgotten meanwhile.
  private var rendered = Bytes()
  /// What was to be said of it as it began, by the field's number.
  private var values: [Bytes?] = []

  /// No line yet, for one thread.
  public init(of thread: UInt) { self.thread = thread }

  /// A line begins that is not printed.
  public func begin(at start: Int) { self.start = start }

  /// It is to be printed, with what is to be said of it.
  public func keep(_ line: RenderedLine, _ fields: LineFields, _ value: (LineField) -> Bytes?) {
    rendered = Bytes(UnsafeRawBufferPointer(start: line.header - 4, count: 8 + line.count))
    values = LineField.allCases.map { fields.contains($0) ? value($0) : nil }
    isHeld = true
  }

  /// The line has ended.
  public func end(at end: Int) { took = end - start }

  /// It is printed, or another process's.
  public func letGo() { isHeld = false }

  /// What a field says of the line: for `took` how long it ran, for the others what was so as it
  /// began.
  public func value(of field: LineField) -> Bytes? {
    field == .took ? Bytes(seconds: took) : values[field.rawValue]
  }

  /// Calls `body` with the line as it was rendered, which is valid for the length of the call.
  public func withLine(_ body: (RenderedLine) -> Void) {
    rendered.withUnsafeBytes { if let start = $0.baseAddress { body(RenderedLine(at: start + 4)) } }
  }
}

/// One for each thread that has run a line.
public struct HeldLines {
  private var all: [HeldLine] = []
  /// Whether the lines are those of the parent that forked this process.
  private var isParents = false

  /// No lines yet.
  public init() {}

  /// The held line of a thread, made if the thread has none.
  public mutating func line(of thread: UInt) -> HeldLine {
    forgetParents()
    if let known = all.first(where: { $0.thread == thread }) { return known }
    let line = HeldLine(of: thread)
    all.append(line)
    return line
  }

  /// Those that are to be printed, in the order in which they began.
  public mutating func held() -> [HeldLine] {
    forgetParents()
    var found: [HeldLine] = []
    for line in all where line.isHeld {
      found.insert(line, at: found.firstIndex { $0.start > line.start } ?? found.count)
    }
    return found
  }

  /// In a child that was forked, where nothing may be freed.
  public mutating func forked() { isParents = true }

  private mutating func forgetParents() {
    if isParents { all = [] }
    isParents = false
  }
}
