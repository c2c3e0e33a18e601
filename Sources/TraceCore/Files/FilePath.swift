import CSystem

/// Names of files as bytes, resolved without asking the file system.
public enum FilePath {
  /// The directory the process is in; `/` where it cannot be had.
  /// The corresponding C function is `getcwd`.
  public static func currentDirectory() -> Bytes { directory ?? Bytes("/") }

  /// The directory the process is in; nil if it cannot be had. The corresponding C function is
  /// `getcwd`.
  public static var directory: Bytes? {
    guard let path = getcwd(nil, 0) else { return nil }
    defer { free(path) }
    return Bytes(UnsafeRawBufferPointer(start: path, count: strlen(path)))
  }

  /// `os.path.normpath(os.path.join(directory, name))`.
  public static func absolute(_ name: Bytes, from directory: Bytes) -> Bytes {
    let joined = name.first == Ascii.slash ? name : directory + Bytes("/") + name
    var path = Bytes()
    for part in joined.parts(between: Ascii.slash) where part != Bytes(".") {
      if part == Bytes("..") {
        path = Bytes(path[..<(path.lastIndex(of: Ascii.slash) ?? 0)])
      } else {
        path.append(Ascii.slash)
        path += part
      }
    }
    return path.isEmpty ? Bytes("/") : path
  }

  /// What of `path` comes after `directory/`; nil where it is not below it.
  public static func relative(_ path: Bytes, to directory: Bytes) -> ArraySlice<UInt8>? {
    guard isBelow(path, directory) else { return nil }
    return directory.count == 1 ? path[1...] : path[(directory.count + 1)...]
  }

  /// Whether an absolute path is in a directory, or in one below it; `/` has every path.
  @inline(never)
  static func isBelow(_ path: Bytes, _ directory: Bytes) -> Bool {
    guard path.first == Ascii.slash, !directory.isEmpty else { return false }
    if directory.count == 1, directory[0] == Ascii.slash { return true }
    return path.count > directory.count && path.starts(with: directory)
      && path[directory.count] == Ascii.slash
  }

  static func lastComponent(_ path: Bytes) -> ArraySlice<UInt8> {
    guard let slash = path.lastIndex(of: Ascii.slash) else { return path[...] }
    return path[(slash + 1)...]
  }

  /// `<string>`, `<frozen os>`: a name that stands for no file.
  public static func isPseudo(_ name: Bytes) -> Bool {
    name.first == UInt8(ascii: "<") && name.last == UInt8(ascii: ">")
  }
}
