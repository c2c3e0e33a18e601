import CSystem

/// The end of a file, mapped and shared, with spaces where nothing is written yet: a
/// file that nobody comes to cut is a text file all the same, with one blank line at
/// its end.
///
/// Pieces start at multiples of their size, in the file and in memory, which the kernel
/// answers with large pages and one fault for each.
///
/// The spaces are written before a line is, so that a full disk is an error of that
/// write and not a signal later. (`posix_fallocate` does the same, at several times the
/// cost a line: docs/development/decisions/files-and-mappings.md.)
struct FileMapping {
  /// Larger pieces are no faster, smaller ones are slower: docs/development/decisions.
  static let size = 256 * 1024

  /// What is left free on a disk that is full: a line that says so.
  private static let keptForEnd = 256

  /// The file's, which the sink may have to open again.
  var descriptor: CInt
  private let memory: UnsafeMutableRawBufferPointer
  /// How far the file reaches: to the mapping's end, or to that of the disk.
  private let end: Int
  /// All that is free, before the first line.
  let window: OutputWindow

  /// - Parameter offset: where the file's lines end so far.
  /// - Returns: nil where the file cannot be mapped.
  /// - Throws: `cannotWrite` where it cannot be made longer at all.
  init?(of descriptor: CInt, from offset: Int) throws(TraceError) {
    let start = offset / Self.size * Self.size
    guard let address = csystem_map_aligned(descriptor, off_t(start), Self.size) else {
      return nil
    }
    self.descriptor = descriptor
    memory = UnsafeMutableRawBufferPointer(start: address, count: Self.size)
    do throws(TraceError) {
      end = try Self.fill(descriptor, from: offset, to: start + Self.size)
    } catch {
      munmap(address, Self.size)
      throw error
    }
    let free = end - offset - (end == start + Self.size ? 0 : Self.keptForEnd)
    window = OutputWindow(next: address + (offset - start), free: free)
    SigbusGuard.protect(memory, of: descriptor, upTo: end)
  }

  /// The length of a file up to the end of its lines, where a mapping has left it uncut: a file
  /// that is killed with the process ends in spaces.
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

  /// Whether a file of that length ends within a line.
  static func lacksNewline(_ descriptor: CInt, _ length: Int) -> Bool {
    var last: UInt8 = 0
    return length > 0 && pread(descriptor, &last, 1, off_t(length - 1)) == 1
      && last != Ascii.newline
  }

  /// What has become of the file.
  enum Change { case unchanged, longer }

  /// - Throws: `wasCut`; `cannotWrite` where the system could not write a page of it.
  var change: Change {
    get throws(TraceError) {
      var length: off_t = 0
      _ = csystem_is_regular_file(descriptor, &length)
      if length < off_t(end) { throw TraceError(.wasCut, errno: 0, subject: []) }
      if SigbusGuard.hasReplaced(memory) { throw .lostPage(of: descriptor, upTo: end) }
      return length > off_t(end) ? .longer : .unchanged
    }
  }

  /// Whether the file was cut and has grown again since: lines are NULs by now.
  /// - Parameter end: where the lines end in memory.
  func hasHole(before end: UnsafeMutableRawPointer?) -> Bool {
    guard let end, let start = memory.baseAddress, end > start else { return false }
    return (end - 1).load(as: UInt8.self) == 0
  }

  /// In a child that was forked, which does not have it.
  func forget() { SigbusGuard.release(memory) }

  func close() {
    SigbusGuard.release(memory)
    munmap(memory.baseAddress, memory.count)
  }

  /// Makes the file as long as it may become, `end` at most; returns how long that is.
  /// The corresponding C function is `pwrite`.
  private static func fill(_ descriptor: CInt, from offset: Int, to end: Int) throws(TraceError)
    -> Int
  {
    let most = Swift.min(end, Int(csystem_longest_file()))
    var (position, error) = (offset, EFBIG)
    while position < most {
      let count = spaces.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress, Swift.min($0.count, most - position), off_t(position))
      }
      if count > 0 { position += count } else { error = csystem_errno() }
      if count <= 0, error != EINTR { break }
    }
    if position == end || position > offset + keptForEnd { return position }
    throw TraceError(.cannotWrite, errno: error, subject: [])
  }

  private static let spaces = Bytes(repeating: Ascii.space, count: size)
}
