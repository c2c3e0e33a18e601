import CSystem

/// A ring as it lies in memory and, with `-o`, in the file: a page of header, the
/// entries, then chunks of rendered lines, each of which says at which address it was.
/// All numbers are 8 bytes in the machine's order. `python/swifttrace/runtime/ring_file.py` reads it
/// too.
enum RingLayout {
  static let headerSize = 4096
  /// Pieces of a file are mapped at multiples of this: no system has larger pages.
  static let grain = 64 * 1024
  static let tagShift: UInt64 = 56
  static let depthShift: UInt64 = 48
  static let mostTags = 256
  static let addressMask: UInt64 = 1 << 48 - 1
  /// Of a chunk: its address, its size.
  static let chunkHeaderSize = 16
  /// What stands for a line whose text is not to be had.
  static let lost: StaticString = "<lost>\n"

  private static let magic: StaticString = "swifttrace-ring\n"
  private static let version: UInt64 = 1

  /// Offsets in the header.
  enum Offset {
    static let version = 16
    static let capacity = 24
    static let last = 32
    static let process = 40
    /// How many bytes of a line stand before its tag.
    static let tagged = 48
    /// The addresses of the tags.
    static let tags = 1024
    /// How many lines there ever were: right before the entries.
    static let count = headerSize - 8
  }

  /// A power of two, so that finding a line's place is one instruction; and one more than
  /// are asked for, as a line may be written over the oldest while they are read.
  static func capacity(for last: Int) -> Int {
    var capacity = 512
    while capacity <= last { capacity *= 2 }
    return capacity
  }

  /// Header and entries, in bytes.
  static func size(for last: Int) -> Int { rounded(headerSize + capacity(for: last) * 8) }

  static func rounded(_ size: Int) -> Int { (size + grain - 1) / grain * grain }

  static func write(to header: UnsafeMutableRawPointer, last: Int, capacity: Int, tagged: Int) {
    header.copyMemory(from: magic.utf8Start, byteCount: magic.utf8CodeUnitCount)
    set(Offset.version, of: header, to: version)
    set(Offset.capacity, of: header, to: UInt64(capacity))
    set(Offset.last, of: header, to: UInt64(last))
    set(Offset.process, of: header, to: UInt64(getpid()))
    set(Offset.tagged, of: header, to: UInt64(tagged))
  }

  /// Whether this process has written the header, and nobody has cut the file since or
  /// begun another ring in it.
  static func isOurs(_ header: UnsafeRawPointer) -> Bool {
    number(at: Offset.version, of: header) == version
      && number(at: Offset.process, of: header) == UInt64(getpid())
  }

  static func setTag(_ index: Int, of header: UnsafeMutableRawPointer, to tag: RenderedLine) {
    set(Offset.tags + index * 8, of: header, to: UInt64(UInt(bitPattern: tag.header)))
  }

  static func number(at offset: Int, of header: UnsafeRawPointer) -> UInt64 {
    header.load(fromByteOffset: offset, as: UInt64.self)
  }

  private static func set(_ offset: Int, of header: UnsafeMutableRawPointer, to number: UInt64) {
    header.storeBytes(of: number, toByteOffset: offset, as: UInt64.self)
  }
}
