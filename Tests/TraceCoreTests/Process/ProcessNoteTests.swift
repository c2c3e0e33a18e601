import Foundation
import Testing

@testable import TraceCore

@Suite struct ProcessNoteTests {
  private let opening = "# swifttrace: process \(getpid())"
  private let moment = Timestamp(seconds: 1_795_239_613, offset: 0)

  private func start(in directory: Bytes?, _ arguments: [Bytes]) -> String {
    ProcessNote.start(since: moment, in: directory, running: arguments).string
  }

  private func end(
    _ ending: ProcessNote.Ending, _ lines: Int, _ dropped: DroppedLines = DroppedLines(),
    _ failure: TraceError? = nil
  ) -> String {
    ProcessNote.end(ending, lines: lines, dropped: dropped, failure: failure).string
  }

  @Test("a start line has the parent, the time, the directory and the command")
  func begins() {
    let since = "\(opening), child of \(getppid()), traced since 2026-11-21 05:40:13 +0000"
    #expect(start(in: "/dir", ["python", "a b"]) == "\(since) in /dir: python 'a b'\n")
    #expect(start(in: "/my dir", ["python"]) == "\(since) in '/my dir': python\n")
    #expect(start(in: nil, ["python"]) == "\(since): python\n")
    #expect(start(in: "/dir", []) == "\(since) in /dir\n")
  }

  @Test("a pipe takes it whole, whatever there is to say")
  func bounded() {
    let long = Bytes(repeating: 0x1B, count: 100_000)
    for note in [
      start(in: long, [long, long]), start(in: nil, [long]),
      start(in: "/", Array(repeating: "日本", count: 10_000)),
      start(in: "/", Array(repeating: "x", count: 10_000)),
      start(in: Bytes(repeatElement("é" as Bytes, count: 3000).joined()), ["python"]),
    ] {
      #expect(note.utf8.count <= ProcessNote.mostBytes)
      #expect(note.hasSuffix("\n") && note.contains("..."))
      #expect(!note.contains("\u{FFFD}"))
    }
    #expect(start(in: long, ["python", "x.py"]).hasSuffix("...: python x.py\n"))
  }

  @Test("an end line has the status, the lines and what is not there")
  func ends() {
    #expect(end(.exit(0), 1234) == "\(opening) ended with status 0: 1234 lines\n")
    #expect(end(.exit(-1), 1) == "\(opening) ended with status 255: 1 line\n")
    #expect(end(.exit(nil), 0) == "\(opening) ended: 0 lines\n")
    #expect(end(.stopped, 2) == "\(opening) stopped tracing: 2 lines\n")
    let full = TraceError(.cannotWrite, errno: ENOSPC, subject: [])
    #expect(
      end(.exit(3), 2, DroppedLines(), full)
        == "\(opening) ended with status 3: 2 lines, "
        + "trace stopped: cannot write: No space left on device\n")
  }

  @Test("what was dropped is counted by its reason")
  func dropped() {
    var dropped = DroppedLines()
    dropped.add(.interrupted)
    let once = ", 1 line dropped: signals came while the trace waited for its reader"
    #expect(end(.stopped, 5, dropped) == "\(opening) stopped tracing: 5 lines\(once)\n")
    dropped.add(.callOutOfMemory)
    dropped.add(.callOutOfMemory)
    dropped.add(.outOfMemory)
    let memory = ", 1 line dropped: memory ran out, 2 calls dropped: memory ran out"
    #expect(end(.stopped, 5, dropped) == "\(opening) stopped tracing: 5 lines\(once)\(memory)\n")
    #expect(
      ProcessNote.gap(3, because: .interrupted).string
        == "\(opening) dropped 3 lines: "
        + "signals came while the trace waited for its reader\n")
  }
}
