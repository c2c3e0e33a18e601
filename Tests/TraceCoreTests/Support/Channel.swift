import Foundation

@testable import TraceCore

/// A pipe or a pair of sockets: what is written to `writer` arrives at `reader`.
final class Channel: @unchecked Sendable {
  private(set) var reader: CInt
  private(set) var writer: CInt

  static func pipe() throws -> Channel {
    var ends: [CInt] = [-1, -1]
    try checked("pipe", Foundation.pipe(&ends))
    return try Channel(ends)
  }

  static func sockets() throws -> Channel {
    var ends: [CInt] = [-1, -1]
    #if os(Linux)
      let type = CInt(SOCK_STREAM.rawValue)
    #else
      let type = SOCK_STREAM
    #endif
    try checked("socketpair", socketpair(AF_UNIX, type, 0, &ends))
    return try Channel(ends)
  }

  private init(_ ends: [CInt]) throws {
    (reader, writer) = (ends[0], ends[1])
    for end in ends { try checked("fcntl", fcntl(end, F_SETFD, FD_CLOEXEC)) }
  }

  deinit {
    if reader >= 0 { close(reader) }
    closeWriter()
  }

  /// Nobody reads any more from then on: children that tests of other suites have forked have
  /// it open as well, until they end.
  func closeReader() {
    close(reader)
    reader = -1
    for _ in 0..<500 where !isGone { usleep(10_000) }
  }

  private var isGone: Bool {
    var request = pollfd(fd: writer, events: Int16(POLLOUT), revents: 0)
    return poll(&request, 1, 0) == 1 && request.revents & Int16(POLLERR | POLLHUP) != 0
  }

  func closeWriter() {
    if writer >= 0 { close(writer) }
    writer = -1
  }

  func setNonBlocking() throws {
    let flags = fcntl(writer, F_GETFL)
    try checked("fcntl", fcntl(writer, F_SETFL, flags | O_NONBLOCK))
  }

  /// Everything up to the end; call it when no writer is left.
  func readAll() -> Bytes { Self.readAll(reader) }

  /// What is there now, at most `count` bytes.
  func read(_ count: Int) -> Bytes {
    var buffer = Bytes(repeating: 0, count: count)
    let got = Foundation.read(reader, &buffer, count)
    return Bytes(buffer.prefix(max(got, 0)))
  }

  static func readAll(_ descriptor: CInt) -> Bytes {
    var content = Bytes()
    var buffer = Bytes(repeating: 0, count: 1 << 16)
    while case let count = Foundation.read(descriptor, &buffer, buffer.count), count > 0 {
      content += buffer.prefix(count)
    }
    return content
  }
}

/// Work on a thread of its own, whose result is waited for.
final class Background<Value>: @unchecked Sendable {
  private let finished = DispatchSemaphore(value: 0)
  private var value: Value?

  init(_ work: @escaping () -> Value) {
    nonisolated(unsafe) let work = work
    Thread.detachNewThread {
      self.value = work()
      self.finished.signal()
    }
  }

  /// Once only.
  func result() -> Value? {
    finished.wait()
    return value
  }
}
