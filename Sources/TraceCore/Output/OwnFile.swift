import CSystem

/// Which files this process may write: those that no other process is writing, and that no
/// other process of the same run has written.
///
/// That holds between processes with one pid, which would give their files one name: in pid
/// namespaces, in containers that share a directory, and where the system gives a pid again.
public enum OwnFile {
  /// What becomes of a file of an earlier run.
  public enum Earlier {
    case emptied
    /// The trace goes on behind what it has.
    case extended
    /// The file is left alone, and the trace goes to another one.
    case left
  }

  /// How a trace's file is found.
  public struct Mode {
    /// The name alone is an ancestor's.
    public let isChild: Bool
    /// What this process wrote to before it ran `exec`.
    public let resumed: Bytes?
    /// Files of earlier runs go on.
    public let appends: Bool

    /// The first process of a run, which empties the files of earlier runs unless `appends` says
    /// otherwise.
    public init(isChild: Bool = false, resumed: Bytes? = nil, appends: Bool = false) {
      (self.isChild, self.resumed, self.appends) = (isChild, resumed, appends)
    }

    /// The mode of a child that was forked.
    var ofChild: Mode { Mode(isChild: true, appends: appends) }

    /// A file that is named after a process is kept: whoever looks for it has its pid.
    fileprivate func earlier(_ name: OutputName) -> Earlier {
      appends ? .extended : name.namesProcess ? .left : .emptied
    }
  }

  /// What may be done with a file.
  public enum Answer: Int {
    /// The file is another process's, so a further name is tried.
    case leave
    case begin
    case goOn
  }

  /// A file that was found, to be written.
  struct Found {
    let descriptor: Descriptor
    let path: Bytes
    /// What it has stays. Always of what is no file of the trace's alone.
    let goesOn: Bool
  }

  private static let mostNames = 10_000

  /// How a file is opened; what is in it is left.
  enum Opening {
    /// To be mapped, if it is a regular file, with more flags of `open(2)`.
    case written(CInt)
    /// Opens the file to be mapped as a ring, which only a regular file can be.
    case ring

    /// - Throws: `cannotOpen`, `isOutput`, `notAFile`.
    func open(_ path: Bytes) throws(TraceError) -> Descriptor {
      switch self {
      case .written(let flags): try Descriptor(moving: try Self.openToMap(path, flags | O_CREAT))
      case .ring: try Self.openRing(path)
      }
    }

    /// A mapping needs the right to read. A FIFO opened for both would have us for its
    /// reader.
    private static func openToMap(_ path: Bytes, _ flags: CInt) throws(TraceError) -> CInt {
      if FileStamp(of: path)?.isRegularFile ?? true,
        let opened = try? OutputFile.open(path, flags | O_RDWR)
      {
        return opened
      }
      return try OutputFile.open(path, flags | O_WRONLY)
    }

    private static func openRing(_ path: Bytes) throws(TraceError) -> Descriptor {
      let descriptor = try Descriptor(moving: try OutputFile.open(path, O_CREAT | O_RDWR))
      if descriptor.isOutput { throw TraceError(.isOutput, errno: EINVAL, subject: path) }
      if !descriptor.isRegularFile { throw TraceError(.notAFile, errno: 0, subject: path) }
      return descriptor
    }
  }

  /// Opens the first file that this process may write, of those that a trace's name stands for.
  /// - Throws: `cannotOpen`, what `opening` throws.
  static func find(_ name: OutputName, _ mode: Mode, _ opening: Opening) throws(TraceError) -> Found
  {
    if let path = mode.resumed, let descriptor = try? opening.open(path),
      let found = found(descriptor, path, .extended, isOfProcess: false, isResumed: true)
    {
      return found
    }
    let earlier = mode.earlier(name)
    for number in 1...mostNames {
      let path = mode.isChild ? name.pathOfChild(number) : name.path(number)
      let isOfProcess = mode.isChild || number > 1
      let descriptor = try opening.open(path)
      if let found = found(descriptor, path, earlier, isOfProcess: isOfProcess) { return found }
    }
    throw TraceError(.cannotOpen, errno: EEXIST, subject: name.path(1))
  }

  private static func found(
    _ descriptor: Descriptor, _ path: Bytes, _ earlier: Earlier, isOfProcess: Bool,
    isResumed: Bool = false
  ) -> Found? {
    if !descriptor.isRegularFile || descriptor.isOutput {
      return Found(descriptor: descriptor, path: path, goesOn: true)
    }
    let answer = take(
      descriptor.number, earlier, isOfProcess: isOfProcess, isResumed: isResumed)
    if answer == .leave { return nil }
    return Found(descriptor: descriptor, path: path, goesOn: answer == .goOn)
  }

  /// Asks for a file that is open to be written. It is marked as being written from then on,
  /// until it is closed.
  /// - Parameters:
  ///   - isOfProcess: it has its name from a pid, so another process of this run may have
  ///     made it.
  ///   - isResumed: this process wrote it before it ran `exec`.
  public static func take(
    _ descriptor: CInt, _ earlier: Earlier, isOfProcess: Bool, isResumed: Bool = false
  ) -> Answer {
    guard let file = File(of: descriptor) else { return .begin }
    if let taken = taken(file) {
      return taken == ThisProcess.forks ? .goOn : .leave
    }
    guard csystem_mark_written(descriptor) != 0 else { return .leave }
    let answer = isResumed ? .goOn : answer(descriptor, earlier, isOfProcess)
    if answer != .leave { note(file) }
    return answer
  }

  private static func answer(_ descriptor: CInt, _ earlier: Earlier, _ isOfProcess: Bool) -> Answer
  {
    var size: off_t = 0
    _ = csystem_is_regular_file(descriptor, &size)
    if size == 0 { return .begin }
    if isOfProcess, csystem_written_at(descriptor) >= Int64(ThisProcess.runStart) { return .leave }
    switch earlier {
    case .emptied: return .begin
    case .extended: return .goOn
    case .left: return .leave
    }
  }

  // MARK: what this process has written

  private struct File: Equatable {
    let identity: FileIdentity
    let made: Int64

    init?(of descriptor: CInt) {
      guard let identity = FileIdentity(of: descriptor) else { return nil }
      (self.identity, made) = (identity, csystem_made_at(descriptor))
    }
  }

  /// With `ThisProcess.forks` as it was: what a parent has taken is not ours. In order of
  /// the files' identities, as there may be many.
  nonisolated(unsafe) private static var known: [(file: File, forks: Int)] = []

  private static func index(of file: File) -> Int {
    var (low, high) = (0, known.count)
    while low < high {
      let middle = (low + high) / 2
      if known[middle].file.identity < file.identity { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private static func isKnown(_ file: File, at index: Int) -> Bool {
    index < known.count && known[index].file.identity == file.identity
  }

  private static func taken(_ file: File) -> Int? {
    let index = index(of: file)
    return isKnown(file, at: index) && known[index].file == file ? known[index].forks : nil
  }

  private static func note(_ file: File) {
    let index = index(of: file)
    if isKnown(file, at: index) {
      known[index] = (file, ThisProcess.forks)
    } else {
      known.insert((file, ThisProcess.forks), at: index)
    }
  }
}
