import Foundation
import Testing

@testable import TraceCore

@Suite struct OutputFileTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func open(_ path: Bytes, _ flags: CInt = O_WRONLY | O_CREAT | O_TRUNC) throws {
    close(try OutputFile.open(path, flags))
  }

  private func link(_ name: Bytes, to target: Bytes) throws -> Bytes {
    try checked("symlink", symlink(target.string, directory.path(name).string))
    return directory.path(name)
  }

  private func makePublic(_ name: Bytes) throws -> Bytes {
    let path = try directory.makeDirectory(name)
    try checked("chmod", chmod(path.string, 0o1777))
    return path
  }

  @Test("a file that is made is the user's own and closed in a program that is executed")
  func made() throws {
    let descriptor = try OutputFile.open(directory.path("a"), O_WRONLY | O_CREAT)
    defer { close(descriptor) }
    var status = stat()
    try checked("fstat", fstat(descriptor, &status))
    #expect(status.st_mode & 0o777 == 0o600)
    #expect(fcntl(descriptor, F_GETFD) == FD_CLOEXEC)
  }

  @Test("links lead where the kernel would have them lead")
  func links() throws {
    _ = try directory.makeDirectory("d")
    for (name, target) in [
      ("up", "d/../d"), ("absolute", directory.path("d")), ("dots", "./d/."), ("twice", "up"),
    ] as [(Bytes, Bytes)] {
      let through = try link(name, to: target)
      try open(through + "/" + name)
      #expect(try directory.content("d/" + name).isEmpty)
    }
  }

  @Test(
    "what cannot be opened has the system's number",
    arguments: [
      ("none/a", ENOENT), ("file/a", ENOTDIR), ("d", EISDIR), ("d/", EISDIR), ("d/..", EISDIR),
      ("loop", ELOOP), ("loop/a", ELOOP), ("nul\0", EINVAL),
    ] as [(Bytes, CInt)])
  func failures(name: Bytes, number: CInt) throws {
    try directory.write("file", "")
    _ = try directory.makeDirectory("d")
    _ = try link("loop", to: "loop")
    let error = try #require(thrownError { try open(directory.path(name)) })
    #expect(error.code == .cannotOpen)
    #expect(error.errno == number)
    #expect(error.subject == directory.path(name))
  }

  @Test("a path of nothing is no file")
  func empty() throws {
    #expect(thrownError { try open([]) }?.errno == ENOENT)
  }

  @Test("in a public directory no link is followed, be it in the last place or before")
  func publicLinks() throws {
    let place = try makePublic("public")
    _ = try directory.makeDirectory("private")
    try checked("symlink", symlink("../private/a", (place + "/file").string))
    try checked("symlink", symlink("../private", (place + "/directory").string))
    for name in ["/file", "/directory/a", "/../public/file"] as [Bytes] {
      #expect(thrownError { try open(place + name) }?.code == .isLink)
    }
    #expect(thrownError { try open(directory.path("private/a"), O_WRONLY) }?.errno == ENOENT)
  }

  @Test("in a public directory one's own file is emptied, one with a second name is not")
  func publicFiles() throws {
    let place = try makePublic("public")
    try directory.write("public/own", "text")
    try open(place + "/own")
    #expect(try directory.content("public/own").isEmpty)
    try directory.write("elsewhere", "text")
    try checked(
      "link", Foundation.link(directory.path("elsewhere").string, (place + "/own2").string))
    let error = try #require(thrownError { try open(place + "/own2") })
    #expect(error.code == .isNotOwn)
    #expect(try directory.content("elsewhere") == "text")
    #expect(thrownError { try open(place + "/none", O_WRONLY) }?.errno == ENOENT)
  }
}
