import Foundation
import Testing

@testable import TraceCore

private func report(_ recorded: RecordedLines, because reason: RingReport.Reason) -> Bytes {
  recorded.report(because: reason)
}

@Suite struct RingReportTests {
  private var process: String { "# swifttrace: process \(getpid())" }

  @Test(
    "the heading says how many of how many lines, and why",
    arguments: [
      (0, .request, ": the last 0 of 0 lines\n"),
      (1, .request, ": the last 1 of 1 line\n"),
      (2, .exception, ": the last 2 of 2 lines, at an uncaught exception\n"),
      (7, .signal(SIGSEGV), ": the last 3 of 7 lines, at SIGSEGV\n"),
      (1000, .signal(SIGUSR1), ": the last 3 of 1000 lines, at SIGUSR1\n"),
      (7, .signal(SIGWINCH), ": the last 3 of 7 lines, at signal 28\n"),
    ] as [(Int, RingReport.Reason, String)])
  func heading(count: Int, reason: RingReport.Reason, expected: String) throws {
    let recorded = try RecordedLines(last: 3)
    recorded.record(numbers: 0..<count)
    let text = report(recorded, because: reason)
    let lines = Bytes(RecordedLines.lines(max(0, count - 3)..<count).joined())
    #expect(text == Bytes((process + expected).utf8) + lines)
  }

  @Test("a tag stands behind as many crosses as there are", arguments: [1, 2, 5])
  func tagged(depth: Int) throws {
    var recorded = try RecordedLines(last: 3, tagged: depth + 1)
    recorded.window.mark = recorded.ring.mark(for: "{42 a} ", in: recorded.memory)
    let crosses = Bytes(repeating: LineFormat.cross, count: depth)
    recorded.record(crosses + " x = 1\n")
    #expect(
      report(recorded, because: .request).string.hasSuffix("\(crosses.string) {42 a} x = 1\n"))
  }

  @Test("what is lost is said to be")
  func lost() throws {
    let recorded = try RecordedLines(last: 3)
    recorded.record("+ a\n")
    recorded.record("+ b\n").storeBytes(of: 0, toByteOffset: 4, as: UInt32.self)
    recorded.record("+ c\n")
    #expect(report(recorded, because: .request).string.hasSuffix("lines\n+ a\n<lost>\n+ c\n"))
  }

  @Test("a line that is shorter than the crosses is printed as it is")
  func short() throws {
    var recorded = try RecordedLines(last: 3, tagged: 9)
    recorded.window.mark = recorded.ring.mark(for: "{x} ", in: recorded.memory)
    recorded.record("+\n")
    #expect(report(recorded, because: .request).string.hasSuffix("+\n{x} "))
  }

  @Test("a file that was cut is one line, and does not end the process")
  func cut() async throws {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let recorded = try RecordedLines(last: 3, in: directory.path("ring"))
      recorded.record(numbers: 0..<5)
      try checked("truncate", truncate(directory.path("ring").string, 0))
      recorded.record(numbers: 5..<10)
      #expect(recorded.memory.failure?.code == .wasCut)
      let lost = ": the last lines are lost: another process has cut their file, at SIGTERM\n"
      #expect(
        report(recorded, because: .signal(SIGTERM)).string
          == "# swifttrace: process \(getpid())" + lost)
    }
  }
}
