import CSystem

/// The end of a file, mapped and shared, with spaces where nothing is written yet: a
/// file that nobody comes to cut is a text file all the same, with one blank line at
/// its end.
///
/// Pieces start at multiples of their size, in the file and in memory, which the kernel
/// answers with large pages and one fault for each.
///
/// The spaces are written before they are mapped, so that a full disk is an error of
/// that write and not a signal later. (`posix_fallocate` does the same, at several
/// times the cost a line: ARCHITECTURE.md.)
final class FileMapping {
  /// Larger pieces are no faster, smaller ones are slower (ARCHITECTURE.md).
  static let size = 256 * 1024

  private let descriptor: CInt
  private let memory: UnsafeMutableRawBufferPointer
  private let end: off_t
  /// All that is free, before the first line.
  let window: OutputWindow

  /// - Parameter offset: where the file's lines end so far.
  /// - Returns: nil where the file cannot be mapped.
  init?(of descriptor: CInt, from offset: Int) throws(TraceError) {
    let size = Self.size
    let start = offset / size * size
    self.descriptor = descriptor
    end = off_t(start + size)
    try Self.fill(descriptor, from: offset, to: start + size)
    guard let address = csystem_map_aligned(descriptor, off_t(start), size) else {
      ftruncate(descriptor, off_t(offset))
      return nil
    }
    memory = UnsafeMutableRawBufferPointer(start: address, count: size)
    window = OutputWindow(next: address + (offset - start), free: size - (offset - start))
    SigbusGuard.protect(memory)
  }

  /// Where the lines end in a file that a mapping has left uncut.
  static func lengthWithoutBlanks(of descriptor: CInt) -> Int {
    var end: off_t = 0
    _ = csystem_is_regular_file(descriptor, &end)
    var piece = Bytes(repeating: 0, count: 4096)
    while end > 0 {
      let start = Swift.max(0, end - off_t(piece.count))
      let count = piece.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress, Int(end - start), start)
      }
      guard count == Int(end - start) else { break }
      if let last = piece[..<count].lastIndex(where: { $0 != Ascii.space }) {
        return Int(start) + last + 1
      }
      end = start
    }
    return Int(end)
  }

  /// Whether somebody else has made the file shorter.
  var isCut: Bool {
    var size: off_t = 0
    _ = csystem_is_regular_file(descriptor, &size)
    return size < end || SigbusGuard.hasReplaced(memory)
  }

  /// In a child that was forked, which does not have it.
  func forget() { SigbusGuard.release(memory) }

  func close() {
    SigbusGuard.release(memory)
    munmap(memory.baseAddress, memory.count)
  }

  /// The corresponding C function is `pwrite`.
  private static func fill(_ descriptor: CInt, from offset: Int, to end: Int) throws(TraceError) {
    var position = offset
    while position < end {
      let count = spaces.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress, Swift.min($0.count, end - position), off_t(position))
      }
      if count > 0 {
        position += count
      } else if csystem_errno() != EINTR {
        let error = csystem_errno()
        ftruncate(descriptor, off_t(offset))
        throw TraceError(.cannotWrite, errno: error, subject: [])
      }
    }
  }

  private static let spaces = Bytes(repeating: Ascii.space, count: size)
}
