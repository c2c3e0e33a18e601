import Foundation
import Testing

@testable import TraceCore

@Suite struct DuplicateTests {
  @Test("a duplicate leaves the descriptors below 10 to the program")
  func fromTen() throws {
    let channel = try Channel.pipe()
    let copy = try SystemCalls.duplicate(channel.writer)
    defer { close(copy) }
    #expect(copy >= 10)
  }

  @Test("a duplicate is closed in a program that is executed")
  func closeOnExec() throws {
    let channel = try Channel.pipe()
    let copy = try SystemCalls.duplicate(channel.writer)
    defer { close(copy) }
    #expect(fcntl(copy, F_GETFD) == FD_CLOEXEC)
  }

  @Test(
    "a descriptor that is not open is named in the error",
    arguments: [
      (-1, "-1"), (1 << 20, "1048576"), (CInt.max, "2147483647"), (CInt.min, "-2147483648"),
    ]
      as [(CInt, Bytes)])
  func notOpen(number: CInt, name: Bytes) throws {
    let error = try #require(thrownError { _ = try SystemCalls.duplicate(number) })
    #expect(error.code == .badDescriptor)
    #expect(error.errno == EBADF)
    #expect(error.subject == name)
  }
}

@Suite struct OpenTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test("an opened file is closed in a program that is executed")
  func closeOnExec() throws {
    let descriptor = try SystemCalls.open(try directory.write("a", "x"), O_RDONLY)
    defer { close(descriptor) }
    #expect(fcntl(descriptor, F_GETFD) == FD_CLOEXEC)
  }

  @Test("a file that cannot be opened is named in the error")
  func cannotOpen() throws {
    let path = directory.path("missing")
    let error = try #require(thrownError { _ = try SystemCalls.open(path, O_RDONLY) })
    #expect(error.code == .cannotOpen)
    #expect(error.errno == ENOENT)
    #expect(error.subject == path)
  }

  @Test("what cannot be read says so")
  func cannotRead() throws {
    let descriptor = try SystemCalls.open(directory.path, O_RDONLY)
    defer { close(descriptor) }
    let error = try #require(
      thrownError {
        var buffer = Bytes(repeating: 0, count: 8)
        _ = try buffer.withUnsafeMutableBytes { try SystemCalls.read(descriptor, into: $0) }
      })
    #expect(error.code == .cannotRead)
    #expect(error.errno == EISDIR)
  }
}

@Suite struct FileStampTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test("an untouched file has the same stamp twice")
  func same() throws {
    let path = try directory.write("a", "x")
    let stamp = try #require(FileStamp(of: path))
    #expect(FileStamp(of: path) == stamp)
  }

  @Test("a symbolic link has its target's stamp")
  func link() throws {
    let path = try directory.write("a", "x")
    try checked("symlink", symlink(path.string, directory.path("link").string))
    #expect(FileStamp(of: directory.path("link")) == FileStamp(of: path))
  }

  @Test("what is not there has no stamp")
  func missing() {
    #expect(FileStamp(of: directory.path("missing")) == nil)
  }
}
