import CSystem
import TraceCore

/// Bytes on their way to a descriptor.
final class DescriptorOutput {
  private let descriptor: CInt
  private var bytes = Bytes()
  /// `errno` of the write that failed.
  private(set) var error: CInt?

  private static let size = 64 * 1024

  init(_ descriptor: CInt) {
    self.descriptor = descriptor
    bytes.reserveCapacity(Self.size * 2)
  }

  func write(_ line: Bytes) {
    bytes += line
    if bytes.count >= Self.size { flush() }
  }

  /// The corresponding C function is `write`.
  func flush() {
    var start = 0
    while start < bytes.count, error == nil {
      let count = bytes.withUnsafeBytes {
        csystem_write_quietly(
          descriptor, $0.baseAddress.unsafelyUnwrapped + start, $0.count - start)
      }
      if count >= 0 {
        start += count
      } else if csystem_errno() == EAGAIN {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&request, 1, -1)
      } else if csystem_errno() != EINTR {
        error = csystem_errno()
      }
    }
    bytes.removeAll(keepingCapacity: true)
  }
}
