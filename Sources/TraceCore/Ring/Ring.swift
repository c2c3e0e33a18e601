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

  /// Whether there is a ring to record into.
  public var isThere: Bool { entries != nil }

  /// - Returns: whether there is a ring.
  @inlinable @inline(__always)
  public func record(_ line: RenderedLine) -> Bool {
    guard entries != nil else { return false }
    recordAlways(line)
    return true
  }

  /// Records into a ring that is known to be there.
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
  /// No line was recorded.
  func forget() { entries?[-1] = 0 }

  /// Has the lines from now on say how many calls deep they are; 255 stands for more.
  @inlinable @inline(__always)
  public mutating func setDepth(_ depth: Int) {
    mark = mark & ~(0xFF << 48) | UInt64(clamping: Swift.min(depth, 255)) << 48
  }
}

/// How many lines a ring keeps, and what they look like.
public struct RingShape {
  /// How many lines are printed.
  let last: Int
  /// How many lines can be had by who makes a report: `last` or more.
  let reach: Int
  /// How many bytes of a line stand before its tag.
  var tagged: Int
  /// Whether the lines are `LineFormat.fields`, whose depth of calls is known.
  let isFields: Bool

  /// The shape of a ring.
  /// - Parameters:
  ///   - last: how many lines are printed.
  ///   - tagged: how many bytes of a line stand before its tag.
  ///   - isFields: whether the lines are `LineFormat.fields`.
  ///   - reach: how many lines can be had; a smaller number than `last` stands for that.
  public init(last: Int, tagged: Int, isFields: Bool = false, reach: Int = 0) {
    (self.last, self.tagged, self.isFields) = (last, tagged, isFields)
    self.reach = Swift.max(reach, last)
  }
}

/// The last lines that ran.
///
/// All that a reader needs lies in memory that does not move, in a layout that is the
/// same in a file (`RingLayout`): a signal's handler reads it, and after `kill -9`
/// another process.
final class Ring {
  let window: RingWindow
  let reader: RingReader
  private let header: UnsafeMutableRawPointer
  private var tags: [Tag] = []
  private var current = 0

  private struct Tag {
    let bytes: Bytes
    let block: UnsafeMutableRawBufferPointer
    /// The count of entries as its last one was made; nil: it makes them now.
    var end: UInt64?
  }

  /// The tag of lines whose thread has no slot of its own.
  private static let unknown = Bytes("{?} ")

  /// - Parameters:
  ///   - memory: `RingLayout.size(for: reach)` bytes of zeros, which stay where they are
  ///     for as long as the ring.
  ///   - copies: room for the entries; empty where there is none.
  init(
    _ shape: RingShape, in memory: UnsafeMutableRawBufferPointer,
    _ copies: UnsafeMutableRawBufferPointer, _ pieces: RingPieces
  ) {
    header = memory.baseAddress.unsafelyUnwrapped
    let capacity = RingLayout.capacity(for: shape.reach)
    reader = RingReader(
      header: header, capacity: capacity, shape: shape, pieces: pieces, copies: copies)
    window = RingWindow(
      entries: (header + RingLayout.headerSize).assumingMemoryBound(to: UInt64.self),
      mask: UInt64(capacity - 1))
    RingLayout.write(to: header, last: shape.last, capacity: capacity, tagged: shape.tagged)
  }

  /// How many lines were recorded, ever.
  var count: UInt64 { reader.count }

  /// Whether what was recorded up to `count` is no longer there.
  func isOver(_ count: UInt64) -> Bool { self.count &- count >= UInt64(reader.capacity) }

  /// The mark of lines that carry `tag`, from now on.
  /// - Parameter memory: where a reader finds the tag's bytes.
  func mark(for tag: Bytes, in memory: LineMemory) -> UInt64 {
    if tags.indices.contains(current) { tags[current].end = count }
    current = tags.firstIndex { $0.bytes == tag } ?? slot(for: tag, memory)
    tags[current].end = nil
    return UInt64(current) << RingLayout.tagShift
  }

  /// A slot that no entry refers to any more. Where there are more threads at a time
  /// than slots, the last slot is for lines that cannot say which.
  private func slot(for tag: Bytes, _ memory: LineMemory) -> Int {
    if let free = tags.firstIndex(where: { $0.end.map(isOver) ?? false }) {
      memory.giveBack(tags[free].block)
      tags[free] = set(free, to: tag, memory)
      return free
    }
    if tags.count == RingLayout.mostTags { return RingLayout.mostTags - 1 }
    let isLast = tags.count == RingLayout.mostTags - 1
    tags.append(set(tags.count, to: isLast ? Self.unknown : tag, memory))
    return tags.count - 1
  }

  private func set(_ slot: Int, to tag: Bytes, _ memory: LineMemory) -> Tag {
    let block = memory.take(RenderedLine.size(of: tag))
    RingLayout.setTag(slot, of: header, to: RenderedLine(storing: tag, in: block))
    return Tag(bytes: tag, block: block)
  }
}
