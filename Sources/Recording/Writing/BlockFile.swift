import CSystem

/// The blocks of a file that is being written, each mapped and shared: what is stored in one
/// is in the file at once, whatever becomes of the process.
///
/// A block is filled with zeros by `pwrite` before it is mapped, so a full disk is an error of
/// that call and not a signal later.
open class BlockFile {
  /// The file's descriptor, which belongs to the caller.
  public let descriptor: CInt
  /// The file's length, in bytes.
  private var length = 0

  /// - Parameter descriptor: an empty regular file's, open for reading and writing. The caller
  ///   closes it.
  public init(_ descriptor: CInt) { self.descriptor = descriptor }

  /// A block of zeros, at the file's end or in the place of another one.
  /// - Returns: its memory, `RecordingFormat.blockSize` bytes.
  /// - Throws: `cannotWrite`; the file is as long as it was.
  open func take(at start: Int) throws(RecordingError) -> UnsafeMutableRawPointer {
    do throws(RecordingError) {
      try fill(from: start)
      guard let memory = csystem_map(descriptor, off_t(start), RecordingFormat.blockSize) else {
        throw RecordingError(.cannotWrite, errno: csystem_errno(), at: start)
      }
      length = max(length, start + RecordingFormat.blockSize)
      didMap(UnsafeMutableRawBufferPointer(start: memory, count: RecordingFormat.blockSize))
      return UnsafeMutableRawPointer(memory)
    } catch {
      ftruncate(descriptor, off_t(length))
      throw error
    }
  }

  open func release(_ memory: UnsafeMutableRawPointer) {
    let block = UnsafeMutableRawBufferPointer(start: memory, count: RecordingFormat.blockSize)
    willUnmap(block)
    munmap(memory, RecordingFormat.blockSize)
  }

  /// Makes the file shorter. No block beyond that is mapped.
  open func cut(to length: Int) {
    if ftruncate(descriptor, off_t(length)) == 0 { self.length = length }
  }

  /// A block has been mapped.
  open func didMap(_ block: UnsafeMutableRawBufferPointer) {}

  /// A block is about to go. In a child that was forked it is gone already.
  open func willUnmap(_ block: UnsafeMutableRawBufferPointer) {}

  /// The corresponding C function is `pwrite`.
  private func fill(from start: Int) throws(RecordingError) {
    let end = start + RecordingFormat.blockSize
    if end > Int(csystem_longest_file()) {
      throw RecordingError(.cannotWrite, errno: EFBIG, at: start)
    }
    var position = start
    while position < end {
      let written = pwrite(descriptor, Self.zeros, end - position, off_t(position))
      if written > 0 {
        position += written
      } else if csystem_errno() != EINTR {
        throw RecordingError(.cannotWrite, errno: csystem_errno(), at: start)
      }
    }
  }

  nonisolated(unsafe) private static let zeros: UnsafeRawPointer = {
    let zeros = UnsafeMutableRawPointer.allocate(
      byteCount: RecordingFormat.blockSize, alignment: 8)
    zeros.initializeMemory(as: UInt8.self, repeating: 0, count: RecordingFormat.blockSize)
    return UnsafeRawPointer(zeros)
  }()
}
