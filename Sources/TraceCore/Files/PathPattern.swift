import CSystem

/// A shell pattern for files: `*` stands for anything, `/` included.
///
/// A pattern without `/` is for the last component, one that names a directory
/// for all below it. The corresponding C function is `fnmatch`.
public struct PathPattern: Equatable {
  private let text: Bytes
  private let isForLastComponent: Bool

  /// Takes a pattern as `fnmatch` has it. A `/` at its end, as shells complete a directory's name,
  /// is left out.
  public init(_ pattern: Bytes) {
    text = pattern.last == Ascii.slash ? pattern.dropLast() : pattern
    isForLastComponent = !pattern.contains(Ascii.slash)
  }

  /// Whether the pattern fits the name that an absolute path has from a directory on.
  func matches(_ path: Bytes, below directory: Bytes) -> Bool {
    FilePath.relative(path, to: directory).map { matches(Bytes($0)) } ?? false
  }

  @inline(never)
  func matches(_ path: Bytes) -> Bool {
    if text.isEmpty, isForLastComponent { return false }
    if isForLastComponent, Self.match(text, Bytes(FilePath.lastComponent(path))) { return true }
    return Self.match(text, path) || Self.match(text + Bytes("/*"), path)
  }

  @inline(never)
  private static func match(_ pattern: Bytes, _ path: Bytes) -> Bool {
    pattern.withCString { pattern in path.withCString { fnmatch(pattern, $0, 0) == 0 } }
  }
}
