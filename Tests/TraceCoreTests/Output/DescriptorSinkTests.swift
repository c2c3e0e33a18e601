import Foundation
import Testing

@testable import TraceCore

/// Puts lines until the reader has to catch up; what was put, and what is left.
private func fill(_ sink: Sink, with line: Bytes) throws -> (put: Bytes, rest: Bytes) {
  var put = Bytes()
  for _ in 0..<1_000_000 {
    let outcome = sink.put(line)
    try #require(outcome.error == nil)
    put += line
    if let rest = outcome.rest { return (put, rest) }
  }
  throw SystemError(call: "nothing ever fills up")
}

@Suite struct DescriptorSinkTests {
  @Test("a line is there as soon as it was put")
  func atOnce() throws {
    let channel = try Channel.pipe()
    let sink = try DescriptorSink(duplicating: channel.writer)
    #expect(sink.put("+ first\n").isDone)
    #expect(channel.read(100) == "+ first\n")
    #expect(sink.put("+ second\n").isDone)
    #expect(channel.read(100) == "+ second\n")
  }

  @Test("a line keeps its place among what the program itself writes")
  func inPlace() throws {
    let channel = try Channel.pipe()
    let sink = try DescriptorSink(duplicating: channel.writer)
    _ = sink.put("+ print(1)\n")
    try checked("write", CInt(write(channel.writer, "1\n", 2)))
    _ = sink.put("+ print(2)\n")
    #expect(channel.read(100) == "+ print(1)\n1\n+ print(2)\n")
  }

  @Test("nothing is kept in memory: every line is put")
  func noWindow() throws {
    let channel = try Channel.pipe()
    let sink = try DescriptorSink(duplicating: channel.writer)
    #expect(sink.window.pointee.free == 0)
    #expect(sink.flush().isDone)
  }

  @Test("the program may close its own descriptor")
  func outlives() throws {
    let channel = try Channel.pipe()
    let sink = try DescriptorSink(duplicating: channel.writer)
    channel.closeWriter()
    #expect(sink.put("+ x\n").isDone)
    #expect(channel.read(100) == "+ x\n")
  }

  @Test("the duplicate may be closed, too, as long as the original is there")
  func restored() async {
    await #expect(processExitsWith: .success) {
      let channel = try Channel.pipe()
      let sink = try DescriptorSink(duplicating: channel.writer)
      let duplicate = try #require(sink.sharedDescriptor)
      close(CInt(duplicate))
      #expect(sink.put("+ x\n").isDone)
      #expect(channel.read(100) == "+ x\n")
      #expect(fcntl(CInt(duplicate), F_GETFD) == FD_CLOEXEC)
      close(CInt(duplicate))
      channel.closeWriter()
      #expect(sink.put("+ y\n").error?.errno == EBADF)
    }
  }

  @Test("the duplicate leaves those below 10 to the program, and is closed on exec and in the end")
  func duplicate() throws {
    let channel = try Channel.pipe()
    let before = descriptors(openAs: channel.writer)
    do {
      let sink = try DescriptorSink(duplicating: channel.writer)
      let own = descriptors(openAs: channel.writer).subtracting(before)
      #expect(own.count == 1)
      #expect(own.allSatisfy { $0 >= 10 && fcntl($0, F_GETFD) == FD_CLOEXEC })
      #expect(sink.put("+ x\n").isDone)
    }
    #expect(descriptors(openAs: channel.writer) == before)
  }

  @Test("a line of 10 MB is written whole, and in its place")
  func longLine() throws {
    let channel = try Channel.pipe()
    let long = Bytes(repeating: 0x78, count: 10_000_000) + "\n"
    let drain = Background { channel.readAll() }
    do {
      let sink = try DescriptorSink(duplicating: channel.writer)
      channel.closeWriter()
      #expect(sink.finish("+ before\n").isDone)
      #expect(sink.finish(long).isDone)
      #expect(sink.finish("+ after\n").isDone)
    }
    #expect(drain.result() == "+ before\n" + long + "+ after\n")
  }

  @Test("a regular file takes lines too")
  func regularFile() throws {
    let directory = try TemporaryDirectory()
    let descriptor = try checked("open", open(try directory.write("t", "").string, O_WRONLY))
    defer { close(descriptor) }
    let sink = try DescriptorSink(duplicating: descriptor)
    #expect(sink.put("+ x\n").isDone)
    #expect(try directory.content("t") == "+ x\n")
  }
}

@Suite struct BadDescriptorTests {
  @Test("a descriptor that is not open is refused by its number")
  func notOpen() throws {
    let error = try #require(thrownError { _ = try DescriptorSink(duplicating: 1 << 20) })
    #expect(error.code == .badDescriptor)
    #expect(error.description == "bad descriptor: 1048576: Bad file descriptor")
  }

  @Test("a descriptor that was closed is refused by its number")
  func closed() async {
    await #expect(processExitsWith: .success) {
      let channel = try Channel.pipe()
      let number = channel.writer
      channel.closeWriter()
      let error = try #require(thrownError { _ = try DescriptorSink(duplicating: number) })
      #expect(error.subject == Bytes("\(number)".utf8))
    }
  }

  @Test("a descriptor for reading is refused: nothing would ever be written, and it waited for")
  func readOnly() throws {
    let channel = try Channel.pipe()
    let error = try #require(thrownError { _ = try DescriptorSink(duplicating: channel.reader) })
    #expect(error.code == .badDescriptor)
    #expect(error.errno == EBADF)
    #expect(error.subject == Bytes("\(channel.reader)".utf8))
  }

  @Test("a program that closes every descriptor stops the trace, and the reason is the true one")
  func closedUnderneath() async {
    await #expect(processExitsWith: .success) {
      let channel = try Channel.pipe()
      let before = descriptors(openAs: channel.writer)
      let sink = try DescriptorSink(duplicating: channel.writer)
      for own in descriptors(openAs: channel.writer).subtracting(before) { close(own) }
      channel.closeWriter()
      #expect(sink.put("+ x\n").error?.errno == EBADF)
      #expect(sink.finish("+ x\n").error?.errno == EBADF)
    }
  }
}

@Suite struct FullDescriptorTests {
  @Test("a full pipe is not waited for by put, and finish has the rest of the line")
  func full() throws {
    let channel = try Channel.pipe()
    let sink = try DescriptorSink(duplicating: channel.writer)
    let (put, rest) = try fill(sink, with: "+ x = 1\n")
    #expect(rest == "+ x = 1\n")
    #expect(channel.read(put.count) == put.dropLast(rest.count))
  }

  @Test("a line that fits in part is handed on from where it got to")
  func part() throws {
    let channel = try Channel.pipe()
    let sink = try DescriptorSink(duplicating: channel.writer)
    let line = Bytes((0..<1_000_000).map { UInt8(0x61 + $0 % 26) })
    let rest = try #require(sink.put(line).rest)
    #expect(rest.count < line.count)
    #expect(channel.read(line.count) + rest == line)
  }

  @Test("every byte is there, in order, whoever waited", arguments: [false, true])
  func waited(isNonBlocking: Bool) throws {
    let channel = try Channel.pipe()
    if isNonBlocking { try channel.setNonBlocking() }
    nonisolated(unsafe) let sink = try DescriptorSink(duplicating: channel.writer)
    channel.closeWriter()
    let (put, rest) = try fill(sink, with: "+ [     1] some = line\n")
    let last = Bytes(repeating: 0x79, count: 200_000) + "\n"
    let waiting = Background { [sink.finish(rest).isDone, sink.finish(last).isDone] }
    let arrived = Background { channel.read(count: put.count + last.count) }
    #expect(waiting.result() == [true, true])
    #expect(arrived.result() == put + last)
  }

  @Test("threads that wait for one reader take turns with whole lines")
  func turns() throws {
    let channel = try Channel.pipe()
    nonisolated(unsafe) let sink = try DescriptorSink(duplicating: channel.writer)
    channel.closeWriter()
    let lines = (0..<4).map { Bytes(repeating: 0x61 + $0, count: 9_999) + "\n" }
    let writers = lines.map { line in
      Background { (0..<20).allSatisfy { _ in sink.finish(line).isDone } }
    }
    let arrived = Background { channel.read(count: 4 * 20 * 10_000) }
    #expect(writers.allSatisfy { $0.result() == true })
    let seen = (arrived.result() ?? []).split(separator: Ascii.newline)
    #expect(seen.count == 80)
    for line in lines {
      #expect(seen.count { $0.elementsEqual(line.dropLast()) } == 20)
    }
  }

  @Test("short writes to a socket that does not wait lose nothing")
  func shortWrites() throws {
    let channel = try Channel.sockets()
    try channel.setNonBlocking()
    let line = Bytes((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    let arrived = Background { channel.read(count: line.count) }
    let sink = try DescriptorSink(duplicating: channel.writer)
    #expect(sink.finish(line).isDone)
    #expect(arrived.result() == line)
  }

  @Test("signals that arrive meanwhile lose nothing and print nothing twice")
  func signals() async {
    await #expect(processExitsWith: .success) {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in }
      try checked("sigaction", sigaction(SIGUSR1, &action, nil))
      let channel = try Channel.pipe()
      nonisolated(unsafe) let sink = try DescriptorSink(duplicating: channel.writer)
      let line = Bytes((0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
      let waiting = Background { sink.finish(line).isDone }
      var arrived = Bytes()
      while arrived.count < line.count {
        kill(getpid(), SIGUSR1)
        arrived += channel.read(1000)
      }
      #expect(waiting.result() == true)
      #expect(arrived == line)
    }
  }
}

@Suite struct GoneReaderTests {
  enum Kind: CaseIterable, Codable {
    case pipe, sockets

    var channel: Channel {
      get throws { try self == .pipe ? .pipe() : .sockets() }
    }
  }

  @Test(
    "a reader that is gone stops the trace and leaves the program alive", arguments: Kind.allCases)
  func gone(kind: Kind) async {
    await #expect(processExitsWith: .success) { [kind] in
      signal(SIGPIPE, SIG_DFL)
      let channel = try kind.channel
      let sink = try DescriptorSink(duplicating: channel.writer)
      channel.closeReader()
      #expect(sink.put("+ x\n").error?.code == .cannotWrite)
      #expect(sink.put("+ x\n").error?.errno == EPIPE)
      #expect(sink.finish("+ x\n").error?.errno == EPIPE)
    }
  }

  @Test(
    "a reader that goes while it is waited for does, too", arguments: Kind.allCases)
  func goesMeanwhile(kind: Kind) async {
    await #expect(processExitsWith: .success) { [kind] in
      signal(SIGPIPE, SIG_DFL)
      let channel = try kind.channel
      nonisolated(unsafe) let sink = try DescriptorSink(duplicating: channel.writer)
      let rest = try fill(sink, with: Bytes(repeating: 0x78, count: 4095) + "\n").rest
      let waiting = Background { sink.finish(rest).error?.errno }
      channel.closeReader()
      #expect(waiting.result() == EPIPE)
    }
  }

  @Test("a reader that is gone before a long line's second piece does, too")
  func longLine() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      let channel = try Channel.pipe()
      let sink = try DescriptorSink(duplicating: channel.writer)
      channel.closeReader()
      #expect(sink.finish(Bytes(repeating: 0x78, count: 1_000_000)).error?.errno == EPIPE)
    }
  }
}

@Suite struct StandardErrorTests {
  @Test("what the tracer has to say is on standard error")
  func written() async throws {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) {
      StandardError.write("swifttrace: trace stopped\n")
    }
    let said = try #require(result).standardErrorContent
    #expect(said.string.contains("swifttrace: trace stopped\n"))
  }

  @Test("a standard error that is closed, or full, is no failure")
  func closed() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      let channel = try Channel.pipe()
      dup2(channel.writer, 2)
      _ = try fill(try DescriptorSink(duplicating: 2), with: "x\n")
      StandardError.write("said to a full pipe\n")
      channel.closeReader()
      StandardError.write("said to nobody\n")
      close(2)
      StandardError.write("said to nothing\n")
    }
  }
}

extension Channel {
  /// That many bytes, waited for.
  fileprivate func read(count: Int) -> Bytes {
    var content = Bytes()
    while content.count < count {
      let more = read(min(count - content.count, 1 << 16))
      if more.isEmpty { break }
      content += more
    }
    return content
  }
}
