import Foundation

@testable import TraceCore

/// A fresh directory for one test, removed with it.
final class TemporaryDirectory {
  let path: Bytes

  init() throws {
    let template = FileManager.default.temporaryDirectory.path + "/swifttrace-XXXXXX"
    var name = template.utf8CString.map { $0 }
    guard mkdtemp(&name) != nil else { throw SystemError(call: "mkdtemp") }
    path = name.dropLast().map { UInt8(bitPattern: $0) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path.string) }

  func path(_ name: Bytes) -> Bytes { path + "/" + name }

  /// The path of a file with `content`, made or overwritten in place.
  @discardableResult
  func write(_ name: Bytes, _ content: Bytes) throws -> Bytes {
    let file = path(name)
    let descriptor = try checked(
      "open", open(file.string, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600))
    defer { close(descriptor) }
    try checked("write", CInt(Foundation.write(descriptor, content, content.count)))
    return file
  }

  func content(_ name: Bytes) throws -> Bytes {
    Bytes(try Data(contentsOf: URL(fileURLWithPath: path(name).string)))
  }

  func makeDirectory(_ name: Bytes) throws -> Bytes {
    try checked("mkdir", mkdir(path(name).string, 0o700))
    return path(name)
  }

  func makeFIFO(_ name: Bytes) throws -> Bytes {
    try checked("mkfifo", mkfifo(path(name).string, 0o600))
    return path(name)
  }

  /// Gives the file a time of its own, so that no test depends on the clock's step.
  func setTime(_ name: Bytes, to seconds: Int) throws {
    let time = Date(timeIntervalSince1970: TimeInterval(seconds))
    try FileManager.default.setAttributes(
      [.modificationDate: time], ofItemAtPath: path(name).string)
  }

  func rename(_ name: Bytes, to other: Bytes) throws {
    try checked("rename", Foundation.rename(path(name).string, path(other).string))
  }
}
