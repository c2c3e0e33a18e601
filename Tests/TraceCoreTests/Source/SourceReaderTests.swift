import Foundation
import Testing

@testable import TraceCore

@Suite struct SourceReaderTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test(
    "a file is read whole",
    arguments: ["", "x", "x = 1\n", [0, 0xFF, 0x0A]] as [Bytes])
  func whole(content: Bytes) throws {
    #expect(SourceReader.read(try directory.write("a.py", content)) == content)
  }

  @Test("a file of 10 MB is read whole")
  func large() throws {
    let content = Bytes((0..<10_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    #expect(SourceReader.read(try directory.write("a.py", content)) == content)
  }

  @Test("a file that is longer than any source is not read", arguments: [1, 1 << 40])
  func tooLong(excess: Int) throws {
    let path = try directory.write("a.py", "x = 1\n")
    try checked("truncate", truncate(path.string, off_t(SourceReader.most + excess)))
    #expect(SourceReader.read(path) == nil)
  }

  @Test("a name of any bytes is opened")
  func anyName() throws {
    let path = try directory.write("na\u{EF}ve \u{202E}.py", "x")
    #expect(SourceReader.read(path) == "x")
  }

  @Test(
    "what is not there, or is a directory, has no content",
    arguments: ["missing.py", "", "."] as [Bytes])
  func absent(name: Bytes) {
    #expect(SourceReader.read(directory.path(name)) == nil)
  }

  @Test("a FIFO nobody writes to keeps nobody waiting")
  func fifo() throws {
    #expect(SourceReader.read(try directory.makeFIFO("fifo.py")) == nil)
  }

  @Test("a device is not read", arguments: ["/dev/zero", "/dev/null"] as [Bytes])
  func device(path: Bytes) {
    #expect(SourceReader.read(path) == nil)
  }

  @Test("a name with a NUL in it is no file's, not even that of its beginning")
  func embeddedNUL() throws {
    let path = try directory.write("a.py", "x")
    #expect(SourceReader.read(path + "\0b.py") == nil)
    #expect(FileStamp(of: path + "\0b.py") == nil)
  }

  #if os(Linux)
    @Test("a file that says it is empty is read to its end")
    func unknownLength() throws {
      let content = try #require(SourceReader.read("/proc/self/status"))
      #expect(content.starts(with: "Name:" as StaticString))
      #expect(content.count > 100)
    }
  #endif

  @Test("reading leaves no descriptor open", arguments: ["a.py", "", "fifo"] as [Bytes])
  func closes(name: Bytes) throws {
    try directory.write("a.py", "x")
    _ = try directory.makeFIFO("fifo")
    _ = SourceReader.read(directory.path(name))
    #expect(descriptors(openOn: directory.path(name)) == [])
  }
}
