import Testing

@testable import TraceCore

@Suite struct RingPiecesTests {
  private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 8)
  private let pieces = RingPieces()

  private func address(_ offset: Int = 0) -> UInt64 {
    UInt64(UInt(bitPattern: memory.baseAddress)) + UInt64(offset)
  }

  @Test("a text is found where it was rendered, and nowhere else")
  func text() {
    defer { memory.deallocate() }
    _ = RenderedLine(storing: "+ x\n", in: memory)
    // The line's number in a recording stands before it.
    #expect(pieces.text(at: address(4)) == nil)
    #expect(pieces.add(memory))
    #expect(pieces.text(at: address(4)).map { Bytes($0) } == "+ x\n")
    for other in [0, 1, 8, address() - 1, address(64), address(100), .max] {
      #expect(pieces.text(at: other) == nil)
    }
    pieces.deallocate()
  }

  @Test("what would reach beyond the memory is no text", arguments: [61, 1000, UInt32.max])
  func beyond(count: UInt32) {
    defer { memory.deallocate() }
    #expect(pieces.add(memory))
    memory.storeBytes(of: count, as: UInt32.self)
    #expect(pieces.text(at: address()) == nil)
    for offset in 61..<64 { #expect(pieces.text(at: address(offset)) == nil) }
    memory.storeBytes(of: 60, as: UInt32.self)
    #expect(pieces.text(at: address())?.count == 60)
    pieces.deallocate()
  }

  @Test("there is an end to the pieces that it knows")
  func most() {
    defer { memory.deallocate() }
    #expect((0..<64).allSatisfy { _ in pieces.add(memory) })
    #expect(!pieces.add(memory))
    pieces.deallocate()
  }
}
