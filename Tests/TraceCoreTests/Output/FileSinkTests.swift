import Foundation
import Testing

@testable import TraceCore

@Suite struct FileSinkTests {
  private let directory: TemporaryDirectory
  private let path: Bytes

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.path("trace.log")
  }

  @Test("after a flush every line is there")
  func flush() throws {
    let sink = try openFileSink(path)
    #expect(printLines(["a", "b"], to: sink))
    #expect(sink.flush().isDone)
    #expect(try directory.content("trace.log") == "+ a\n+ b\n")
  }

  @Test("a line is in the file at once, and behind the last one there is nothing but space")
  func atOnce() throws {
    let sink = try openFileSink(path)
    #expect(printLines(["a", "b"], to: sink))
    let content = try directory.content("trace.log")
    #expect(content.starts(with: "+ a\n+ b\n" as StaticString))
    #expect(content.dropFirst(8).allSatisfy { $0 == Ascii.space })
    #expect(sink.flush().isDone)
  }

  @Test("the sink's end cuts the file to its lines")
  func end() throws {
    do {
      let sink = try openFileSink(path)
      #expect(printLines(["a", "b"], to: sink))
    }
    #expect(try directory.content("trace.log") == "+ a\n+ b\n")
  }

  @Test("a process that is killed loses no line")
  func killed() async throws {
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as Bytes] in
      let sink = try openFileSink(path)
      #expect(printLines(["a", "b"], to: sink))
      kill(getpid(), SIGKILL)
    }
    let content = try directory.content("trace.log")
    #expect(content.starts(with: "+ a\n+ b\n" as StaticString))
    #expect(content.dropFirst(8).allSatisfy { $0 == Ascii.space })
  }

  @Test("a trace of nothing is an empty file")
  func nothing() throws {
    let sink = try openFileSink(path)
    #expect(sink.flush().isDone)
    #expect(try directory.content("trace.log") == "")
  }

  @Test("lines after a flush come behind it, and an idle flush adds nothing")
  func flushAgain() throws {
    let sink = try openFileSink(path)
    for line in ["a", "b"] as [Bytes] {
      #expect(printLines([line], to: sink))
      #expect(sink.flush().isDone)
      #expect(sink.flush().isDone)
    }
    #expect(try directory.content("trace.log") == "+ a\n+ b\n")
  }

  @Test("more than the window holds is there, in order")
  func moreThanWindow() throws {
    let sink = try openFileSink(path)
    let lines = (0..<FileMapping.size / 5).map { Bytes("line_number(\($0))".utf8) }
    #expect(printLines(lines, to: sink))
    #expect(sink.flush().isDone)
    let expected = Bytes(lines.map { "+ " + $0 + "\n" }.joined())
    #expect(expected.count > 2 * FileMapping.size)
    #expect(try directory.content("trace.log") == expected)
  }

  @Test(
    "a line as long as the window, or longer, keeps its place",
    arguments: [-1, 0, 1, 1 << 20, 10 << 20])
  func longLine(excess: Int) throws {
    let sink = try openFileSink(path)
    let long = Bytes(repeating: 0x78, count: FileMapping.size - 3 + excess)
    #expect(printLines(["before", long, "after"], to: sink))
    #expect(sink.flush().isDone)
    #expect(try directory.content("trace.log") == "+ before\n+ " + long + "\n+ after\n")
  }

  @Test("what was in the file is gone")
  func truncates() throws {
    try directory.write("trace.log", "an older and longer trace\n")
    let sink = try openFileSink(path)
    #expect(printLines(["a"], to: sink))
    #expect(sink.flush().isDone)
    #expect(try directory.content("trace.log") == "+ a\n")
  }

  @Test("a trace may hold secrets: nobody else may read it")
  func mode() throws {
    _ = try openFileSink(path)
    var status = stat()
    try checked("stat", stat(path.string, &status))
    #expect(status.st_mode & 0o077 == 0)
  }

  @Test(
    "the file leaves the descriptors below 10 to the program, and is closed on exec and in the end")
  func descriptor() throws {
    do {
      let sink = try openFileSink(path)
      let own = descriptors(openOn: path)
      #expect(own.count == 1)
      #expect(own.allSatisfy { $0 >= 10 && fcntl($0, F_GETFD) == FD_CLOEXEC })
      #expect(sink.flush().isDone)
    }
    #expect(descriptors(openOn: path) == [])
  }

  @Test("a trace never becomes the standard error of a program that has none")
  func closedStandardError() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      close(2)
      let sink = try openFileSink(directory.path("t"))
      #expect(!descriptors(openOn: directory.path("t")).contains(2))
      #expect(sink.flush().isDone)
    }
  }
}

@Suite struct ClosedFileSinkTests {
  /// Closes the sink's descriptor, and has another file take its number.
  private static func takeAway(_ path: Bytes, taking: Bool) throws {
    let numbers = descriptors(openOn: path)
    #expect(numbers.count == 1)
    for number in numbers {
      if taking { try checked("dup2", dup2(2, number)) } else { close(number) }
    }
  }

  @Test(
    "a file whose descriptor the program has closed is opened again", arguments: [false, true])
  func reopened(taking: Bool) async {
    await #expect(processExitsWith: .success) { [taking] in
      let directory = try TemporaryDirectory()
      let path = directory.path("t")
      let long = Bytes(repeating: 0x78, count: 300_000)
      let sink = try openFileSink(path)
      #expect(printLines(["before"], to: sink))
      try Self.takeAway(path, taking: taking)
      #expect(printLines([long, "after"], to: sink))
      try Self.takeAway(path, taking: taking)
      #expect(sink.flush().isDone)
      #expect(try directory.content("t") == "+ before\n+ " + long + "\n+ after\n")
    }
  }

  @Test("a file that has taken the name is left alone")
  func replaced() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let sink = try openFileSink(directory.path("t"))
      #expect(printLines(["before"], to: sink))
      try Self.takeAway(directory.path("t"), taking: false)
      try FileManager.default.removeItem(atPath: directory.path("t").string)
      try directory.write("t", "own")
      #expect(sink.flush().error?.errno == EBADF)
      #expect(try directory.content("t") == "own")
    }
  }
}

@Suite struct ForkedFileSinkTests {
  /// Prints `before`, forks, prints in the child and then in the parent.
  /// - Returns: the child's number.
  private static func forkAndPrint(to sink: Sink) throws -> pid_t {
    #expect(printLines(["before"], to: sink))
    let child = try fork {
      sink.forked()
      return printLines(["child", "again"], to: sink)
    }
    #expect(printLines(["after"], to: sink))
    #expect(sink.flush().isDone)
    return child
  }

  @Test("a child's lines are in a file of its own, with its number behind the name")
  func child() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let child = try Self.forkAndPrint(to: try openFileSink(directory.path("t")))
      #expect(try directory.content("t") == "+ before\n+ after\n")
      #expect(try directory.content(Bytes("t.\(child)".utf8)) == "+ child\n+ again\n")
    }
  }

  @Test("a child's number stands where the name has a place for it")
  func named() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let child = try Self.forkAndPrint(to: try openFileSink(directory.path("t-%p.log")))
      let names = [getpid(), child].map { Bytes("t-\($0).log".utf8) }
      #expect(try names.map(directory.content) == ["+ before\n+ after\n", "+ child\n+ again\n"])
    }
  }

  @Test("a child that prints nothing leaves no file")
  func silent() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let sink = try openFileSink(directory.path("t"))
      #expect(printLines(["before"], to: sink))
      let child = try fork {
        sink.forked()
        return sink.flush().isDone
      }
      #expect(!FileManager.default.fileExists(atPath: directory.path.string + "/t.\(child)"))
      #expect(sink.flush().isDone)
      #expect(try directory.content("t") == "+ before\n")
    }
  }
}

@Suite struct FIFOTests {
  private let path: Bytes
  private let reader: CInt
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    path = try directory.makeFIFO("fifo")
    // Without a reader the sink's open would wait for one.
    reader = try checked("open", open(path.string, O_RDONLY | O_NONBLOCK | O_CLOEXEC))
  }

  @Test("a FIFO is written line by line")
  func lineByLine() throws {
    defer { close(reader) }
    let sink = try openFileSink(path)
    #expect(sink.window.pointee.free == 0)
    var buffer = Bytes(repeating: 0, count: 100)
    for line in ["+ first\n", "+ second\n"] as [Bytes] {
      #expect(sink.put(line).isDone)
      let count = read(reader, &buffer, buffer.count)
      #expect(buffer.prefix(max(count, 0)).elementsEqual(line))
    }
  }

  @Test("a FIFO that nobody reads does not keep put waiting")
  func full() throws {
    defer { close(reader) }
    let sink = try openFileSink(path)
    #expect(sink.put(Bytes(repeating: 0x78, count: 1 << 20)).rest != nil)
  }

  @Test("a terminal's device, a null device, is written without a buffer")
  func device() throws {
    defer { close(reader) }
    let sink = try openFileSink("/dev/null")
    #expect(sink.window.pointee.free == 0)
    #expect(sink.put("+ x\n").isDone)
  }
}
