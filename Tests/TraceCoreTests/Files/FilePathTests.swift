import Foundation
import Testing

@testable import TraceCore

private func relative(_ path: Bytes, to directory: Bytes) -> Bytes? {
  FilePath.relative(path, to: directory).map { Bytes($0) }
}

@Suite struct FilePathTests {
  @Test(
    "a relative name is resolved against the directory it is given",
    arguments: [
      ("a.py", "/home/a.py"), ("./a.py", "/home/a.py"), ("../a.py", "/a.py"),
      ("src//a.py", "/home/src/a.py"), ("src/./../a.py", "/home/a.py"), ("", "/home"),
      (".", "/home"), ("..", "/"), ("../../../a.py", "/a.py"), ("src/", "/home/src"),
      ("...", "/home/..."), ("..a", "/home/..a"), ("é/a.py", "/home/é/a.py"),
      ([0xFF, 0x2E], "/home/" + [0xFF, 0x2E]),
    ] as [(Bytes, Bytes)])
  func absolute(name: Bytes, expected: Bytes) {
    #expect(FilePath.absolute(name, from: "/home") == expected)
  }

  @Test(
    "an absolute name is only tidied up",
    arguments: [
      ("/a.py", "/a.py"), ("/", "/"), ("/..", "/"), ("/a/../b.py", "/b.py"),
      ("/a//b/./c.py", "/a/b/c.py"), ("/a/", "/a"), ("//a.py", "/a.py"), ("///a.py", "/a.py"),
    ] as [(Bytes, Bytes)])
  func alreadyAbsolute(name: Bytes, expected: Bytes) {
    #expect(FilePath.absolute(name, from: "/home") == expected)
  }

  @Test("the directory may be the root, or end in a slash", arguments: ["/", "//"] as [Bytes])
  func fromRoot(directory: Bytes) {
    #expect(FilePath.absolute("a.py", from: directory) == "/a.py")
    #expect(FilePath.absolute("../a.py", from: directory) == "/a.py")
  }

  @Test(
    "what lies below a directory is known by its whole components",
    arguments: [
      ("/a/b.py", "/a", "b.py"), ("/a/b/c.py", "/a", "b/c.py"), ("/ab/c.py", "/a", nil),
      ("/a", "/a", nil), ("/b.py", "/a", nil), ("/a.py", "/", "a.py"), ("/a/b.py", "/", "a/b.py"),
    ] as [(Bytes, Bytes, Bytes?)])
  func below(path: Bytes, directory: Bytes, expected: Bytes?) {
    #expect(relative(path, to: directory) == expected)
  }

  @Test("a name that stands for no file lies below no directory, not even the root")
  func pseudoBelow() {
    #expect(relative("<string>", to: "/") == nil)
    #expect(relative("<string>", to: "/a") == nil)
  }

  @Test("nothing lies below a directory that is not given")
  func belowNothing() {
    #expect(relative("/a/b.py", to: "") == nil)
    #expect(relative("", to: "") == nil)
  }

  @Test(
    "the last component is what comes after the last slash",
    arguments: [
      ("/a/b.py", "b.py"), ("b.py", "b.py"), ("/a/", ""), ("", ""), ("<string>", "<string>"),
    ]
      as [(Bytes, Bytes)])
  func lastComponent(path: Bytes, expected: Bytes) {
    #expect(Bytes(FilePath.lastComponent(path)) == expected)
  }

  @Test(
    "a name in angle brackets stands for no file",
    arguments: [
      ("<string>", true), ("<frozen os>", true), ("<>", true), ("<a/b>", true), ("a.py", false),
      ("<a", false), ("a>", false), ("", false), (" <string>", false),
    ] as [(Bytes, Bool)])
  func pseudo(name: Bytes, expected: Bool) {
    #expect(FilePath.isPseudo(name) == expected)
  }

  @Test("the current directory is the process's")
  func currentDirectory() {
    #expect(FilePath.currentDirectory().string == FileManager.default.currentDirectoryPath)
  }

  @Test("a directory that was removed leaves the root")
  func removedDirectory() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      try checked("chdir", chdir(directory.path.string))
      try checked("rmdir", rmdir(directory.path.string))
      #expect(FilePath.currentDirectory() == "/")
    }
  }
}
