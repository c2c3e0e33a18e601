import CSystem

/// What is printed of a ring: a heading, then the last lines. Nothing here allocates: a
/// signal's handler may write it.
public enum RingReport {
  /// Why it is printed.
  public enum Reason: Sendable {
    case request
    case exception
    case signal(CInt)
  }

  /// Where a report is written to. A closure instead would have the compiler make this code
  /// twice.
  enum Output {
    /// The descriptor of the handler of signals.
    case alarm
    case text(UnsafeMutablePointer<Bytes>)

    @inline(never)
    func callAsFunction(_ bytes: UnsafeRawBufferPointer) {
      switch self {
      case .alarm: RingAlarm.add(bytes)
      case .text(let text): text.pointee.append(contentsOf: bytes)
      }
    }
  }

  static func write(
    _ ring: RingReader, _ span: RingReader.Span, because reason: Reason, _ emit: Output
  ) {
    guard ring.isThere else { return writeLoss(because: reason, emit) }
    writeHeading(span.count, of: span.end, because: reason, emit)
    if ring.shape.isFields { return ring.forEach(span) { writeFields(of: $0, emit) } }
    ring.forEach(span) { line in
      guard let bytes = line.bytes else { return write(RingLayout.lost, emit) }
      let tagged = Swift.min(ring.shape.tagged, bytes.count)
      emit(UnsafeRawBufferPointer(rebasing: bytes[..<tagged]))
      emit(line.tag)
      emit(UnsafeRawBufferPointer(rebasing: bytes[tagged...]))
    }
  }

  /// `file:number:`, two spaces for each call, the tag, the text: what is for programs,
  /// for people.
  private static func writeFields(of line: RingReader.Line, _ emit: Output) {
    guard let bytes = line.bytes else { return write(RingLayout.lost, emit) }
    var start = 0
    for index in bytes.indices where bytes[index] == Ascii.unitSeparator {
      emit(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
      write(":", emit)
      start = index + 1
    }
    for _ in 0..<line.depth { write("  ", emit) }
    write(" ", emit)
    emit(line.tag)
    emit(UnsafeRawBufferPointer(rebasing: bytes[start...]))
  }

  static func writeHeading(
    _ shown: UInt64, of count: UInt64, because reason: Reason, _ emit: Output
  ) {
    writeProcess(emit)
    write(": the last ", emit)
    write(shown, emit)
    write(" of ", emit)
    write(count, emit)
    write(count == 1 ? " line" : " lines", emit)
    write(reason, emit)
    write("\n", emit)
  }

  private static func writeLoss(because reason: Reason, _ emit: Output) {
    writeProcess(emit)
    write(": the last lines are lost: another process has cut their file", emit)
    write(reason, emit)
    write("\n", emit)
  }

  private static func writeProcess(_ emit: Output) {
    write("# swifttrace: process ", emit)
    write(UInt64(getpid()), emit)
  }

  private static func write(_ reason: Reason, _ emit: Output) {
    switch reason {
    case .request: break
    case .exception: write(", at an uncaught exception", emit)
    case .signal(let number):
      write(", at ", emit)
      if let name = SignalHandlers.name(of: number) { return write(name, emit) }
      write("signal ", emit)
      write(UInt64(clamping: number), emit)
    }
  }

  private static func write(_ text: StaticString, _ emit: Output) {
    emit(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private static func write(_ number: UInt64, _ emit: Output) {
    if number >= 10 { write(number / 10, emit) }
    withUnsafeBytes(of: UInt8(truncatingIfNeeded: number % 10) + Ascii.zero) { emit($0) }
  }
}
