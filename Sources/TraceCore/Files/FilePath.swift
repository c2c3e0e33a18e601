import CSystem

/// Names of files as bytes, resolved without asking the file system.
public enum FilePath {
  /// The directory the process is in; `/` where it cannot be had.
  /// The corresponding C function is `getcwd`.
  public static func currentDirectory() -> Bytes { directory ?? [Ascii.slash] }

  /// The same; nil where it cannot be had.
  public static var directory: Bytes? {
    guard let path = getcwd(nil, 0) else { return nil }
    defer { free(path) }
    return Bytes(UnsafeRawBufferPointer(start: path, count: strlen(path)))
  }

  /// `os.path.normpath(os.path.join(directory, name))`.
  public static func absolute(_ name: Bytes, from directory: Bytes) -> Bytes {
    let joined = name.first == Ascii.slash ? name : directory + [Ascii.slash] + name
    var parts: [ArraySlice<UInt8>] = []
    for part in joined.split(separator: Ascii.slash) where !part.elementsEqual(Bytes(".")) {
      if part.elementsEqual(Bytes("..")) { _ = parts.popLast() } else { parts.append(part) }
    }
    if parts.isEmpty { return [Ascii.slash] }
    return parts.reduce(into: Bytes()) { $0 += [Ascii.slash] + $1 }
  }

  /// What of `path` comes after `directory/`; nil where it is not below it.
  public static func relative(_ path: Bytes, to directory: Bytes) -> ArraySlice<UInt8>? {
    guard path.first == Ascii.slash, !directory.isEmpty else { return nil }
    if directory == [Ascii.slash] { return path.dropFirst() }
    guard path.count > directory.count, path.starts(with: directory),
      path[directory.count] == Ascii.slash
    else { return nil }
    return path[(directory.count + 1)...]
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
