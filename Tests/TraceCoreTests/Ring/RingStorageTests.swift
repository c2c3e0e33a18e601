import Foundation
import Testing

@testable import TraceCore

@Suite struct RingStorageTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func file() throws -> Descriptor {
    let path = directory.path("ring")
    return Descriptor(owning: try OutputFile.open(path, O_CREAT | O_RDWR))
  }

  @Test("memory is zeros, a piece at a time")
  func memory() throws {
    let storage = RingStorage(nil)
    let pieces = try [storage.take(65536), storage.take(131_072), storage.takeMemory(65536)]
    #expect(pieces.map(\.count) == [65536, 131_072, 65536])
    #expect(pieces.allSatisfy { $0.allSatisfy { $0 == 0 } })
    #expect(storage.failure == nil)
  }

  @Test("what is stored in a file's memory is in the file, in the order of the pieces")
  func inFile() throws {
    let storage = RingStorage(try file())
    let (one, two) = (try storage.take(65536), try storage.take(65536))
    one.storeBytes(of: 1, toByteOffset: 7, as: UInt8.self)
    two.storeBytes(of: 2, toByteOffset: 9, as: UInt8.self)
    let content = try directory.content("ring")
    #expect(content.count == 131_072)
    #expect((content[7], content[65536 + 9]) == (1, 2))
    #expect(content.filter { $0 != 0 }.count == 2)
  }

  @Test("the file has its pages before they are touched: a full disk is no signal")
  func allocated() throws {
    let storage = RingStorage(try file())
    _ = try storage.take(1 << 20)
    var status = stat()
    try checked("stat", stat(directory.path("ring").string, &status))
    #expect(status.st_blocks * 512 >= 1 << 20)
  }

  @Test("a file that has become shorter is cut; one that was removed is not")
  func cut() throws {
    let storage = RingStorage(try file())
    _ = try storage.take(65536)
    #expect(storage.failure == nil)
    let path = directory.path("ring").string
    try checked("truncate", truncate(path, 65535))
    #expect(storage.failure?.code == .wasCut)
    try checked("truncate", truncate(path, 65536))
    #expect(storage.failure == nil)
    try checked("unlink", unlink(path))
    #expect(storage.failure == nil)
  }

  @Test("a descriptor that the program has closed takes no more")
  func closed() throws {
    let descriptor = try file()
    let storage = RingStorage(descriptor)
    _ = try storage.take(65536)
    close(descriptor.number)
    #expect(thrownError { _ = try storage.take(65536) }?.errno == EBADF)
    #expect(storage.failure == nil)
    #expect(try storage.takeMemory(65536).count == 65536)
  }

  @Test("its end gives everything back")
  func end() throws {
    let before = try memoryInUse()
    for _ in 0..<50 {
      let storage = RingStorage(nil)
      try storage.take(4 << 20).initializeMemory(as: UInt8.self, repeating: 1)
    }
    #expect(try memoryInUse() - before < 100 << 20)
  }
}
