import Foundation
import Testing

@testable import TraceCore

@Suite struct RingLayoutTests {
  @Test(
    "there is room for as many lines as are kept: a power of two",
    arguments: [(1, 512), (511, 512), (512, 1024), (1000, 1024), (10_000_000, 1 << 24)])
  func capacity(last: Int, expected: Int) {
    #expect(RingLayout.capacity(for: last) == expected)
    #expect(RingLayout.size(for: last) >= RingLayout.headerSize + expected * 8)
    #expect(RingLayout.size(for: last) % RingLayout.grain == 0)
  }

  @Test("the header says what another process has to know")
  func header() {
    let header = UnsafeMutableRawPointer.allocate(
      byteCount: RingLayout.headerSize, alignment: 4096)
    defer { header.deallocate() }
    header.initializeMemory(as: UInt8.self, repeating: 0, count: RingLayout.headerSize)
    #expect(!RingLayout.isOurs(header))
    RingLayout.write(to: header, last: 700, capacity: RingLayout.capacity(for: 700), tagged: 3)
    let magic = UnsafeRawBufferPointer(start: header, count: 16)
    #expect(Bytes(magic) == "swifttrace-ring\n")
    let numbers = [16, 24, 32, 40, 48].map { RingLayout.number(at: $0, of: header) }
    #expect(numbers == [1, 1024, 700, UInt64(getpid()), 3])
    #expect(RingLayout.isOurs(header))
    header.storeBytes(of: 1, toByteOffset: 40, as: UInt64.self)
    #expect(!RingLayout.isOurs(header))
  }

  @Test("the places of the header do not overlap")
  func places() {
    #expect(RingLayout.Offset.tags + RingLayout.mostTags * 8 <= RingLayout.Offset.count)
    #expect(RingLayout.Offset.count + 8 == RingLayout.headerSize)
  }
}
