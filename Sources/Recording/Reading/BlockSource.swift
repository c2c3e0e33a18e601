import CSystem

/// The bytes of a recording.
open class BlockSource {
  /// How many there are, as the reading begins.
  public internal(set) var size: Int

  /// Notes how many bytes a subclass can read.
  public init(size: Int) { self.size = size }

  /// Looks how many bytes there are by now.
  open func lookAgain() {}

  /// - Returns: how many bytes were read; fewer than asked for at the end alone.
  /// - Throws: `cannotRead`.
  open func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(RecordingError)
    -> Int
  {
    0
  }
}

/// A file that is read piece by piece.
public final class FileSource: BlockSource {
  private let descriptor: CInt

  /// The corresponding C function is `open`. It does not wait for who writes to a FIFO.
  /// - Throws: `cannotOpen`, `notAFile`.
  /// - Parameter isConsumed: `forget` may be called.
  public init(path: [UInt8], isConsumed: Bool = false) throws(RecordingError) {
    let access = isConsumed ? O_RDWR : O_RDONLY
    let name = path + [0]
    if path.contains(0) { throw RecordingError(.cannotOpen, errno: EINVAL) }
    let opened = name.withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) { chars in
        chars.baseAddress.map { csystem_open($0, access | O_NONBLOCK | O_CLOEXEC) } ?? -1
      }
    }
    if opened < 0 { throw RecordingError(.cannotOpen, errno: csystem_errno()) }
    var size: off_t = 0
    if csystem_is_regular_file(opened, &size) == 0 {
      close(opened)
      throw RecordingError(.notAFile)
    }
    descriptor = opened
    super.init(size: Int(size))
  }

  deinit { close(descriptor) }

  /// Has a piece of the file take no place on the disk.
  func forget(_ start: Int, _ count: Int) {
    csystem_punch(descriptor, off_t(start), off_t(count))
  }

  public override func lookAgain() {
    var size: off_t = 0
    if csystem_is_regular_file(descriptor, &size) != 0 { self.size = Int(size) }
  }

  /// The corresponding C function is `pread`.
  public override func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int)
    throws(RecordingError) -> Int
  {
    var done = 0
    while done < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done,
        off_t(offset + done))
      if count == 0 { break }
      if count > 0 {
        done += count
      } else if csystem_errno() != EINTR {
        throw RecordingError(.cannotRead, errno: csystem_errno(), at: offset)
      }
    }
    return done
  }
}

/// Bytes in memory.
public final class MemorySource: BlockSource {
  private let bytes: [UInt8]

  /// Takes a whole recording.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    super.init(size: bytes.count)
  }

  public override func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int)
    throws(RecordingError) -> Int
  {
    guard offset < bytes.count else { return 0 }
    let count = min(buffer.count, bytes.count - offset)
    bytes.withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count]))
    }
    return count
  }
}
