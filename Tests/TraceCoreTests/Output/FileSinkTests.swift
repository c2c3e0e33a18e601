import Foundation
import Testing

@testable import TraceCore

private func openSink(_ path: Bytes) throws(TraceError) -> Sink {
  try FileSink.open(OutputName(path))
}

/// Prints as the local trace function does: into the window, else by `put`.
private func printLines(_ source: [Bytes], to sink: Sink) -> Bool {
  let text = SourceText(Bytes(source.joined(separator: "\n" as Bytes)))
  let lines = RenderedLines(of: text, named: "f.py", as: .line)
  return source.indices.allSatisfy { index in
    let line = lines.line(index + 1)
    return sink.window.pointee.copy(line) || sink.put(line.bytes).isDone
  }
}

@Suite struct FileSinkTests {
  private let directory: TemporaryDirectory
  private let path: Bytes

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.path("trace.log")
  }

  @Test("after a flush every line is there")
  func flush() throws {
    let sink = try openSink(path)
    #expect(printLines(["a", "b"], to: sink))
    #expect(sink.flush().isDone)
    #expect(try directory.content("trace.log") == "+ a\n+ b\n")
  }

  @Test("a line is in the file at once, and behind the last one there is nothing but space")
  func atOnce() throws {
    let sink = try openSink(path)
    #expect(printLines(["a", "b"], to: sink))
    let content = try directory.content("trace.log")
    #expect(content.starts(with: "+ a\n+ b\n" as StaticString))
    #expect(content.dropFirst(8).allSatisfy { $0 == Ascii.space })
    #expect(sink.flush().isDone)
  }

  @Test("the sink's end cuts the file to its lines")
  func end() throws {
    do {
      let sink = try openSink(path)
      #expect(printLines(["a", "b"], to: sink))
    }
    #expect(try directory.content("trace.log") == "+ a\n+ b\n")
  }

  @Test("a process that is killed loses no line")
  func killed() async throws {
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as Bytes] in
      let sink = try openSink(path)
      #expect(printLines(["a", "b"], to: sink))
      kill(getpid(), SIGKILL)
    }
    let content = try directory.content("trace.log")
    #expect(content.starts(with: "+ a\n+ b\n" as StaticString))
    #expect(content.dropFirst(8).allSatisfy { $0 == Ascii.space })
  }

  @Test("a trace of nothing is an empty file")
  func nothing() throws {
    let sink = try openSink(path)
    #expect(sink.flush().isDone)
    #expect(try directory.content("trace.log") == "")
  }

  @Test("lines after a flush come behind it, and an idle flush adds nothing")
  func flushAgain() throws {
    let sink = try openSink(path)
    for line in ["a", "b"] as [Bytes] {
      #expect(printLines([line], to: sink))
      #expect(sink.flush().isDone)
      #expect(sink.flush().isDone)
    }
    #expect(try directory.content("trace.log") == "+ a\n+ b\n")
  }

  @Test("more than the window holds is there, in order")
  func moreThanWindow() throws {
    let sink = try openSink(path)
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
    let sink = try openSink(path)
    let long = Bytes(repeating: 0x78, count: FileMapping.size - 3 + excess)
    #expect(printLines(["before", long, "after"], to: sink))
    #expect(sink.flush().isDone)
    #expect(try directory.content("trace.log") == "+ before\n+ " + long + "\n+ after\n")
  }

  @Test("what was in the file is gone")
  func truncates() throws {
    try directory.write("trace.log", "an older and longer trace\n")
    let sink = try openSink(path)
    #expect(printLines(["a"], to: sink))
    #expect(sink.flush().isDone)
    #expect(try directory.content("trace.log") == "+ a\n")
  }

  @Test("a trace may hold secrets: nobody else may read it")
  func mode() throws {
    _ = try openSink(path)
    var status = stat()
    try checked("stat", stat(path.string, &status))
    #expect(status.st_mode & 0o077 == 0)
  }

  @Test(
    "the file leaves the descriptors below 10 to the program, and is closed on exec and in the end")
  func descriptor() throws {
    do {
      let sink = try openSink(path)
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
      let sink = try openSink(directory.path("t"))
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
      let sink = try openSink(path)
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
      let sink = try openSink(directory.path("t"))
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
      let child = try Self.forkAndPrint(to: try openSink(directory.path("t")))
      #expect(try directory.content("t") == "+ before\n+ after\n")
      #expect(try directory.content(Bytes("t.\(child)".utf8)) == "+ child\n+ again\n")
    }
  }

  @Test("a child's number stands where the name has a place for it")
  func named() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let child = try Self.forkAndPrint(to: try openSink(directory.path("t-%p.log")))
      let names = [getpid(), child].map { Bytes("t-\($0).log".utf8) }
      #expect(try names.map(directory.content) == ["+ before\n+ after\n", "+ child\n+ again\n"])
    }
  }

  @Test("a child that prints nothing leaves no file")
  func silent() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let sink = try openSink(directory.path("t"))
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

@Suite struct UnwritableFileTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    try directory.write("file", "x")
  }

  @Test(
    "a path that cannot be opened is named, with the system's reason",
    arguments: [
      ("missing/t.log", ENOENT), ("file/t.log", ENOTDIR), ("", EISDIR), ("t\0.log", EINVAL),
    ] as [(Bytes, CInt)])
  func cannotOpen(name: Bytes, reason: CInt) throws {
    let path = directory.path(name)
    let error = try #require(thrownError { _ = try openSink(path) })
    #expect(error.code == .cannotOpen)
    #expect(error.errno == reason)
    #expect(error.subject == path)
  }

  @Test("a name with a NUL in it leaves the file of its beginning alone")
  func embeddedNUL() throws {
    _ = thrownError { _ = try openSink(directory.path("file\0.log")) }
    #expect(try directory.content("file") == "x")
  }

  @Test("a path that is too long is named, too")
  func tooLong() throws {
    let path = directory.path(Bytes(repeating: 0x78, count: 5000))
    let error = try #require(thrownError { _ = try openSink(path) })
    #expect(error.errno == ENAMETOOLONG)
    #expect(error.subject == path)
  }
}

@Suite struct FullFileTests {
  #if os(Linux)
    @Test("a full device stops the trace with its reason")
    func fullDevice() throws {
      let sink = try openSink("/dev/full")
      let error = try #require(sink.put("+ x\n").error)
      #expect(error.code == .cannotWrite)
      #expect(error.errno == ENOSPC)
      #expect(error.description == "cannot write: No space left on device")
    }
  #endif

  @Test("a file that may not grow keeps every line that was taken, and stops the trace")
  func limit() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let sink = try openSink(directory.path("t"))
      try limitFileSize(to: 1 << 20)
      let (taken, error) = putUntilFailure(sink)
      #expect(error?.code == .cannotWrite)
      #expect(error?.errno == EFBIG)
      #expect(taken.count > 500_000)
      #expect(try directory.content("t") == taken)
      #expect(sink.flush().isDone)
      #expect(sink.putLast("# end\n").isDone)
      #expect(try directory.content("t") == taken + "# end\n")
    }
  }

  @Test("a forked child's file that may not grow has no half line")
  func childsLimit() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let sink = try openSink(directory.path("t"))
      sink.forked()
      #expect(sink.put("+ first\n").isDone)
      try limitFileSize(to: 25_000)
      let (taken, error) = putUntilFailure(sink)
      #expect(error?.errno == EFBIG)
      #expect(taken.count == 20_000)
      #expect(sink.putLast("# end\n").isDone)
      let name = Bytes("t.\(getpid())".utf8)
      #expect(try directory.content(name) == "+ first\n" + taken + "# end\n")
    }
  }
}

@Suite struct CutFileTests {
  @Test("a file that another process cuts stops the trace and leaves the program alive")
  func cut() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let sink = try openSink(directory.path("t"))
      #expect(printLines(["before"], to: sink))
      try checked("truncate", truncate(directory.path("t").string, 0))
      #expect(printLines(["after"], to: sink))
      #expect(putUntilFailure(sink).error?.code == .wasCut)
      #expect(try directory.content("t") == "")
      #expect(sink.putLast("# end\n").isDone)
      #expect(try directory.content("t") == "# end\n")
    }
  }

  @Test("a file that is cut and not written to again is reported at the flush")
  func cutBeforeFlush() throws {
    let directory = try TemporaryDirectory()
    let sink = try openSink(directory.path("t"))
    #expect(printLines(["before"], to: sink))
    try checked("truncate", truncate(directory.path("t").string, 0))
    let error = try #require(sink.flush().error)
    #expect(error.description == "the file was cut by another process")
    #expect(try directory.content("t") == "")
  }

  @Test("a file that is cut when it has grown long leaves the program alive, too")
  func cutLong() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let sink = try openSink(directory.path("t"))
      let long = Bytes(repeating: 0x78, count: 32 * FileMapping.size)
      #expect(printLines([long, "before"], to: sink))
      try checked("truncate", truncate(directory.path("t").string, 0))
      #expect(printLines(["after"], to: sink))
      #expect(sink.flush().error?.code == .wasCut)
    }
  }

  @Test("a file that is cut and grows again has lost lines, which is told")
  func cutAndGrown() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let sink = try openSink(directory.path("t"))
      #expect(printLines(["before"], to: sink))
      try checked("truncate", truncate(directory.path("t").string, 0))
      #expect(printLines(["after"], to: sink))
      try checked("truncate", truncate(directory.path("t").string, 1 << 20))
      #expect(sink.flush().error?.code == .wasCut)
    }
  }

  @Test("a file that is removed is written all the same, which is told in the end")
  func removed() throws {
    let directory = try TemporaryDirectory()
    let sink = try openSink(directory.path("t"))
    let reader = try FileHandle(forReadingFrom: URL(fileURLWithPath: directory.path("t").string))
    try checked("unlink", unlink(directory.path("t").string))
    #expect(printLines(["a"], to: sink))
    #expect(sink.flush().error?.description == "the file was removed")
    #expect(try reader.readToEnd() == Data("+ a\n".utf8))
  }
}

@Suite struct BusErrorTests {
  // The test's own process removes it: the one that ends by a signal cannot.
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test("a bus error that is not the trace's is the program's own handler's")
  func chained() async {
    await #expect(processExitsWith: .exitCode(7)) { [path = directory.path as Bytes] in
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in _exit(7) }
      try checked("sigaction", sigaction(SIGBUS, &action, nil))
      try raiseBusError(in: path)
    }
  }

  @Test("a bus error that is not the trace's and that nobody handles ends the program")
  func unhandled() async {
    await #expect(processExitsWith: .signal(SIGBUS)) { [path = directory.path as Bytes] in
      signal(SIGBUS, SIG_DFL)
      try raiseBusError(in: path)
    }
  }

  @Test("a SIGBUS that somebody sends ends the program, as without a trace")
  func sent() async {
    await #expect(processExitsWith: .signal(SIGBUS)) { [path = directory.path as Bytes] in
      signal(SIGBUS, SIG_DFL)
      let sink = try openSink(path + "/t")
      #expect(printLines(["x"], to: sink))
      raise(SIGBUS)
    }
  }
}

/// Touches a mapping that has no file behind it while a trace goes to another.
private func raiseBusError(in directory: Bytes) throws {
  let sink = try openSink(directory + "/t")
  #expect(printLines(["x"], to: sink))
  let file = try checked("open", open((directory + "/other").string, O_RDWR | O_CREAT, 0o600))
  let memory = mmap(nil, 1, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
  memory?.storeBytes(of: 1, as: UInt8.self)
}

/// Puts lines until one is refused, 10 MB at the most: what was taken, and the refusal.
private func putUntilFailure(_ sink: Sink) -> (taken: Bytes, error: TraceError?) {
  let line = Bytes(repeating: 0x78, count: 9_999) + "\n"
  for count in 0..<1000 {
    if let error = sink.put(line).error {
      return (Bytes(repeatElement(line, count: count).joined()), error)
    }
  }
  return ([], nil)
}

/// For the process: call it in one of its own. SIGXFSZ would end that.
func limitFileSize(to bytes: rlim_t) throws {
  signal(SIGXFSZ, SIG_IGN)
  var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
  #if os(Linux)
    try checked("setrlimit", setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit))
  #else
    try checked("setrlimit", setrlimit(RLIMIT_FSIZE, &limit))
  #endif
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
    let sink = try openSink(path)
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
    let sink = try openSink(path)
    #expect(sink.put(Bytes(repeating: 0x78, count: 1 << 20)).rest != nil)
  }

  @Test("a terminal's device, a null device, is written without a buffer")
  func device() throws {
    defer { close(reader) }
    let sink = try openSink("/dev/null")
    #expect(sink.window.pointee.free == 0)
    #expect(sink.put("+ x\n").isDone)
  }
}
