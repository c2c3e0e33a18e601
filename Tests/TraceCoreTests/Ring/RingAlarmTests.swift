import Foundation
import Testing

@testable import TraceCore

private func armedSink(to descriptor: CInt, signal: CInt = 0, lines: [Bytes] = ["a", "b"]) throws
  -> RingSink
{
  let sink = try RingSink(
    RingSink.Kept(RingShape(last: 9, tagged: 2), signal: signal), to: nil, descriptor,
    as: OwnFile.Mode(isChild: false))
  let text = SourceText(Bytes(lines.joined(separator: "\n" as Bytes)))
  let rendered = RenderedLines(
    of: RenderedLines.Source(text, name: "f.py"), as: LineStyle(.line), in: sink.lines)
  for index in lines.indices { _ = sink.ringWindow.record(rendered.line(index + 1)) }
  sink.arm()
  return sink
}

private func heading(_ count: Int, at signal: String) -> String {
  "# swifttrace: process \(getpid()): the last \(count) of \(count) lines, at \(signal)\n"
}

/// Each in a process of its own: there is one alarm in a process.
@Suite struct RingAlarmTests {
  @Test("a signal that was asked for prints the ring as often as it comes")
  func requested() async throws {
    await #expect(processExitsWith: .success) {
      let channel = try Channel.pipe()
      let sink = try armedSink(to: channel.writer, signal: SIGUSR1)
      for _ in 0..<2 {
        send(SIGUSR1)
        #expect(channel.read(1000).string == heading(2, at: "SIGUSR1") + "+ a\n+ b\n")
      }
      sink.disarm()
    }
  }

  @Test("a fatal signal prints it and ends the process by that signal")
  func fatal() async throws {
    let result = await #expect(
      processExitsWith: .signal(SIGSEGV), observing: [\.standardErrorContent]
    ) {
      signal(SIGSEGV, SIG_DFL)
      let sink = try armedSink(to: 2)
      send(SIGSEGV)
      withExtendedLifetime(sink) {}
    }
    let said = try #require(result).standardErrorContent.string
    #expect(said.hasSuffix(": the last 2 of 2 lines, at SIGSEGV\n+ a\n+ b\n"))
  }

  @Test("once it is disarmed nothing is printed")
  func disarmed() async throws {
    await #expect(processExitsWith: .success) {
      let channel = try Channel.pipe()
      signal(SIGUSR1, SIG_IGN)
      let sink = try armedSink(to: channel.writer, signal: SIGUSR1)
      sink.disarm()
      send(SIGUSR1)
      channel.closeWriter()
      withExtendedLifetime(sink) {}
    }
  }

  @Test("a ring that has gone is not printed")
  func gone() async throws {
    await #expect(processExitsWith: .success) {
      let channel = try Channel.pipe()
      signal(SIGUSR1, SIG_IGN)
      do { _ = try armedSink(to: channel.writer, signal: SIGUSR1) }
      send(SIGUSR1)
      try channel.setNonBlocking()
    }
  }

  @Test("a reader that does not come is not waited for much longer than a second")
  func stuck() async throws {
    await #expect(processExitsWith: .success) {
      let channel = try Channel.pipe()
      let line = Bytes(repeating: 0x78, count: 50_000)
      let sink = try armedSink(
        to: channel.writer, signal: SIGUSR1, lines: Array(repeating: line, count: 9))
      let start = Date()
      send(SIGUSR1)
      #expect(Date().timeIntervalSince(start) < 10)
      #expect(channel.read(10).count == 10)
      sink.disarm()
    }
  }

  @Test("a descriptor that stands for another file by now is not written to")
  func taken() async throws {
    await #expect(processExitsWith: .success) {
      let channel = try Channel.pipe()
      let before = descriptors(openAs: channel.writer)
      let sink = try armedSink(to: channel.writer, signal: SIGUSR1)
      let own = try #require(descriptors(openAs: channel.writer).subtracting(before).first)
      let directory = try TemporaryDirectory()
      try directory.write("file", "")
      let file = try checked("open", open(directory.path("file").string, O_RDWR))
      try checked("dup2", dup2(file, own))
      send(SIGUSR1)
      #expect(try directory.content("file").isEmpty)
      withExtendedLifetime(sink) {}
    }
  }
}
