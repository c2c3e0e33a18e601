/// Where the path of a line records it: the last lines as 8 bytes each.
///
/// An entry is the address of the rendered line in its lower 48 bits, and above them
/// what a `mark` says: whose line it is. The count of all entries there ever were lies
/// right before the first one.
public struct RingWindow {
  @usableFromInline let entries: UnsafeMutablePointer<UInt64>?
  @usableFromInline let mask: UInt64
  /// The tag's place in bits 56 to 63, the depth of calls in 48 to 55.
  public var mark: UInt64 = 0

  /// Nothing is recorded.
  public static var none: RingWindow { RingWindow(entries: nil, mask: 0) }

  init(entries: UnsafeMutablePointer<UInt64>?, mask: UInt64) {
    (self.entries, self.mask) = (entries, mask)
  }

  public var isThere: Bool { entries != nil }

  /// - Returns: whether there is a ring.
  @inlinable @inline(__always)
  public func record(_ line: RenderedLine) -> Bool {
    guard entries != nil else { return false }
    recordAlways(line)
    return true
  }

  /// Where it is known that there is a ring.
  @inlinable @inline(__always)
  public func recordAlways(_ line: RenderedLine) {
    let entries = entries.unsafelyUnwrapped
    let count = entries[-1]
    entries[Int(truncatingIfNeeded: count & mask)] =
      UInt64(UInt(bitPattern: line.header)) | mark
    entries[-1] = count &+ 1
  }
}

extension RingWindow {
  /// Has the lines from now on say how many calls deep they are; 255 stands for more.
  @inlinable @inline(__always)
  public mutating func setDepth(_ depth: Int) {
    mark = mark & ~(0xFF << 48) | UInt64(clamping: Swift.min(depth, 255)) << 48
  }
}

/// The last lines that ran.
///
/// All that a reader needs lies in memory that does not move, in a layout that is the
/// same in a file (`RingLayout`): a signal's handler reads it, and after `kill -9`
/// another process.
final class Ring {
  /// How many lines are shown.
  let last: Int
  let window: RingWindow
  private let header: UnsafeMutableRawPointer
  private let entries: UnsafeMutablePointer<UInt64>
  private let capacity: Int
  private var tags: [Tag] = []
  private var current = 0

  private struct Tag {
    let bytes: Bytes
    /// The count of entries as its last one was made; nil: it makes them now.
    var end: UInt64?
  }

  /// - Parameter memory: `RingLayout.size(for: last)` bytes of zeros, which stay where
  ///   they are for as long as the ring.
  init(last: Int, in memory: UnsafeMutableRawPointer, tagged: Int) {
    self.last = last
    header = memory
    capacity = RingLayout.capacity(for: last)
    entries = (memory + RingLayout.headerSize).assumingMemoryBound(to: UInt64.self)
    window = RingWindow(entries: entries, mask: UInt64(capacity - 1))
    RingLayout.write(to: memory, last: last, tagged: tagged)
  }

  /// How many lines were recorded, ever.
  var count: UInt64 { entries[-1] }

  var reader: RingReader { RingReader(header) }

  /// Whether what was recorded up to `count` is no longer there.
  func isOver(_ count: UInt64) -> Bool { self.count &- count >= UInt64(capacity) }

  /// The mark of lines that carry `tag`, from now on.
  /// - Parameter keep: has the tag's bytes lie where a reader finds them.
  func mark(for tag: Bytes, keep: (Bytes) -> RenderedLine) -> UInt64 {
    if tags.indices.contains(current) { tags[current].end = count }
    current = tags.firstIndex { $0.bytes == tag } ?? place(for: tag, keep)
    tags[current].end = nil
    return UInt64(current) << RingLayout.tagShift
  }

  /// A place that no entry refers to any more. With more threads at a time than there
  /// are places, lines of some carry the name of another: the last place is theirs.
  private func place(for tag: Bytes, _ keep: (Bytes) -> RenderedLine) -> Int {
    let free = tags.firstIndex { $0.end.map(isOver) ?? false }
    if free == nil, tags.count < RingLayout.mostTags {
      tags.append(Tag(bytes: tag))
    }
    let place = free ?? tags.count - 1
    tags[place] = Tag(bytes: tag)
    RingLayout.setTag(place, of: header, to: keep(tag))
    return place
  }
}
