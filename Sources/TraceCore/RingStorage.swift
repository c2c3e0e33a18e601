import CSystem

/// Memory of a ring, which stays where it is: the process's own, or a file's.
final class RingStorage {
  private let descriptor: Descriptor?
  /// How much of the file is in use.
  private var length = 0
  private var pieces: [UnsafeMutableRawBufferPointer] = []

  /// - Parameter descriptor: an empty file's; nil for memory of our own.
  init(_ descriptor: Descriptor?) { self.descriptor = descriptor }

  deinit {
    for piece in pieces {
      if descriptor != nil { SigbusGuard.release(piece) }
      munmap(piece.baseAddress, piece.count)
    }
  }

  /// In a child that was forked: what is mapped of a file is not there.
  func forked() {
    guard descriptor != nil else { return }
    for piece in pieces { SigbusGuard.release(piece) }
    pieces.removeAll(keepingCapacity: true)
  }

  /// `size` bytes of zeros, a multiple of `RingLayout.grain`.
  func take(_ size: Int) throws(TraceError) -> UnsafeMutableRawBufferPointer {
    guard let memory = try map(size) else {
      throw TraceError(.cannotMap, errno: csystem_errno(), subject: [])
    }
    let piece = UnsafeMutableRawBufferPointer(start: memory, count: size)
    if descriptor != nil { SigbusGuard.protect(piece) }
    pieces.append(piece)
    return piece
  }

  /// The zeros are written before they are mapped, so that a full disk is an error here
  /// and no signal later.
  private func map(_ size: Int) throws(TraceError) -> UnsafeMutableRawPointer? {
    guard let descriptor else { return csystem_map_memory(size) }
    if !descriptor.isOurs { throw TraceError(.cannotWrite, errno: EBADF, subject: []) }
    try SystemCalls.writeZeros(descriptor.number, from: length, count: size)
    defer { length += size }
    return csystem_map(descriptor.number, off_t(length), size)
  }
}
