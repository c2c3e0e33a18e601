import Testing

@testable import TraceCore

@Suite struct RingTests {
  @Test(
    "the last lines are there, in their order, however often the ring has gone round",
    arguments: [
      (1, 1), (1, 5000), (3, 2), (3, 3), (3, 4), (512, 511), (512, 512), (512, 513), (512, 1024),
      (513, 512), (513, 1024), (513, 1025), (600, 5000), (1000, 100),
    ])
  func wrapAround(last: Int, count: Int) throws {
    let recorded = try RecordedLines(last: last)
    recorded.record(numbers: 0..<count)
    #expect(recorded.lines() == RecordedLines.lines(max(0, count - last)..<count))
    #expect(recorded.ring.count == UInt64(count))
  }

  @Test("a window without a ring records nothing")
  func noRing() throws {
    let recorded = try RecordedLines(last: 5)
    let line = RenderedLine(storing: "+ x\n", in: recorded.memory.take(16))
    #expect(!RingWindow.none.isThere)
    #expect(!RingWindow.none.record(line))
    #expect(recorded.window.isThere)
    #expect(recorded.window.record(line))
    recorded.window.recordAlways(line)
    #expect(recorded.ring.count == 2)
  }

  @Test("a line has the tag that held as it ran")
  func tags() throws {
    var recorded = try RecordedLines(last: 10)
    for (tag, line) in [("", "+ a\n"), ("{x} ", "+ b\n"), ("{y} ", "+ c\n"), ("{x} ", "+ d\n")]
      as [(Bytes, Bytes)]
    {
      recorded.window.mark = recorded.ring.mark(for: tag, in: recorded.memory)
      recorded.record(line)
    }
    #expect(recorded.lines() == ["+ a\n", "+ {x} b\n", "+ {y} c\n", "+ {x} d\n"])
  }

  @Test("more than 256 tags one after the other: each line has its own")
  func manyTags() throws {
    var recorded = try RecordedLines(last: 512)
    for number in 0..<5000 {
      let tag = Bytes("{\(number / 4)} ".utf8)
      recorded.window.mark = recorded.ring.mark(for: tag, in: recorded.memory)
      recorded.record(RecordedLines.line(number))
    }
    let expected = (4488..<5000).map { Bytes("+ {\($0 / 4)} \($0)\n".utf8) }
    #expect(recorded.lines() == expected)
  }

  @Test("more than 255 at a time: the line that cannot say which says so")
  func tooManyTags() throws {
    var recorded = try RecordedLines(last: 300)
    for number in 0..<300 {
      recorded.window.mark = recorded.ring.mark(
        for: Bytes("{\(number)} ".utf8), in: recorded.memory)
      recorded.record("+ x\n")
    }
    let expected = (0..<300).map { Bytes("+ {\($0 < 255 ? "\($0)" : "?")} x\n".utf8) }
    #expect(recorded.lines() == expected)
    // Once the ring has gone round there is room again.
    recorded.window.mark = recorded.ring.mark(for: "{0} ", in: recorded.memory)
    for _ in 0..<600 { recorded.record("+ y\n") }
    recorded.window.mark = recorded.ring.mark(for: "{new} ", in: recorded.memory)
    recorded.record("+ z\n")
    #expect(recorded.lines().last == "+ {new} z\n")
  }

  @Test(
    "lines say how deep they are, 255 at most, whatever their tag",
    arguments: [(0, 0), (1, 1), (255, 255), (256, 255), (100_000, 255)])
  func depth(calls: Int, expected: Int) throws {
    var recorded = try RecordedLines(last: 10)
    recorded.window.mark = recorded.ring.mark(for: "", in: recorded.memory)
    recorded.window.mark = recorded.ring.mark(for: "{tag} ", in: recorded.memory)
    recorded.window.setDepth(77)
    recorded.window.setDepth(calls)
    recorded.record("+ x\n")
    let reader = recorded.ring.reader
    reader.forEach(reader.span) {
      #expect($0.depth == expected)
      #expect(Bytes($0.tag) == "{tag} ")
    }
  }
}
