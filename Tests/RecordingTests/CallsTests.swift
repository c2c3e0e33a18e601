import Testing

@testable import Recording

@Suite struct CallsTests {
  /// What is told of calls, as text.
  private final class Told: CallOutput {
    var entries: [String] = []
    override func ended(_ call: EndedCall) {
      entries.append(
        "\(call.number) in \(call.parent): \(call.code) at \(call.site), \(call.ending)"
          + " \(call.start)-\(call.end)")
    }
    override func noted(
      _ text: [UInt8], at place: UInt32, thread: UInt32, in call: UInt32, _ time: UInt64
    ) {
      entries.append("\(text.text) in \(call)")
    }
  }

  /// A recording with places 1 to 9 and code objects 1 to 3.
  private func written(_ body: (RecordingWriter) throws -> Void) throws -> [UInt8] {
    let written = try Written()
    let file = try written.writer.defineFile(Array("a.py".utf8), at: Array("/d/a.py".utf8))
    for line in 1...9 as ClosedRange<UInt64> {
      _ = try written.writer.definePlace(line, of: file, text: Array("x".utf8))
    }
    for name in ["f", "g", "h"] {
      _ = try written.writer.defineCode(Array(name.utf8), firstLine: 1, of: file)
    }
    try body(written.writer)
    written.writer.close()
    return written.bytes
  }

  private func play(_ bytes: [UInt8], functions: [UInt32] = []) throws -> (Told, CallPlayer) {
    let reader = try RecordingReader(MemorySource(bytes))
    let told = Told()
    let player = CallPlayer(reader, functions: functions, to: told)
    try reader.play(to: player)
    player.finish()
    return (told, player)
  }

  private func nodes(_ player: CallPlayer) -> [String] {
    var found: [String] = []
    player.withNodes { found.append("\($0.code) in \($0.parent): \($0.count), \($0.own)") }
    return found
  }

  @Test("calls have their times where the recording has them, and are in each other")
  func timed() throws {
    let bytes = try written { writer in
      try writer.record(1)
      try writer.stamp()
      try writer.call(1)
      try writer.record(2)
      try writer.stamp()
      try writer.call(2)
      try withText("=> g()") { try writer.note($0, at: 3, indentation: nil) }
      try writer.stamp()
      try writer.unwind()
      try writer.stamp()
      try writer.return()
      try writer.finish(status: 0)
    }
    let (told, player) = try play(bytes)
    #expect(
      told.entries == [
        "=> g() in 2", "2 in 1: 2 at 2, unwound 4-5", "1 in 0: 1 at 1, returned 3-6",
      ])
    #expect(player.isTimed)
    #expect(player.status == 0)
    #expect(nodes(player) == ["0 in -1: 0, 0", "1 in 0: 1, 2", "2 in 1: 1, 1"])
  }

  @Test("between two times that are known events are spread evenly; what is open ends at the end")
  func spread() throws {
    let bytes = try written { writer in
      try writer.call(1)
      for _ in 0..<8 { try writer.record(2) }
      try writer.call(2)
      for _ in 0..<100 { try writer.stamp() }
    }
    let (told, player) = try play(bytes)
    #expect(!told.entries.isEmpty)
    #expect(told.entries.allSatisfy { $0.contains("open") })
    #expect(player.end == 102)
  }

  @Test("without calls a line of another function is a call of it, or the return to it")
  func inferred() throws {
    // Line 1 is the module's, 2 and 3 are of a function that begins with line 2.
    let functions = [0, 1, 2 | CallPlayer.entry, 2] as [UInt32]
    let bytes = try written { writer in
      for place in [1, 2, 3, 1, 2, 2, 3, 1] as [UInt32] { try writer.record(place) }
      try writer.finish(status: nil)
    }
    let (told, player) = try play(bytes, functions: functions)
    #expect(told.entries.count == 4)
    #expect(player.calls == 4)
    #expect(player.hasEnd && player.status == nil)
    let counts = nodes(player).map { String($0.prefix { $0 != "," }) }
    #expect(counts == ["0 in -1: 0", "1 in 0: 1", "2 in 1: 2", "2 in 2: 1"])
  }

  @Test("ends without a beginning are left out, and deep recursion is counted at one depth")
  func unbalanced() throws {
    let bytes = try written { writer in
      try writer.return()
      for _ in 0..<CallTree.mostDepth + 50 { try writer.call(1) }
      try writer.finish(status: 1)
    }
    let (told, player) = try play(bytes)
    #expect(told.entries.count == CallTree.mostDepth + 50)
    #expect(nodes(player).count == CallTree.mostDepth + 1)
    #expect(nodes(player).last?.contains(": 51,") == true)
  }
}
