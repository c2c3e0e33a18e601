/// The memory that rendered lines lie in: blocks that are taken and given back.
public class LineMemory {
  /// The allocator's.
  nonisolated(unsafe) public static let heap = LineMemory()

  init() {}

  /// The number by which a recording knows a line; 0: nothing is recorded.
  func place(_ line: Int, _ source: BytesView?, in lines: RenderedLines) -> UInt32 { 0 }

  /// The number by which a recording knows the file of some lines; 0: nothing is recorded.
  func file(of lines: RenderedLines) -> UInt32 { 0 }

  /// A block of `size` bytes or more, aligned to 8.
  func take(_ size: Int) -> UnsafeMutableRawBufferPointer {
    .allocate(byteCount: size, alignment: 8)
  }

  /// The lines in the block are printed no more.
  func giveBack(_ block: UnsafeMutableRawBufferPointer) { block.deallocate() }
}
