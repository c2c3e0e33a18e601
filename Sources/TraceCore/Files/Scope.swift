/// Which files are traced.
public struct Scope: Equatable {
  /// What is in scope before the patterns are asked.
  public enum Base: Equatable, Sendable {
    /// The files of `__main__` and, for `enable()`, of its caller.
    case script
    /// All below the project's root that is neither the standard library nor
    /// installed.
    case project
    case all
  }

  /// The files that are in scope before the patterns are asked.
  public var base: Base
  /// Absolute names of the script's files.
  public var scripts: [Bytes]
  /// Where the project lies. More than one where a symbolic link leads there.
  public var roots: [Bytes]
  /// Patterns that take in further files.
  public var include: [PathPattern]
  /// Patterns that leave files out, even those that something else takes in.
  public var exclude: [PathPattern]
  /// Relative patterns are for files below this directory.
  public var start: Bytes
  /// Directories that are no project's: the standard library's.
  public var libraries: [Bytes]
  /// The tracer's own directory, whose lines never show.
  public var own: Bytes

  /// A scope without patterns, scripts, roots and libraries, to be filled in.
  /// - Parameters:
  ///   - start: the directory that relative patterns are for.
  ///   - own: the tracer's own directory; empty if it has none.
  public init(_ base: Base, start: Bytes = [], own: Bytes = []) {
    self.base = base
    self.start = start
    self.own = own
    (scripts, roots, include, exclude, libraries) = ([], [], [], [], [])
  }

  /// - Parameters:
  ///   - name: the name as the code object has it, perhaps `<string>`.
  ///   - path: the same as an absolute path, or the pseudo name again.
  public func contains(name: Bytes, path: Bytes, isScript: Bool) -> Bool {
    if isOwn(path) || matches(exclude, name, path) { return false }
    if isScript || baseContains(path) { return true }
    return matches(include, name, path)
  }

  /// In the tracer's directory, or of the modules beside it that start it.
  private func isOwn(_ path: Bytes) -> Bool {
    if FilePath.isBelow(path, own) { return true }
    return !own.isEmpty && (path == own + Bytes("_start.py") || path == own + Bytes("_pytest.py"))
  }

  private func baseContains(_ path: Bytes) -> Bool {
    switch base {
    case .script: scripts.contains(path)
    case .project: scripts.contains(path) || roots.contains { isOfProject(path, root: $0) }
    case .all: true
    }
  }

  private func isOfProject(_ path: Bytes, root: Bytes) -> Bool {
    guard let inside = FilePath.relative(path, to: root) else { return false }
    // A root inside a library directory is somebody working on that library.
    return !Self.isInstalled(Bytes(inside))
      && !libraries.contains {
        FilePath.isBelow(path, $0) && root != $0 && !FilePath.isBelow(root, $0)
      }
  }

  /// Whether it is the standard library's, or installed.
  public func isLibrary(_ path: Bytes) -> Bool {
    path.starts(with: "<frozen ") || Self.isInstalled(path)
      || libraries.contains { FilePath.isBelow(path, $0) }
  }

  /// Whether the file is of a package that was installed.
  public static func isInstalled(_ path: Bytes) -> Bool {
    path.parts(between: Ascii.slash).contains {
      $0 == Bytes("site-packages") || $0 == Bytes("dist-packages")
    }
  }

  /// Which files those are, for people.
  public var description: Bytes {
    switch base {
    case .script: Bytes("script: ") + (scripts.isEmpty ? Bytes("what it runs") : listed(scripts))
    case .project: Bytes("project: files below ") + listed(roots) + Bytes(" that are not installed")
    case .all: Bytes("all: every file")
    }
  }

  private func listed(_ paths: [Bytes]) -> Bytes {
    Bytes(joining: paths.map { VisibleText.visible($0) }, by: ", ")
  }

  private func matches(_ patterns: [PathPattern], _ name: Bytes, _ path: Bytes) -> Bool {
    patterns.contains { pattern in
      pattern.matches(name) || pattern.matches(path) || pattern.matches(path, below: start)
        || roots.contains { pattern.matches(path, below: $0) }
    }
  }
}
