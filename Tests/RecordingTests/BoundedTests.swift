import CSystem
import Testing

@testable import Recording

@Suite struct BoundedTests {
  private let most: UInt64 = 1 << 20

  /// A recording of which the caller begins the generations, as the tracer does.
  private final class Bounded {
    let descriptor: CInt
    let writer: RecordingWriter
    let clock = Clock()

    init(size: UInt64 = 0, age: UInt64 = 0) throws {
      descriptor = csystem_memory_file(0)
      var header = Written.header()
      (header.limits.size, header.limits.age) = (size, age)
      let clock = clock
      writer = try RecordingWriter(header, to: BlockFile(descriptor)) { clock.next() }
    }

    var bytes: [UInt8] {
      var size: off_t = 0
      _ = csystem_is_regular_file(descriptor, &size)
      var bytes = [UInt8](repeating: 0, count: Int(size))
      _ = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
      return bytes
    }

    /// Defines lines 1 to `count` of a file whose text is `source`.
    /// - Returns: the places.
    func places(_ count: Int, source: String = "") throws -> [UInt32] {
      let file = try writer.defineFile(Array("a.py".utf8), at: Array("/d/a.py".utf8))
      if !source.isEmpty { try writer.defineSource(Array(source.utf8), of: file) }
      return try (1...count).map {
        try writer.definePlace(UInt64($0), of: file, text: Array("x = \($0)".utf8))
      }
    }

    /// Runs lines 1 to `count` in turns.
    /// - Returns: how many generations there were.
    func run(_ lines: Int, of count: Int, label: String = "") throws -> Int {
      var (places, generations) = (try places(count, source: "text"), 1)
      if !label.isEmpty {
        let text = Array(label.utf8)
        try writer.label(try writer.defineLabel(text), text)
      }
      for line in 0..<lines {
        if writer.isGenerationFull {
          try writer.beginGeneration()
          places = try self.places(count, source: "text")
          generations += 1
        }
        try writer.record(places[line % count])
      }
      return generations
    }
  }

  private func lines(_ bytes: [UInt8]) throws -> [Int] {
    let reader = try RecordingReader(MemorySource(bytes))
    let log = Log()
    try reader.play(to: log)
    return log.events.compactMap { entry in
      guard entry.hasPrefix("line ") else { return nil }
      return Int(entry.dropFirst(5)).map { reader.definitions.places[$0 - 1].line }
    }
  }

  @Test("the file keeps its size, and the last lines are in it, each the line that it was")
  func bound() throws {
    let bounded = try Bounded(size: most)
    let (count, all) = (1_000, 1_600_000)
    let generations = try bounded.run(all, of: count)
    #expect(generations > 2)
    for _ in 0..<2 {
      #expect(bounded.bytes.count <= Int(most))
      let found = try lines(bounded.bytes)
      #expect(found.count > 200_000)
      let expected = (all - found.count..<all).map { $0 % count + 1 }
      #expect(found == expected)
      bounded.writer.close()
    }
  }

  @Test("what several generations define has one number")
  func definitions() throws {
    let bounded = try Bounded(size: most)
    _ = try bounded.run(1_200_000, of: 100)
    let all = try RecordingReader(MemorySource(bounded.bytes)).definitions
    #expect(all.fileCount == 1 && all.places.map(\.line) == Array(1...100))
    #expect(all.source(ofFile: 1)?.text == "text")
  }

  @Test("the label of a thread is in each block, also where the block is gone that said it first")
  func labels() throws {
    let bounded = try Bounded(size: most)
    _ = try bounded.run(1_200_000, of: 100, label: "{w} ")
    let reader = try RecordingReader(MemorySource(bounded.bytes))
    let log = Log()
    try reader.play(to: log)
    #expect(log.events.first == "label 1")
    #expect(reader.definitions.label(1).text == "{w} ")
    #expect(log.events.filter { $0.hasPrefix("label") }.allSatisfy { $0 == "label 1" })
  }

  @Test("definitions that change without end stay within the size")
  func endlessDefinitions() throws {
    let bounded = try Bounded(size: most)
    for turn in 0..<20_000 {
      if bounded.writer.isGenerationFull { try bounded.writer.beginGeneration() }
      let file = try bounded.writer.defineFile(Array("f\(turn)".utf8), at: [])
      try bounded.writer.defineSource([UInt8](repeating: 65, count: 5_000), of: file)
      let text = [UInt8](repeating: 66, count: turn % 100 == 0 ? 100_000 : 100)
      try bounded.writer.record(try bounded.writer.definePlace(1, of: file, text: text))
    }
    #expect(bounded.bytes.count <= Int(most))
    #expect(try lines(bounded.bytes).count > 100)
  }

  @Test("what is older than the age is given up, and its blocks are written again")
  func age() throws {
    let bounded = try Bounded(age: 16)
    _ = try bounded.run(1_600_000, of: 10)
    let found = try lines(bounded.bytes)
    #expect(found.count < 1_200_000 && found.count > 300_000)
    #expect(bounded.bytes.count < 1_600_000)
  }

  @Test("a place of an earlier generation is no line of the next one")
  func held() throws {
    let bounded = try Bounded(size: most)
    let held = try bounded.places(3)[2]
    try bounded.writer.beginGeneration()
    let again = try bounded.places(3)
    try bounded.writer.record(again[0])
    try withText("+ held\n") { try bounded.writer.spelled($0, at: held, isNote: false) }
    try withText("+ held\n") { try bounded.writer.spelled($0, at: held, isNote: false) }
    try bounded.writer.record(again[2])
    #expect(try lines(bounded.bytes) == [1, 0, 0, 3])
  }

  @Test("whatever block was being emptied as the process was killed, the others are read")
  func killed() throws {
    let bounded = try Bounded(size: most)
    _ = try bounded.run(1_200_000, of: 100)
    let bytes = bounded.bytes
    let all = try lines(bytes).count
    var read = 0
    let step = 3 * RecordingFormat.blockSize
    for start in stride(from: RecordingFormat.blockSize, to: bytes.count, by: step) {
      var changed = bytes
      for index in start..<start + 4096 { changed[index] = 0 }
      if let found = try? lines(changed) {
        read += 1
        #expect(found.count < all + 1)
      }
    }
    // Blocks of definitions are emptied only once no event refers to them.
    #expect(read > bytes.count / step / 2)
  }
}
