import CSystem

/// The bytes of a source file.
public enum SourceReader {
  /// What is longer is no source: a name may be a log's or a disk image's.
  static let most = 64 << 20

  /// The content of a regular file; nil where there is none to be read: it is
  /// gone, it is a directory, it may not be read, it is a device or a FIFO that
  /// could keep a reader waiting; or there is no memory for it and what is made of it.
  public static func read(_ path: Bytes) -> Bytes? {
    guard let descriptor = try? SystemCalls.open(path, O_RDONLY | O_NONBLOCK) else { return nil }
    defer { close(descriptor) }
    var size: off_t = 0
    guard csystem_is_regular_file(descriptor, &size) != 0, size <= most,
      csystem_has_memory(2 * Int(size)) != 0,
      let content = readAll(descriptor, expecting: Int(size)), hasMemory(forLinesOf: content)
    else { return nil }
    return content
  }

  /// For a copy, an index that grows by doubling, and a place for each line.
  private static func hasMemory(forLinesOf content: Bytes) -> Bool {
    let lines = content.reduce(1) { $1 == Ascii.newline ? $0 + 1 : $0 }
    return csystem_has_memory(2 * content.count + 64 * lines) != 0
  }

  private static func readAll(_ descriptor: CInt, expecting size: Int) -> Bytes? {
    var content = Bytes(repeating: 0, count: size + 1)
    var filled = 0
    while true {
      let count = content.withUnsafeMutableBytes { buffer in
        try? SystemCalls.read(descriptor, into: .init(rebasing: buffer[filled...]))
      }
      guard let count else { return nil }
      filled += count
      if count == 0 { break }
      if filled > most { return nil }
      if filled == content.count { content += Bytes(repeating: 0, count: content.count) }
    }
    content.removeLast(content.count - filled)
    return content
  }
}
