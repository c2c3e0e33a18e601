import CSystem

/// Prints a ring from the handler of a signal: of one that ends the program, and of the
/// one that the user names. All it needs is plain memory that exists beforehand.
enum RingAlarm {
  /// What is printed, and where.
  struct Armed {
    let reader: RingReader
    let descriptor: CInt
    /// The file that the descriptor has stood for.
    let identity: FileIdentity?
    /// The program's own descriptor, for the case that ours is closed; -1 if there is none.
    let instead: CInt

    /// -1: none.
    fileprivate var output: CInt {
      FileIdentity(of: descriptor) == identity ? descriptor : instead
    }
  }

  nonisolated(unsafe) private static var armed: UnsafeMutablePointer<Armed>?
  nonisolated(unsafe) private static var requested: CInt = 0
  nonisolated(unsafe) private static var output: CInt = -1
  nonisolated(unsafe) private static var used = 0
  nonisolated(unsafe) private static var buffer = UnsafeMutableRawBufferPointer(
    start: nil, count: 0)
  /// Held while it prints. One at a time: printing may be what fails.
  nonisolated(unsafe) private static let lock = flag()
  /// Raised where the user's signal comes, lowered where it is answered: it may come to
  /// another thread while one prints.
  nonisolated(unsafe) private static let asked = flag()

  /// The thread that holds it.
  nonisolated(unsafe) private static var printer: UInt = 0

  /// What a pipe takes whole once `poll` says that it takes anything.
  private static let size = 4096
  /// How long a reader is waited for, in milliseconds: it may be a thread that the signal has
  /// stopped.
  private static let patience: CInt = 1000

  /// - Parameter signal: besides the fatal ones; 0: none.
  static func arm(_ next: UnsafeMutablePointer<Armed>, signal: CInt) {
    _ = (lock, asked)
    if buffer.baseAddress == nil { buffer = .allocate(byteCount: size, alignment: 1) }
    (armed, requested) = (next, signal)
    SignalHandlers.printing { RingAlarm.sound($0) }
    if signal != 0 { SignalHandlers.install(requested: signal) }
  }

  private static func flag() -> UnsafeMutablePointer<CInt> {
    let flag = UnsafeMutablePointer<CInt>.allocate(capacity: 1)
    flag.initialize(to: 0)
    return flag
  }

  static func disarm(_ other: UnsafeMutablePointer<Armed>) {
    guard armed == other else { return }
    armed = nil
    SignalHandlers.removePrinting(requested: requested)
  }

  /// In a child that was forked: the memory may not be there, and whoever printed is not.
  static func forget(_ other: UnsafeMutablePointer<Armed>) {
    if armed == other { armed = nil }
    csystem_unlock(lock)
    csystem_unlock(asked)
  }

  /// Whether a handler prints by now, in another thread.
  static var isSounding: Bool { csystem_is_locked(lock) != 0 }

  /// Prints the ring. The signal's handler calls it.
  private static func sound(_ signal: CInt) {
    if signal == requested { _ = csystem_try_lock(asked) }
    var reason = signal
    while csystem_try_lock(lock) != 0 {
      csystem_unlock(asked)
      print(because: reason)
      csystem_unlock(lock)
      if csystem_is_locked(asked) == 0 { return }
      reason = requested
    }
    awaitPrinter(signal)
  }

  private static func print(because signal: CInt) {
    guard let armed else { return }
    printer = csystem_thread()
    (output, used) = (armed.pointee.output, 0)
    let reader = armed.pointee.reader
    RingReport.write(reader, reader.copiedSpan(), because: .signal(signal), .alarm)
    flush()
    printer = 0
  }

  /// Threads may crash together: the first one's lines are out before another one's signal
  /// ends the process. A crash in the printing itself does not wait.
  private static func awaitPrinter(_ signal: CInt) {
    guard signal != requested else { return }
    var left = patience * 2
    while left > 0, isSounding, printer != csystem_thread() {
      _ = poll(nil, 0, 10)
      left -= 10
    }
  }

  static func add(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(buffer.count - used))
      UnsafeMutableRawBufferPointer(rebasing: buffer[used...]).copyMemory(from: piece)
      used += piece.count
      if used == buffer.count { flush() }
      rest = UnsafeRawBufferPointer(rebasing: rest[piece.count...])
    }
  }

  /// The corresponding C function is `write`. Where a reader does not come for the first
  /// piece in time, the rest is dropped: the process would not end.
  private static func flush() {
    var start = 0
    while start < used, output >= 0, let address = buffer.baseAddress {
      guard isWritable() else { break }
      let count = csystem_write_quietly(output, address + start, used - start)
      if count >= 0 {
        start += count
      } else if csystem_errno() != EINTR && csystem_errno() != EAGAIN {
        output = -1
      }
    }
    used = 0
  }

  private static func isWritable() -> Bool {
    var request = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
    while true {
      let count = poll(&request, 1, patience)
      if count > 0 { return true }
      if count < 0, csystem_errno() == EINTR { continue }
      output = -1
      return false
    }
  }
}
