import Foundation
import Testing

@testable import TraceCore

@Suite struct RingMemoryTests {
  @Test("what is given back is used again only when the ring has gone round")
  func reuse() throws {
    let recorded = try RecordedLines(last: 511)
    let block = recorded.record("+ x\n")
    recorded.memory.giveBack(block)
    for _ in 0..<511 {
      let other = recorded.record("+ y\n")
      #expect(other.baseAddress != block.baseAddress)
    }
    #expect(recorded.lines().first == "+ y\n")
    // Its entry is about to be overwritten; so it is by the line that follows.
    let next = recorded.record("+ z\n")
    #expect(next.baseAddress != block.baseAddress)
    #expect(recorded.record("+ z\n").baseAddress == block.baseAddress)
    #expect(recorded.lines().allSatisfy { $0 == "+ y\n" || $0 == "+ z\n" })
  }

  @Test("what is given back first is used first, and by lines of its size")
  func order() throws {
    let recorded = try RecordedLines(last: 511)
    let large = Bytes(repeating: 0x78, count: 1000)
    let blocks = [recorded.record("+ a\n"), recorded.record(large), recorded.record("+ c\n")]
    for block in blocks { recorded.memory.giveBack(block) }
    let line = RenderedLine(storing: "+ z\n", in: recorded.memory.take(16))
    for _ in 0..<512 { recorded.window.recordAlways(line) }
    let again = [recorded.memory.take(16), recorded.memory.take(16), recorded.memory.take(900)]
    #expect(again[0].baseAddress == blocks[0].baseAddress)
    #expect(again[1].baseAddress == blocks[2].baseAddress)
    #expect(again[2].baseAddress == blocks[1].baseAddress)
  }

  @Test("a program whose lines come and go takes no more memory with time")
  func bounded() throws {
    let recorded = try RecordedLines(last: 600)
    var held: [UnsafeMutableRawBufferPointer] = []
    func run(_ count: Int) {
      for number in 0..<count {
        held.append(recorded.record(Bytes(repeating: 0x78, count: 10 + number % 3000)))
        if held.count > 50 { recorded.memory.giveBack(held.removeFirst()) }
      }
    }
    run(10_000)
    let before = try memoryInUse()
    run(100_000)
    // Lines that stayed would be 150 MB; tests that run beside this one take some, too.
    #expect(try memoryInUse() - before < 32 << 20)
  }

  @Test("blocks do not overlap, nor run over the end of their chunk")
  func blocks() throws {
    let recorded = try RecordedLines(last: 10_000)
    var taken: [(UInt, Int)] = []
    for number in 0..<2000 {
      let block = recorded.memory.take(number * 37 % 20_000 + 1)
      #expect(block.count >= number * 37 % 20_000 + 1)
      #expect(UInt(bitPattern: block.baseAddress) % 8 == 0)
      block.initializeMemory(as: UInt8.self, repeating: UInt8(number & 0xFF))
      taken.append((UInt(bitPattern: block.baseAddress), block.count))
    }
    taken.sort { $0.0 < $1.0 }
    for (one, two) in zip(taken, taken.dropFirst()) { #expect(one.0 + UInt(one.1) <= two.0) }
  }

  @Test("a line that is larger than a chunk gets one of its own")
  func large() throws {
    let recorded = try RecordedLines(last: 10)
    let line = "+ " + Bytes(repeating: 0x78, count: 3 << 20) + "\n"
    recorded.record(line)
    recorded.record("+ y\n")
    #expect(recorded.lines() == [line, "+ y\n"])
  }

  @Test("there are few chunks, however many lines")
  func growth() throws {
    let recorded = try RecordedLines(last: 10)
    let line = "+ " + Bytes(repeating: 0x78, count: 4000) + "\n"
    for _ in 0..<40_000 { recorded.record(line) }
    #expect(recorded.lines().allSatisfy { $0 == line })
  }

  @Test("where the file is full, lines go on in memory")
  func full() async throws {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      try limitFileSize(to: 400_000)
      let recorded = try RecordedLines(last: 5000, in: directory.path("ring"))
      // Said once, on standard error.
      let said = try Channel.pipe()
      try checked("dup2", dup2(said.writer, 2))
      let line = "+ " + Bytes(repeating: 0x78, count: 500) + "\n"
      for _ in 0..<3000 { recorded.record(line) }
      close(2)
      said.closeWriter()
      #expect(recorded.lines() == Array(repeating: line, count: 3000))
      #expect(
        said.readAll()
          == "swifttrace: the file lacks the text of lines from here on: "
          + "cannot write: File too large\n")
      #expect(try directory.content("ring").count < 400_000)
    }
  }

  @Test("a file without room for a ring is an error, and is left empty")
  func fullAtOnce() async throws {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      try limitFileSize(to: 5000)
      let error = thrownError { _ = try RecordedLines(last: 100, in: directory.path("ring")) }
      #expect(error?.code == .cannotWrite)
      #expect(error?.errno == EFBIG)
      #expect(try directory.content("ring").isEmpty)
    }
  }

  @Test("a child that was forked neither reads nor gives back what is mapped of a file")
  func forked() throws {
    let directory = try TemporaryDirectory()
    let recorded = try RecordedLines(last: 10, in: directory.path("ring"))
    let block = recorded.record("+ x\n")
    let inMemory = try RecordedLines(last: 10)
    #expect(recorded.memory.isThere)
    _ = try fork {
      recorded.memory.forked()
      recorded.memory.giveBack(block)
      return !recorded.memory.isThere && inMemory.memory.isThere
    }
    #expect(recorded.lines() == ["+ x\n"])
  }
}
