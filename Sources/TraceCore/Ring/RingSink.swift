import CSystem

/// Keeps the last lines and prints them when asked to. With a file they are in it as
/// well, for `swifttrace show` to read after a `kill -9`.
public final class RingSink: Sink {
  private let kept: Kept
  private let name: OutputName?
  private let mode: OwnFile.Mode
  private var path: Bytes?
  private var report: DescriptorSink
  private let armed: UnsafeMutablePointer<RingAlarm.Armed>
  private var memory: RingMemory
  private var ring: Ring { memory.ring }
  /// In a child that was forked, before its first line.
  private var mustMove = false
  private var hasFailedToPrint = false
  private var isDisarmed = false
  /// Its last line is there, as far as we know.
  private var isAtRest = false

  /// What is kept, and when it is printed.
  public struct Kept {
    var shape: RingShape
    /// The signal that has the lines printed, besides the fatal ones; 0: none.
    let signal: CInt

    /// What is kept in a ring of that shape, and the signal that has it printed; 0 for none but the
    /// fatal ones.
    public init(_ shape: RingShape, signal: CInt) {
      (self.shape, self.signal) = (shape, signal)
    }
  }

  /// - Parameters:
  ///   - name: of the file; nil: in memory alone.
  ///   - descriptor: where the lines are printed when asked for. Standard error may be
  ///     closed: nobody is to see them then.
  /// - Throws: `badDescriptor`, `cannotOpen`, `cannotWrite`, `cannotMap`, `notAFile`.
  public init(_ kept: Kept, to name: OutputName?, _ descriptor: CInt, as mode: OwnFile.Mode)
    throws(TraceError)
  {
    (self.kept, self.name, self.mode) = (kept, name, mode)
    report = try Self.report(to: descriptor)
    (memory, path) = try Self.open(name, mode, kept)
    armed = .allocate(capacity: 1)
    armed.initialize(to: report.armed(memory.ring.reader, instead: descriptor))
    super.init()
  }

  deinit {
    disarm()
    if !RingAlarm.isSounding { armed.deallocate() }
  }

  private static func report(to descriptor: CInt) throws(TraceError) -> DescriptorSink {
    do throws(TraceError) {
      return try DescriptorSink(duplicating: descriptor)
    } catch {
      if descriptor != STDERR_FILENO { throw error }
      let null = try SystemCalls.open(Bytes("/dev/null"), O_WRONLY)
      defer { close(null) }
      return try DescriptorSink(duplicating: null)
    }
  }

  private static func open(_ name: OutputName?, _ mode: OwnFile.Mode, _ kept: Kept)
    throws(TraceError) -> (RingMemory, Bytes?)
  {
    let found = try name.map { name throws(TraceError) in try OwnFile.find(name, mode, .ring) }
    try found?.descriptor.empty(found?.path ?? [])
    let memory = try RingMemory(found?.descriptor, kept.shape)
    return (memory, found?.path)
  }

  public override var filePath: Bytes? { mustMove ? nil : path }
  public override var lines: LineMemory { memory }
  public override var sharedDescriptor: Int? { report.sharedDescriptor }

  /// What the path of a line records into.
  public var ringWindow: RingWindow { mustMove ? .none : ring.window }

  /// The mark of lines that carry `tag`, from now on.
  public func mark(for tag: Bytes) -> UInt64 { ring.mark(for: tag, in: memory) }

  /// A line that is put together anew each time it runs. It is there until the ring has
  /// gone round.
  public func keep(_ bytes: Bytes) -> RenderedLine {
    let block = memory.take(RenderedLine.size(of: bytes))
    memory.giveBack(block)
    return RenderedLine(storing: bytes, in: block)
  }

  /// How many lines were recorded, ever.
  public var count: Int { memory.isThere ? Int(truncatingIfNeeded: ring.count) : 0 }

  /// Forgets all lines, where there are no more than so many.
  public func forget(upTo most: Int) {
    if memory.isThere, count <= most { ring.window.forget() }
  }

  // MARK: a child that was forked

  public override func forked() {
    report.forked()
    RingAlarm.forget(armed)
    memory.forked()
    mustMove = true
  }

  /// To a ring of the child's own, with its first line: most children only `exec`.
  /// - Returns: whether it has moved.
  public func move(tagged: Int) throws(TraceError) -> Bool {
    guard mustMove else { return false }
    var kept = kept
    kept.shape.tagged = tagged
    (memory, path) = try Self.open(name, mode.ofChild, kept)
    mustMove = false
    armed.pointee = report.armed(ring.reader, instead: armed.pointee.instead)
    arm()
    return true
  }

  // MARK: printing

  /// A report that cannot be printed is not the end of the trace.
  public override func put(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    renewReport()
    return tolerated(report.put(bytes))
  }

  /// A daemon closes all descriptors, and has another standard error from then on.
  private func renewReport() {
    guard !report.isOurs, armed.pointee.instead >= 0,
      let now = try? DescriptorSink(duplicating: armed.pointee.instead)
    else { return }
    armed.pointee = now.armed(armed.pointee.reader, instead: armed.pointee.instead)
    report = now
  }

  public override func finish(_ bytes: UnsafeRawBufferPointer, _ patience: Patience) -> Outcome {
    tolerated(report.finish(bytes, patience))
  }

  private func tolerated(_ outcome: Outcome) -> Outcome {
    guard case .failed(let error) = outcome else { return outcome }
    // Whoever read it has gone; there is nobody to tell.
    if error.errno == EPIPE || hasFailedToPrint { return .done }
    hasFailedToPrint = true
    StandardError.write(
      Bytes("swifttrace: the last lines are not printed: ") + error.description + Bytes("\n"))
    return .done
  }

  /// Says whether the file still has what it should. Once the ring is at rest another one
  /// may have been begun in it.
  public override func flush() -> Outcome {
    if isAtRest { return .done }
    isAtRest = isDisarmed
    return memory.failure.map { .failed($0) } ?? .done
  }

  /// The last lines, as they are printed.
  public func text(because reason: RingReport.Reason) -> Bytes {
    var text = Bytes()
    withUnsafeMutablePointer(to: &text) { text in
      if mustMove || !memory.isThere {
        RingReport.writeHeading(0, of: 0, because: reason, .text(text))
      } else {
        let reader = ring.reader
        RingReport.write(reader, reader.span, because: reason, .text(text))
      }
    }
    return text
  }

  /// Each of the last lines: its tag, its depth of calls, the line with its newline.
  /// - Parameters:
  ///   - count: how many lines there had been before the oldest one wanted.
  ///   - end: how many there were with the newest one.
  public func lastLines(after count: Int = 0, upTo end: Int = .max)
    -> [(tag: Bytes, depth: Int, bytes: Bytes)]
  {
    var lines: [(tag: Bytes, depth: Int, bytes: Bytes)] = []
    if mustMove || !memory.isThere { return lines }
    let reader = ring.reader
    reader.forEach(reader.span(after: UInt64(clamping: count), upTo: UInt64(clamping: end))) {
      lines.append((Bytes($0.tag), $0.depth, $0.bytes.map { Bytes($0) } ?? Bytes(RingLayout.lost)))
    }
    return lines
  }

  /// Has the handlers of fatal signals, and of the one that was named, print this ring.
  public func arm() {
    if !memory.isThere { forked() }
    (isDisarmed, isAtRest) = (false, false)
    if !mustMove { RingAlarm.arm(armed, signal: kept.signal) }
  }

  /// Has no signal print this ring any more. To be called before its memory goes.
  public func disarm() {
    isDisarmed = true
    RingAlarm.disarm(armed)
  }
}

extension DescriptorSink {
  /// - Parameter descriptor: what was duplicated.
  fileprivate func armed(_ reader: RingReader, instead descriptor: CInt) -> RingAlarm.Armed {
    RingAlarm.Armed(
      reader: reader, descriptor: number, identity: FileIdentity(of: number),
      instead: descriptor == STDERR_FILENO ? STDERR_FILENO : -1)
  }
}
