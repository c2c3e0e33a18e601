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

  typealias Emit = (UnsafeRawBufferPointer) -> Void

  static func write(
    _ ring: RingReader, _ span: RingReader.Span, because reason: Reason, _ emit: Emit
  ) {
    guard ring.isThere else { return writeLoss(because: reason, emit) }
    writeHeading(span.count, of: span.end, because: reason, emit)
    if ring.isFields { return ring.forEach(span) { writeFields(of: $0, emit) } }
    ring.forEach(span) { line in
      guard let bytes = line.bytes else { return write(RingLayout.lost, emit) }
      let tagged = Swift.min(ring.tagged, bytes.count)
      emit(UnsafeRawBufferPointer(rebasing: bytes[..<tagged]))
      emit(line.tag)
      emit(UnsafeRawBufferPointer(rebasing: bytes[tagged...]))
    }
  }

  /// `file:number:`, two spaces for each call, the tag, the text: what is for programs,
  /// for people.
  private static func writeFields(of line: RingReader.Line, _ emit: Emit) {
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
    _ shown: UInt64, of count: UInt64, because reason: Reason, _ emit: Emit
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

  private static func writeLoss(because reason: Reason, _ emit: Emit) {
    writeProcess(emit)
    write(": the last lines are lost: another process has cut their file", emit)
    write(reason, emit)
    write("\n", emit)
  }

  private static func writeProcess(_ emit: Emit) {
    write("# swifttrace: process ", emit)
    write(UInt64(getpid()), emit)
  }

  private static func write(_ reason: Reason, _ emit: Emit) {
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

  private static func write(_ text: StaticString, _ emit: Emit) {
    emit(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private static func write(_ number: UInt64, _ emit: Emit) {
    if number >= 10 { write(number / 10, emit) }
    withUnsafeBytes(of: UInt8(truncatingIfNeeded: number % 10) + Ascii.zero, emit)
  }
}
