import CSystem

/// The bytes of a source file.
public enum SourceReader {
  /// The content of a regular file; nil where there is none to be read: it is
  /// gone, it is a directory, it may not be read, it is a device or a FIFO that
  /// could keep a reader waiting.
  public static func read(_ path: Bytes) -> Bytes? {
    guard let descriptor = try? SystemCalls.open(path, O_RDONLY | O_NONBLOCK) else { return nil }
    defer { close(descriptor) }
    var size: off_t = 0
    guard csystem_is_regular_file(descriptor, &size) != 0 else { return nil }
    return readAll(descriptor, expecting: Int(size))
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
      if filled == content.count { content += Bytes(repeating: 0, count: content.count) }
    }
    content.removeLast(content.count - filled)
    return content
  }
}
