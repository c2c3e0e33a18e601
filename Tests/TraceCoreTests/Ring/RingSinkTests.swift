import Foundation
import Testing

@testable import TraceCore

private func openSink(
  _ path: Bytes? = nil, to descriptor: CInt = 2, last: Int = 3, isChild: Bool = false
) throws(TraceError) -> RingSink {
  try RingSink(
    RingSink.Kept(RingShape(last: last, tagged: 2), signal: 0), to: path.map { OutputName($0) },
    descriptor,
    as: OwnFile.Mode(isChild: isChild))
}

/// As the local trace function does.
private func record(_ source: [Bytes], in sink: RingSink) {
  let text = SourceText(Bytes(source.joined(separator: "\n" as Bytes)))
  let lines = RenderedLines(
    of: RenderedLines.Source(text, name: "f.py"), as: LineStyle(.line), in: sink.lines)
  for index in source.indices { _ = sink.ringWindow.record(lines.line(index + 1)) }
}

@Suite struct RingSinkTests {
  private let directory: TemporaryDirectory
  private let channel: Channel

  init() throws {
    directory = try TemporaryDirectory()
    channel = try Channel.pipe()
  }

  @Test("the last lines are printed where they are asked for, after a heading")
  func printed() throws {
    let sink = try openSink(to: channel.writer)
    record(["a", "b", "c", "d"], in: sink)
    #expect(sink.count == 4)
    let text = sink.text(because: .request)
    #expect(sink.put(text).isDone)
    let heading = "# swifttrace: process \(getpid()): the last 3 of 4 lines\n"
    #expect(channel.read(1000).string == heading + "+ b\n+ c\n+ d\n")
    #expect(sink.lastLines().map(\.bytes) == ["+ b\n", "+ c\n", "+ d\n"])
  }

  @Test("only the lines that came after others are asked for")
  func after() throws {
    let sink = try openSink()
    record(["a", "b", "c", "d"], in: sink)
    #expect(sink.lastLines(after: 0).map(\.bytes) == ["+ b\n", "+ c\n", "+ d\n"])
    #expect(sink.lastLines(after: 3).map(\.bytes) == ["+ d\n"])
    #expect(sink.lastLines(after: 4).isEmpty)
    #expect(sink.lastLines(after: 9).isEmpty)
    #expect(sink.lastLines(after: -1).count == 3)
  }

  @Test("lines that programs read are printed for people: their places, their depth, a tag")
  func fields() throws {
    let kept = RingSink.Kept(RingShape(last: 3, tagged: 2, isFields: true), signal: 0)
    let sink = try RingSink(kept, to: nil, 2, as: OwnFile.Mode(isChild: false))
    let text = SourceText("a\n\tb = \"\u{1f}\"")
    let lines = RenderedLines(
      of: RenderedLines.Source(text, name: "f.py"), as: LineStyle(.fields), in: sink.lines)
    var window = sink.ringWindow
    window.mark = sink.mark(for: "{worker} ")
    _ = window.record(lines.line(1))
    window.setDepth(2)
    _ = window.record(lines.line(2))
    let printed = sink.text(because: .request).string.split(separator: "\n").dropFirst()
    #expect(printed == ["f.py:1: {worker} a", "f.py:2:     {worker} \tb = \"\\x1f\""])
  }

  @Test("lines whose file is forgotten are still printed")
  func forgotten() throws {
    let sink = try openSink()
    for _ in 0..<1000 { record(["a", "b", "c"], in: sink) }
    #expect(sink.lastLines().map(\.bytes) == ["+ a\n", "+ b\n", "+ c\n"])
  }

  @Test("what cannot be printed does not stop the trace")
  func unprinted() throws {
    let sink = try openSink(to: channel.writer)
    channel.closeReader()
    #expect(sink.put("text").isDone)
    #expect(sink.finish("text").isDone)
    record(["a"], in: sink)
    #expect(sink.count == 1)
  }

  @Test("a reader that is behind is waited for by finish alone")
  func waits() throws {
    let sink = try openSink(to: channel.writer)
    let text = Bytes(repeating: 0x78, count: 1 << 20)
    #expect(sink.put(text).rest?.isEmpty == false)
  }

  @Test("a descriptor that is not open is an error; a closed standard error is none")
  func closed() async throws {
    #expect(thrownError { _ = try openSink(to: 987) }?.code == .badDescriptor)
    await #expect(processExitsWith: .success) {
      close(2)
      let sink = try openSink()
      record(["a"], in: sink)
      #expect(sink.put(sink.text(because: .request)).isDone)
      #expect(sink.count == 1)
    }
  }

  @Test("what is no regular file is an error", arguments: ["/dev/null", "/dev/full"] as [Bytes])
  func noFile(path: Bytes) throws {
    let error = thrownError { _ = try openSink(path) }
    #expect(error?.code == .notAFile)
    #expect(error?.subject == path)
  }

  @Test("a FIFO is an error, and is not waited for")
  func fifo() throws {
    let path = try directory.makeFIFO("fifo")
    #expect(thrownError { _ = try openSink(path) }?.code == .notAFile)
    let below = directory.path("no/such")
    #expect(thrownError { _ = try openSink(below) }?.code == .cannotOpen)
  }

  @Test("a file is emptied first; a child's has its number")
  func names() throws {
    let path = try directory.write("ring", Bytes(repeating: 0x78, count: 1 << 20))
    _ = try openSink(path)
    #expect(try directory.content("ring").starts(with: "swifttrace-ring\n" as StaticString))
    #expect(try directory.content("ring").count < 1 << 20)
    _ = try openSink(path, isChild: true)
    #expect(try !directory.content(Bytes("ring.\(getpid())".utf8)).isEmpty)
  }

  @Test("a child that was forked has a ring of its own, from its first line on")
  func forked() throws {
    for path in [nil, directory.path("ring")] as [Bytes?] {
      let sink = try openSink(path)
      record(["parent"], in: sink)
      let child = try fork {
        sink.forked()
        let isEmpty = sink.count == (path == nil ? 1 : 0) && !sink.ringWindow.isThere
        let text = sink.text(because: .request)
        let saysNothing =
          text.string.hasSuffix("the last 0 of 0 lines\n") && sink.lastLines().isEmpty
        guard isEmpty, saysNothing, (try? sink.move(tagged: 3)) == true else { return false }
        record(["child"], in: sink)
        return sink.lastLines().map(\.bytes) == ["+ child\n"]
          && (try? sink.move(tagged: 3)) == false
      }
      #expect(sink.lastLines().map(\.bytes) == ["+ parent\n"])
      if path != nil { #expect(try !directory.content(Bytes("ring.\(child)".utf8)).isEmpty) }
    }
  }

  @Test("a file that was cut is said to be, at the end")
  func cut() async throws {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let sink = try openSink(directory.path("ring"))
      record(["a"], in: sink)
      #expect(sink.flush().isDone)
      try checked("truncate", truncate(directory.path("ring").string, 100))
      record(["b"], in: sink)
      #expect(sink.flush().error?.code == .wasCut)
    }
  }
}
