import CSystem
import Testing

@testable import Recording

@Suite struct LiveTests {
  private static let source = "for n in many:\n    if n:\n        a\n    b\n"

  /// A recording of that source, which is followed.
  private final class Followed {
    let written: Written
    let live: LiveRecording

    init() throws {
      written = try Written()
      let path = Array("/proc/self/fd/\(written.descriptor)".utf8)
      live = try LiveRecording(FileSource(path: path, isConsumed: true))
      let file = try written.writer.defineFile(Array("a.py".utf8), at: Array("/d/a.py".utf8))
      try written.writer.defineSource(Array(LiveTests.source.utf8), of: file)
      for line in 1...4 {
        _ = try written.writer.definePlace(UInt64(line), of: file, text: Array("x".utf8))
      }
    }

    func run(_ lines: [UInt32]) throws {
      for line in lines { try written.writer.record(line) }
    }

    /// What is new, as text.
    func news() throws -> [String] {
      _ = try live.advance()
      return live.folder.takeNews().map {
        switch $0 {
        case .line(let place): "line \(place)"
        case .way(_, let round, let places): "round \(round): \(places)"
        }
      }
    }
  }

  @Test("lines and ways are told once, as soon as they are written")
  func once() throws {
    let followed = try Followed()
    #expect(try followed.news() == [])
    try followed.run([1, 2])
    #expect(try followed.news() == ["line 1", "line 2"])
    #expect(try followed.live.advance() == false)
    try followed.run([4, 1, 2, 4, 1, 2])
    #expect(try followed.news() == ["line 4", "round 1: [1, 2, 4]"])
    try followed.run([3, 4, 1])
    #expect(try followed.news() == ["line 3", "round 3: [1, 2, 3, 4]"])
    try followed.run([2, 3, 4, 1, 2, 4, 1])
    #expect(try followed.news() == [])
    #expect(followed.live.folder.last == 1 && followed.live.folder.lines == 18)
    #expect(followed.live.folder.countedLoops[0].ways.map(\.count) == [3, 2])
  }

  @Test("a file that is looked at between its definition and that of its source has its loops")
  func between() throws {
    let written = try Written()
    let path = Array("/proc/self/fd/\(written.descriptor)".utf8)
    let live = try LiveRecording(FileSource(path: path, isConsumed: true))
    let file = try written.writer.defineFile(Array("a.py".utf8), at: Array("/d/a.py".utf8))
    _ = try live.advance()
    try written.writer.switchThread(to: 0)
    _ = try live.advance()
    try written.writer.defineSource(Array(Self.source.utf8), of: file)
    for line in 1...4 {
      _ = try written.writer.definePlace(UInt64(line), of: file, text: Array("x".utf8))
    }
    for place in [1, 2, 4, 1, 2, 4, 1] as [UInt32] { try written.writer.record(place) }
    _ = try live.advance()
    #expect(live.folder.countedLoops.map(\.rounds) == [2])
  }

  @Test("what was read of many blocks takes no place on the disk")
  func blocks() throws {
    let followed = try Followed()
    for _ in 0..<10 {
      for _ in 0..<10_000 { try followed.run([1, 2, 4]) }
      _ = try followed.news()
    }
    followed.written.writer.close()
    _ = try followed.news()
    #expect(followed.live.folder.lines == 300_000)
    #expect(followed.live.folder.countedLoops[0].ways.map(\.count) == [99_999])
    #expect(followed.written.bytes.count > 300_000)
    let events = followed.written.bytes[(3 * RecordingFormat.blockSize)...]
    #expect(events.allSatisfy { $0 == 0 })
  }

  @Test("a definition that spans blocks is read once it is whole")
  func long() throws {
    let followed = try Followed()
    let text = [UInt8](repeating: 65, count: 200_000)
    let file = try followed.written.writer.defineFile(text, at: [])
    let place = try followed.written.writer.definePlace(1, of: file, text: nil)
    try followed.run([1, place])
    #expect(try followed.news() == ["line 1", "line 5"])
    #expect(followed.live.definitions.name(ofFile: 2) == text)
  }
}
