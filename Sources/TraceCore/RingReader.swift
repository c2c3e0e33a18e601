/// Reads a ring: plain memory, no allocation, as a signal's handler may.
struct RingReader: Equatable {
  private let header: UnsafeRawPointer

  init(_ header: UnsafeRawPointer) { self.header = header }

  /// One line that was recorded.
  struct Line {
    let bytes: UnsafeRawBufferPointer
    /// Empty where the line has none.
    let tag: UnsafeRawBufferPointer
    /// How many calls deep, 255 at most; 0 where that was not asked for.
    let depth: Int
  }

  private func number(at place: Int) -> UInt64 {
    header.load(fromByteOffset: place, as: UInt64.self)
  }

  /// How many lines were recorded, ever.
  var count: UInt64 { number(at: RingLayout.Place.count) }
  /// How many of them there are to be shown.
  var shown: UInt64 { Swift.min(count, number(at: RingLayout.Place.last)) }
  var process: Int { Int(truncatingIfNeeded: number(at: RingLayout.Place.process)) }
  /// How many bytes of a line stand before its tag.
  var tagged: Int { Int(truncatingIfNeeded: number(at: RingLayout.Place.tagged)) }

  /// From the oldest to the newest.
  func forEach(_ body: (Line) -> Void) {
    let (count, shown) = (count, shown)
    for index in (count &- shown)..<count { body(line(index)) }
  }

  private func line(_ index: UInt64) -> Line {
    let place = Int(truncatingIfNeeded: index & (number(at: RingLayout.Place.capacity) &- 1))
    let entry = number(at: RingLayout.headerSize + place * 8)
    let tag = Int(truncatingIfNeeded: entry >> RingLayout.tagShift)
    return Line(
      bytes: Self.bytes(at: entry & RingLayout.addressMask),
      tag: Self.bytes(at: number(at: RingLayout.Place.tags + tag * 8)),
      depth: Int(truncatingIfNeeded: entry >> RingLayout.depthShift & 0xFF))
  }

  private static func bytes(at address: UInt64) -> UnsafeRawBufferPointer {
    guard let header = UnsafeRawPointer(bitPattern: UInt(address)) else {
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    let line = RenderedLine(at: header)
    return UnsafeRawBufferPointer(start: line.start, count: line.count)
  }
}
