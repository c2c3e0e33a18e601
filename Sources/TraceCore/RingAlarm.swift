import CSystem

/// Prints a ring from the handler of a signal: of one that ends the program, and of the
/// one that the user names. All it needs is plain memory that exists beforehand.
enum RingAlarm {
  nonisolated(unsafe) private static var ring: RingReader?
  nonisolated(unsafe) private static var descriptor: CInt = -1
  nonisolated(unsafe) private static var requested: CInt = 0
  nonisolated(unsafe) private static var isBusy = false
  nonisolated(unsafe) private static var used = 0
  nonisolated(unsafe) private static var buffer = UnsafeMutableRawBufferPointer(
    start: nil, count: 0)

  private static let size = 4096

  /// - Parameters:
  ///   - descriptor: where it is printed.
  ///   - signal: besides the fatal ones; 0: none.
  static func arm(_ reader: RingReader, _ number: CInt, signal: CInt) {
    if buffer.baseAddress == nil { buffer = .allocate(byteCount: size, alignment: 1) }
    (ring, descriptor, requested) = (reader, number, signal)
    SignalHandlers.printing { RingAlarm.sound($0) }
    if signal != 0 { SignalHandlers.install(requested: signal) }
  }

  static func disarm(_ reader: RingReader) {
    guard ring == reader else { return }
    ring = nil
    SignalHandlers.removePrinting(requested: requested)
  }

  /// In a child that was forked: the memory may not be there.
  static func forget(_ reader: RingReader) {
    if ring == reader { ring = nil }
  }

  /// In the signal's handler. One at a time: printing may be what fails.
  private static func sound(_ signal: CInt) {
    guard !isBusy, let ring else { return }
    isBusy = true
    used = 0
    RingReport.write(ring, because: .signal(signal)) { add($0) }
    flush()
    isBusy = false
  }

  private static func add(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(buffer.count - used))
      UnsafeMutableRawBufferPointer(rebasing: buffer[used...]).copyMemory(from: piece)
      used += piece.count
      if used == buffer.count { flush() }
      rest = UnsafeRawBufferPointer(rebasing: rest[piece.count...])
    }
  }

  /// The corresponding C function is `write`. A reader that is behind is waited for.
  private static func flush() {
    var start = 0
    while start < used, let address = buffer.baseAddress {
      let count = csystem_write_quietly(descriptor, address + start, used - start)
      if count >= 0 {
        start += count
      } else if !canGoOn(after: csystem_errno()) {
        break
      }
    }
    used = 0
  }

  private static func canGoOn(after error: CInt) -> Bool {
    if error == EINTR { return true }
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return error == EAGAIN && poll(&request, 1, 1000) > 0
  }
}
