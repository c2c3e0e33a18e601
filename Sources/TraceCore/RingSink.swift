import CSystem

/// Keeps the last lines and prints them when asked to. With a file they are in it as
/// well, for `swifttrace show` to read after a `kill -9`.
public final class RingSink: Sink {
  private let kept: Kept
  private let name: OutputName?
  private let report: DescriptorSink
  private var memory: RingMemory
  private var ring: Ring { memory.ring }
  private var mustMove = false

  /// What is kept, and when it is printed.
  public struct Kept {
    /// How many lines.
    let last: Int
    /// How many bytes of a line stand before its tag.
    var tagged: Int
    /// Has them printed, as the fatal signals do; 0: none does.
    let signal: CInt

    public init(last: Int, tagged: Int, signal: CInt) {
      (self.last, self.tagged, self.signal) = (last, tagged, signal)
    }
  }

  /// - Parameters:
  ///   - name: of the file; nil: in memory alone.
  ///   - descriptor: where the lines are printed when asked for.
  /// - Throws: `badDescriptor`, `cannotOpen`, `cannotWrite`, `notAFile`.
  public init(_ kept: Kept, to name: OutputName?, _ descriptor: CInt, isChild: Bool)
    throws(TraceError)
  {
    (self.kept, self.name) = (kept, name)
    report = try DescriptorSink(duplicating: descriptor)
    memory = try Self.open(isChild ? name?.pathOfChild : name?.path, kept)
    super.init()
  }

  private static func open(_ path: Bytes?, _ kept: Kept) throws(TraceError) -> RingMemory {
    let storage = RingStorage(try path.map(openFile))
    let header = try storage.take(RingLayout.size(for: kept.last))
    let ring = Ring(
      last: kept.last, in: header.baseAddress.unsafelyUnwrapped, tagged: kept.tagged)
    return RingMemory(ring, storage)
  }

  private static func openFile(_ path: Bytes) throws(TraceError) -> Descriptor {
    let opened = try SystemCalls.open(path, O_CREAT | O_TRUNC | O_RDWR, mode: 0o600)
    defer { close(opened) }
    let descriptor = Descriptor(owning: try SystemCalls.duplicate(opened))
    if descriptor.isRegularFile { return descriptor }
    throw TraceError(.notAFile, errno: 0, subject: path)
  }

  public override var ringSink: RingSink? { self }
  public override var lines: LineMemory { memory }
  public override var sharedDescriptor: Int? { report.sharedDescriptor }

  /// What the path of a line records into.
  public var ringWindow: RingWindow { ring.window }

  /// The mark of lines that carry `tag`, from now on.
  public func mark(for tag: Bytes) -> UInt64 {
    ring.mark(for: tag) { RenderedLine(storing: $0, in: memory.take(RenderedLine.size(of: $0))) }
  }

  /// A line that is put together anew each time it runs. It is there until the ring has
  /// gone round.
  public func keep(_ bytes: Bytes) -> RenderedLine {
    let block = memory.take(RenderedLine.size(of: bytes))
    memory.giveBack(block)
    return RenderedLine(storing: bytes, in: block)
  }

  /// How many lines were recorded, ever.
  public var count: Int { Int(truncatingIfNeeded: ring.count) }

  // MARK: a child that was forked

  public override func forked() {
    report.forked()
    RingAlarm.forget(ring.reader)
    memory.forked()
    mustMove = true
  }

  /// To a ring of the child's own, with its first line: most children only `exec`.
  /// - Returns: whether it has moved.
  public func move(tagged: Int) throws(TraceError) -> Bool {
    guard mustMove else { return false }
    mustMove = false
    var kept = kept
    kept.tagged = tagged
    memory = try Self.open(name?.pathOfChild, kept)
    arm()
    return true
  }

  // MARK: printing

  public override func put(_ bytes: UnsafeRawBufferPointer) -> Outcome { report.put(bytes) }

  public override func finish(_ bytes: UnsafeRawBufferPointer, _ patience: Patience) -> Outcome {
    report.finish(bytes, patience)
  }

  /// The last lines, as they are printed.
  public func text(because reason: RingReport.Reason) -> Bytes {
    var text = Bytes()
    RingReport.write(ring.reader, because: reason) { text.append(contentsOf: $0) }
    return text
  }

  /// Each of the last lines: its tag, its depth of calls, the line with its newline.
  public var lastLines: [(tag: Bytes, depth: Int, bytes: Bytes)] {
    var lines: [(tag: Bytes, depth: Int, bytes: Bytes)] = []
    ring.reader.forEach { lines.append((Bytes($0.tag), $0.depth, Bytes($0.bytes))) }
    return lines
  }

  /// Has the handlers of fatal signals, and of the one that was named, print this ring.
  public func arm() { RingAlarm.arm(ring.reader, report.number, signal: kept.signal) }

  public func disarm() { RingAlarm.disarm(ring.reader) }
}
