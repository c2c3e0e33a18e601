import CSystem

/// Opens files to be written, and not what others have put in their place.
///
/// In a directory that everybody may write to, sticky or not, no symbolic link is followed,
/// and what is there already has to be our own and to have no second name. Linux does much
/// of that where `fs.protected_symlinks` and the like are on, which they may not be.
///
/// In a directory of another user's, who is not root, no symbolic link is followed either, nor
/// is a file opened that he may have given a second name: it would be his to say what root
/// writes to.
public enum OutputFile {
  /// The corresponding C function is `open`, close-on-exec; what is made has the mode 0600.
  /// - Parameter flags: with `O_NOFOLLOW` a link in the last place is not followed anywhere.
  /// - Throws: `cannotOpen`, `isLink`, `isNotOwn` with the path.
  public static func open(_ path: Bytes, _ flags: CInt) throws(TraceError) -> CInt {
    // C would take the name up to the NUL, which is another file's.
    if path.contains(0) { throw TraceError(.cannotOpen, errno: EINVAL, subject: path) }
    var walk = PathWalk(path)
    return try walk.open(flags | O_CLOEXEC)
  }
}

/// Goes through the directories of a path as the kernel does, and looks at each link.
private struct PathWalk: ~Copyable {
  private static let mostLinks = 40
  /// What the kernel takes.
  private static let longestTarget = 4096

  private let path: Bytes
  /// The directory that has been reached; -1 before the first one.
  private var directory: CInt = -1
  /// Those still to come, the next one last.
  private var names: [Bytes] = []
  private var links = 0

  init(_ path: Bytes) { self.path = path }

  deinit { if directory >= 0 { close(directory) } }

  mutating func open(_ flags: CInt) throws(TraceError) -> CInt {
    try begin(path)
    while let name = names.popLast() {
      let isLast = names.isEmpty
      var guarding = O_NOFOLLOW
      if flags & O_NOFOLLOW == 0 || !isLast, let target = target(of: name) {
        if csystem_is_of_proc(directory) == 0 {
          try follow(target)
          continue
        }
        guarding = 0
      }
      if isLast { return try openLast(name, flags | guarding) }
      try enter(directory, name, guarding)
    }
    throw failure(ENOENT)
  }

  // MARK: directories

  private mutating func begin(_ path: Bytes) throws(TraceError) {
    let parts = path.parts(between: Ascii.slash)
    // A directory's own name, which nobody opens to write to.
    if path.last == Ascii.slash { names.append(Bytes(".")) }
    // Not `+= parts.reversed()`: the compiler makes that one way or another, and no two
    // builds the same.
    for index in parts.indices.reversed() { names.append(parts[index]) }
    if path.first == Ascii.slash {
      try enter(csystem_working_directory(), Bytes("/"), 0)
    } else if directory < 0 {
      try enter(csystem_working_directory(), Bytes("."), 0)
    }
  }

  private mutating func enter(_ start: CInt, _ name: Bytes, _ flags: CInt) throws(TraceError) {
    let entered = name.withCString { csystem_enter(start, $0, flags) }
    if entered < 0 { throw failure(csystem_errno()) }
    if directory >= 0 { close(directory) }
    directory = entered
  }

  /// What a link says; nil where it is none. The corresponding C function is `readlinkat`.
  private func target(of name: Bytes) -> Bytes? {
    var target = Bytes(repeating: 0, count: Self.longestTarget)
    let count = name.withCString { name in
      target.withUnsafeMutableBytes { buffer in
        buffer.baseAddress.map { readlinkat(directory, name, $0, buffer.count) } ?? -1
      }
    }
    return count < 0 ? nil : Bytes(target.prefix(count))
  }

  private mutating func follow(_ target: Bytes) throws(TraceError) {
    if csystem_is_public(directory) != 0 { throw failure(EACCES, .isLink) }
    if csystem_is_of_another(directory) != 0 { throw failure(EACCES, .isLinkOfAnother) }
    links += 1
    if links > Self.mostLinks { throw failure(ELOOP) }
    try begin(target)
  }

  // MARK: the file

  private func openLast(_ name: Bytes, _ flags: CInt) throws(TraceError) -> CInt {
    if csystem_is_public(directory) != 0 { return try openAmongOthers(name, flags) }
    if csystem_is_of_another(directory) != 0 { return try openOfAnother(name, flags) }
    return try openAt(name, flags)
  }

  private func openOfAnother(_ name: Bytes, _ flags: CInt) throws(TraceError) -> CInt {
    let opened = try openAt(name, flags & ~O_TRUNC)
    return try checked(
      opened, csystem_may_be_planted(opened, directory) == 0, .hasSecondName, flags)
  }

  private func openAmongOthers(_ name: Bytes, _ flags: CInt) throws(TraceError) -> CInt {
    if flags & O_CREAT != 0 {
      do throws(TraceError) {
        return try openAt(name, flags | O_EXCL)
      } catch {
        if error.errno != EEXIST { throw error }
      }
    }
    // Before as well: another's FIFO would keep us waiting.
    let owned = name.withCString { csystem_names_own(directory, $0) }
    if owned < 0 { throw failure(csystem_errno()) }
    if owned == 0 { throw failure(EACCES, .isNotOwn) }
    return try openOwn(name, flags)
  }

  private func openOwn(_ name: Bytes, _ flags: CInt) throws(TraceError) -> CInt {
    let opened = try openAt(name, flags & ~(O_CREAT | O_TRUNC))
    return try checked(opened, csystem_is_own_file(opened) != 0, .isNotOwn, flags)
  }

  /// Empties a file that was opened without `O_TRUNC`, where that was asked for.
  /// - Parameter isRight: whether it is one to be written.
  private func checked(
    _ opened: CInt, _ isRight: Bool, _ code: TraceError.Code, _ flags: CInt
  ) throws(TraceError) -> CInt {
    if !isRight {
      close(opened)
      throw failure(EACCES, code)
    }
    var size: off_t = 0
    if flags & O_TRUNC != 0, csystem_is_regular_file(opened, &size) != 0, ftruncate(opened, 0) != 0
    {
      let error = csystem_errno()
      close(opened)
      throw failure(error)
    }
    return opened
  }

  /// The corresponding C function is `openat`. Not tried again after EINTR: opening a FIFO
  /// waits for its reader, and Ctrl-C ends that.
  private func openAt(_ name: Bytes, _ flags: CInt) throws(TraceError) -> CInt {
    let opened = name.withCString { csystem_open_at(directory, $0, flags, 0o600) }
    if opened < 0 { throw failure(csystem_errno()) }
    return opened
  }

  private func failure(_ errno: CInt, _ code: TraceError.Code = .cannotOpen) -> TraceError {
    TraceError(code, errno: errno, subject: path)
  }
}
