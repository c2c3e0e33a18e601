import CSystem

/// The few calls to the system that a trace makes.
enum SystemCalls {
  /// The corresponding C function is `open`, close-on-exec.
  static func open(_ path: Bytes, _ flags: CInt) throws(TraceError) -> CInt {
    // C would take the name up to the NUL, which is another file's.
    if path.contains(0) { throw TraceError(.cannotOpen, errno: EINVAL, subject: path) }
    let descriptor = path.withCString { csystem_open($0, flags | O_CLOEXEC) }
    if descriptor >= 0 { return descriptor }
    throw TraceError(.cannotOpen, errno: csystem_errno(), subject: path)
  }

  /// The corresponding C call is `fcntl(descriptor, F_DUPFD_CLOEXEC, 10)`.
  static func duplicate(_ descriptor: CInt) throws(TraceError) -> CInt {
    let copy = csystem_duplicate(descriptor)
    if copy >= 0 { return copy }
    var number = Bytes()
    number.append(decimal: Int(descriptor))
    throw TraceError(.badDescriptor, errno: csystem_errno(), subject: number)
  }

  /// Makes a file longer by zeros that are really there.
  /// The corresponding C function is `pwrite`.
  static func writeZeros(_ descriptor: CInt, from start: Int, count: Int) throws(TraceError) {
    let zeros = Bytes(repeating: 0, count: Swift.min(count, 64 * 1024))
    var position = start
    while position < start + count {
      let written = zeros.withUnsafeBytes {
        pwrite(
          descriptor, $0.baseAddress, Swift.min($0.count, start + count - position),
          off_t(position))
      }
      if written > 0 {
        position += written
      } else if csystem_errno() != EINTR {
        throw TraceError(.cannotWrite, errno: csystem_errno(), subject: [])
      }
    }
  }

  /// The corresponding C function is `read`; 0 at the end.
  static func read(_ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer)
    throws(TraceError) -> Int
  {
    while true {
      let count = CSystem.read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      let error = csystem_errno()
      if error != EINTR { throw TraceError(.cannotRead, errno: error, subject: []) }
    }
  }
}

/// Which file a descriptor stands for.
struct FileIdentity: Comparable {
  private var device: UInt64 = 0
  private var inode: UInt64 = 0

  init?(of descriptor: CInt) {
    guard csystem_identify(descriptor, &device, &inode) != 0 else { return nil }
  }

  static func < (a: Self, b: Self) -> Bool {
    a.device == b.device ? a.inode < b.inode : a.device < b.device
  }
}

/// The identity of a file's content, from `fstat`: another content, another stamp.
struct FileStamp: Equatable {
  let isRegularFile: Bool
  private let device: UInt64
  private let inode: UInt64
  private let size: Int64
  private let seconds: Int64
  private let nanoseconds: Int64

  init?(of path: Bytes) {
    var status = stat()
    guard !path.contains(0), path.withCString({ csystem_stat($0, &status) }) == 0 else {
      return nil
    }
    #if canImport(Darwin)
      let modified = status.st_mtimespec
    #else
      let modified = status.st_mtim
    #endif
    isRegularFile = csystem_is_regular(status.st_mode) != 0
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    seconds = Int64(modified.tv_sec)
    nanoseconds = Int64(modified.tv_nsec)
  }
}
