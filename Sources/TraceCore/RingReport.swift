/// What is printed of a ring: a heading, then the last lines. Nothing here allocates: a
/// signal's handler may write it.
public enum RingReport {
  /// Why it is printed.
  public enum Reason {
    case request
    case exception
    case signal(CInt)
  }

  static func write(
    _ ring: RingReader, because reason: Reason, _ emit: (UnsafeRawBufferPointer) -> Void
  ) {
    writeHeading(ring, reason, emit)
    ring.forEach { line in
      let tagged = Swift.min(ring.tagged, line.bytes.count)
      emit(UnsafeRawBufferPointer(rebasing: line.bytes[..<tagged]))
      emit(line.tag)
      emit(UnsafeRawBufferPointer(rebasing: line.bytes[tagged...]))
    }
  }

  private static func writeHeading(
    _ ring: RingReader, _ reason: Reason, _ emit: (UnsafeRawBufferPointer) -> Void
  ) {
    write("# swifttrace: process ", emit)
    write(UInt64(clamping: ring.process), emit)
    write(": the last ", emit)
    write(ring.shown, emit)
    write(" of ", emit)
    write(ring.count, emit)
    write(" lines", emit)
    switch reason {
    case .request: break
    case .exception: write(", at an uncaught exception", emit)
    case .signal(let number):
      write(", at signal ", emit)
      write(UInt64(clamping: number), emit)
    }
    write("\n", emit)
  }

  private static func write(_ text: StaticString, _ emit: (UnsafeRawBufferPointer) -> Void) {
    emit(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private static func write(_ number: UInt64, _ emit: (UnsafeRawBufferPointer) -> Void) {
    if number >= 10 { write(number / 10, emit) }
    withUnsafeBytes(of: UInt8(truncatingIfNeeded: number % 10) + Ascii.zero, emit)
  }
}
