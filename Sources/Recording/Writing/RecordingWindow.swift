/// Where the path of a line records it: memory of the block that is open.
///
/// What is behind `next` is zero. An event's first byte is stored last, so a process may be
/// killed at any moment: its recording ends with an event that is whole.
public struct RecordingWindow {
  /// The memory for the next event; nil if no block is open.
  @usableFromInline var next: UnsafeMutablePointer<UInt8>?
  /// As many bytes as an event may take, without its text, lie behind it.
  @usableFromInline var end: UnsafeMutablePointer<UInt8>?
  /// The place of the line before.
  @usableFromInline var previous: UInt32 = 0
  /// The lines that were recorded, ever.
  @usableFromInline var lines: UInt64 = 0

  /// Nothing is recorded.
  public static var none: RecordingWindow { RecordingWindow(next: nil, end: nil) }

  /// A block is open, and no line in it yet.
  mutating func begin(_ start: UnsafeMutablePointer<UInt8>, end: UnsafeMutablePointer<UInt8>) {
    (next, self.end, previous) = (start, end, 0)
  }

  /// Records a line that is near the one before.
  /// - Returns: false if it is not, or if the block is full.
  @inlinable @inline(__always)
  public mutating func record(_ place: UInt32) -> Bool {
    let difference = ZigZag.encode(Int32(bitPattern: place &- previous))
    guard difference < 0x80, let next, let end, next < end else { return false }
    next.pointee = 0x20 &+ UInt8(truncatingIfNeeded: difference)
    self.next = next + 1
    previous = place
    lines &+= 1
    return true
  }
}
