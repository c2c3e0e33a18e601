import Foundation
import Testing

@testable import TraceCore

#if os(Linux)
  /// What another process does, by the name that it is told.
  private func ring(_ bell: Doorbell) throws {
    let path = "/proc/self/fd/\(bell.number)"
    let descriptor = try checked("open", open(path, O_WRONLY | O_CLOEXEC))
    defer { close(descriptor) }
    try checked("write", CInt(write(descriptor, "1", 1)))
  }

  @Suite struct DoorbellTests {
    @Test("it has rung once somebody has written to it")
    func rings() throws {
      let bell = try #require(Doorbell())
      #expect(!bell.hasRung)
      try ring(bell)
      #expect(bell.hasRung)
      try ring(bell)
      #expect(bell.hasRung)
    }

    @Test("two of them are two")
    func two() throws {
      let (one, other) = (try #require(Doorbell()), try #require(Doorbell()))
      try ring(one)
      #expect(!other.hasRung)
    }

    @Test(
      "its descriptor leaves those below 10 to the program, and is closed on exec and in the end")
    func descriptor() throws {
      var bell = Doorbell()
      let number = CInt(try #require(bell).number)
      #expect(number >= 10)
      #expect(fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
      let memory = try #require(FileIdentity(of: number))
      bell = nil
      #expect(FileIdentity(of: number) != memory)
    }

    @Test("it rings though the program has closed its descriptor after somebody opened it")
    func outlives() throws {
      let bell = try #require(Doorbell())
      let path = "/proc/self/fd/\(bell.number)"
      let opened = try checked("open", open(path, O_WRONLY | O_CLOEXEC))
      defer { close(opened) }
      close(CInt(bell.number))
      try checked("write", CInt(write(opened, "1", 1)))
      #expect(bell.hasRung)
    }
  }
#endif
