import Foundation
import Testing

@testable import TraceCore

@Suite struct RingReaderTests {
  @Test("a copy of the entries is the last lines, too", arguments: [0, 3, 512, 600, 5000])
  func copied(count: Int) throws {
    let recorded = try RecordedLines(last: 300)
    recorded.record(numbers: 0..<count)
    let expected = RecordedLines.lines(max(0, count - 300)..<count)
    #expect(recorded.lines(recorded.ring.reader.copiedSpan()) == expected)
  }

  @Test("what is overwritten while it is copied is not in the copy")
  func overwritten() throws {
    let recorded = try RecordedLines(last: 511)
    recorded.record(numbers: 0..<512)
    // There is room for one more, which may be half overwritten at any moment.
    let span = recorded.ring.reader.copiedSpan()
    #expect((span.first, span.end) == (1, 512))
    #expect(recorded.lines(span) == RecordedLines.lines(1..<512))
  }

  @Test("a copy stays what it is while the ring goes on")
  func stays() throws {
    let recorded = try RecordedLines(last: 300)
    recorded.record(numbers: 0..<1000)
    let span = recorded.ring.reader.copiedSpan()
    recorded.record(numbers: 1000..<5000)
    #expect(recorded.lines(span) == RecordedLines.lines(700..<1000))
  }

  @Test("entries that are not of this process are lost, and do no harm")
  func garbage() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("ring")
    let recorded = try RecordedLines(last: 100, in: path)
    recorded.record(numbers: 0..<100)
    let descriptor = try checked("open", open(path.string, O_RDWR | O_CLOEXEC))
    defer { close(descriptor) }
    for place in stride(from: 0, to: 100, by: 2) {
      var garbage = UInt64.random(in: 0...UInt64.max)
      try checked("pwrite", CInt(pwrite(descriptor, &garbage, 8, off_t(4096 + place * 8))))
    }
    let lines = recorded.lines()
    #expect(lines.count == 100)
    for place in 0..<100 {
      #expect(lines[place] == (place % 2 == 0 ? nil : RecordedLines.line(place)))
    }
  }

  @Test("a line without its end, as another process leaves it, is lost")
  func noEnd() throws {
    let recorded = try RecordedLines(last: 10)
    let block = recorded.record("+ x = 1\n")
    #expect(recorded.lines() == ["+ x = 1\n"])
    block.storeBytes(of: 0, toByteOffset: 15, as: UInt8.self)
    #expect(recorded.lines() == [nil])
    block.storeBytes(of: 0, toByteOffset: 4, as: UInt32.self)
    #expect(recorded.lines() == [nil])
  }
}
