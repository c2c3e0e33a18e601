import Foundation
import Testing

@testable import TraceCore

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
    let error = try #require(thrownError { _ = try openFileSink(path) })
    #expect(error.code == .cannotOpen)
    #expect(error.errno == reason)
    #expect(error.subject == path)
  }

  @Test("a name with a NUL in it leaves the file of its beginning alone")
  func embeddedNUL() throws {
    _ = thrownError { _ = try openFileSink(directory.path("file\0.log")) }
    #expect(try directory.content("file") == "x")
  }

  @Test("a path that is too long is named, too")
  func tooLong() throws {
    let path = directory.path(Bytes(repeating: 0x78, count: 5000))
    let error = try #require(thrownError { _ = try openFileSink(path) })
    #expect(error.errno == ENAMETOOLONG)
    #expect(error.subject == path)
  }
}

@Suite struct FullFileTests {
  #if os(Linux)
    @Test("a full device stops the trace with its reason")
    func fullDevice() throws {
      let sink = try openFileSink("/dev/full")
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
      let sink = try openFileSink(directory.path("t"))
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
      let sink = try openFileSink(directory.path("t"))
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
      let sink = try openFileSink(directory.path("t"))
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
    let sink = try openFileSink(directory.path("t"))
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
      let sink = try openFileSink(directory.path("t"))
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
      let sink = try openFileSink(directory.path("t"))
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
    let sink = try openFileSink(directory.path("t"))
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
      let sink = try openFileSink(path + "/t")
      #expect(printLines(["x"], to: sink))
      raise(SIGBUS)
    }
  }
}

/// Touches a mapping that has no file behind it while a trace goes to another.
private func raiseBusError(in directory: Bytes) throws {
  let sink = try openFileSink(directory + "/t")
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
