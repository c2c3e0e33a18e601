import CSystem

/// Reads a ring of this process: plain memory, no allocation, as a signal's handler may.
/// What may be in a file is believed only where it does no harm.
struct RingReader {
  let header: UnsafeRawPointer
  let capacity: Int
  let shape: RingShape
  let pieces: RingPieces
  /// Room for all entries, which are copied here while other threads go on; empty where
  /// there was no memory.
  let copies: UnsafeMutableRawBufferPointer

  /// One line that was recorded.
  struct Line {
    /// The line with its newline; nil if it is not to be had.
    let bytes: UnsafeRawBufferPointer?
    /// Empty where the line has none.
    let tag: UnsafeRawBufferPointer
    /// How many calls deep, 255 at most; 0 where that was not asked for.
    let depth: Int
  }

  /// Lines by their numbers, from `first` up to `end`, and where their entries lie.
  struct Span {
    var first: UInt64
    let end: UInt64
    fileprivate let entries: UnsafeRawPointer

    var count: UInt64 { end &- first }
  }

  /// Whether the ring is there: its file may have been cut.
  var isThere: Bool { RingLayout.isOurs(header) }

  /// How many lines were recorded, ever.
  var count: UInt64 { RingLayout.number(at: RingLayout.Offset.count, of: header) }

  /// The last lines.
  var span: Span {
    let count = count
    let shown = Swift.min(count, UInt64(shape.last))
    return Span(first: count &- shown, end: count, entries: header + RingLayout.headerSize)
  }

  /// The lines that can be had which came after `count` others, and no later than the one
  /// that made them `end`.
  func span(after count: UInt64, upTo end: UInt64) -> Span {
    let all = self.count
    let oldest = all &- Swift.min(all, UInt64(shape.reach))
    let end = Swift.min(Swift.max(end, oldest), all)
    let first = Swift.min(Swift.max(oldest, count), end)
    return Span(first: first, end: end, entries: header + RingLayout.headerSize)
  }

  /// The last lines for a reader that no GIL keeps the other threads from: what they overwrite
  /// meanwhile is not in it.
  func copiedSpan() -> Span {
    let span = span
    guard let entries = copies.baseAddress else { return span }
    for number in span.first..<span.end {
      entries.storeBytes(
        of: entry(number, span.entries), toByteOffset: offset(number), as: UInt64.self)
    }
    // An entry is stored before it is counted.
    let next = count &+ 1
    let valid = next > UInt64(capacity) ? next &- UInt64(capacity) : 0
    let first = Swift.min(Swift.max(span.first, valid), span.end)
    return Span(first: first, end: span.end, entries: UnsafeRawPointer(entries))
  }

  /// Calls `body` for each line of the span, from the oldest to the newest.
  func forEach(_ span: Span, _ body: (Line) -> Void) {
    for number in span.first..<span.end { body(line(entry(number, span.entries))) }
  }

  private func entry(_ number: UInt64, _ entries: UnsafeRawPointer) -> UInt64 {
    entries.load(fromByteOffset: offset(number), as: UInt64.self)
  }

  private func offset(_ number: UInt64) -> Int {
    Int(truncatingIfNeeded: number & UInt64(capacity - 1)) * 8
  }

  private func line(_ entry: UInt64) -> Line {
    let bytes = pieces.text(at: entry & RingLayout.addressMask)
    let offset = RingLayout.Offset.tags + Int(truncatingIfNeeded: entry >> RingLayout.tagShift) * 8
    let tag = pieces.text(at: RingLayout.number(at: offset, of: header))
    return Line(
      bytes: bytes.flatMap { $0.last == Ascii.newline ? $0 : nil },
      tag: tag ?? UnsafeRawBufferPointer(start: nil, count: 0),
      depth: Int(truncatingIfNeeded: entry >> RingLayout.depthShift & 0xFF))
  }
}
