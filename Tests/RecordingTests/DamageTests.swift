import Testing

@testable import Recording

@Suite struct DamageTests {
  private func recording(_ identity: UInt64 = 7) throws -> Written {
    let written = try Written(identity: identity)
    let writer = written.writer
    let file = try writer.defineFile(Array("a.py".utf8), at: Array("/d/a.py".utf8))
    for line in 1...60 {
      _ = try writer.definePlace(UInt64(line), of: file, text: Array("x = \(line)".utf8))
    }
    _ = try writer.defineCode(Array("f".utf8), firstLine: 1, of: file)
    for index in 0..<70_000 {
      if index % 1000 == 0 { try writer.switchThread(to: UInt32(index / 1000 % 3)) }
      try writer.record(UInt32(index * 7 % 60 + 1))
    }
    return written
  }

  private func error(_ bytes: [UInt8]) -> RecordingError.Code? {
    do throws(RecordingError) {
      try RecordingReader(MemorySource(bytes)).play(to: EventReceiver())
      return nil
    } catch {
      return error.code
    }
  }

  @Test("what is no recording is said to be none")
  func foreign() {
    #expect(error([]) == .notARecording)
    #expect(error(Array("+ x = 3\n".utf8)) == .notARecording)
    #expect(error([UInt8](RecordingFormat.magic)) == .cut)
  }

  @Test("one of a later version is not read")
  func laterVersion() throws {
    var bytes = try recording().bytes
    bytes[RecordingFormat.FileOffset.version] = 4
    #expect(error(bytes) == .laterVersion)
    bytes[RecordingFormat.FileOffset.version] = 3
    #expect(error(bytes) == .folded)
  }

  @Test("a closed block with a byte that is changed is damaged")
  func flipped() throws {
    let written = try recording()
    written.writer.close()
    let bytes = written.bytes
    for offset in [65_536 + 64, 65_536 + 100, 131_072 + 80, 131_072 + 60_000] {
      var changed = bytes
      changed[offset] ^= 0x10
      #expect(error(changed) == .damaged)
    }
  }

  @Test("a block of another recording is found out")
  func mixed() throws {
    var bytes = try recording().bytes
    let other = try recording(8).bytes
    bytes.replaceSubrange(131_072..<196_608, with: other[131_072..<196_608])
    #expect(error(bytes) == .damaged)
  }

  @Test("a file that was cut has the lines before the cut, or says that it has not")
  func cut() throws {
    let bytes = try recording().bytes
    let all = try play(bytes).events
    for length in stride(from: 0, to: bytes.count, by: 4_097) {
      let cut = Array(bytes[..<length])
      guard error(cut) == nil else { continue }
      let events = try play(cut).events
      #expect(all.starts(with: events))
    }
  }

  @Test("any bytes are an error or events")
  func anyBytes() throws {
    let bytes = try recording().bytes
    var generator = Generator(state: 3)
    for _ in 0..<300 {
      var changed = bytes
      for _ in 0..<(1 + generator.next() % 5) {
        let offset = Int(generator.next() % UInt64(changed.count))
        // Every other time among the first bytes of a block.
        let near = offset % 65_536 % 200 + offset / 65_536 * 65_536
        changed[generator.next() % 2 == 0 ? offset : near] =
          UInt8(truncatingIfNeeded: generator.next())
      }
      _ = error(changed)
    }
  }
}

/// The same numbers at each run.
struct Generator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }
}
