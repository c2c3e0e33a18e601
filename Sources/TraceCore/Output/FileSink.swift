import CSystem

/// A file of the trace's own.
///
/// Lines are copied into a shared mapping of the file's end: they are in the file at
/// once, whatever becomes of the process, without a call to the system for each.
public final class FileSink: Sink {
  private let name: OutputName
  private let mode: OwnFile.Mode
  private var descriptor: Descriptor
  /// The path of the file that the descriptor is open for.
  private var path: Bytes
  /// Whether the file had a name as it was opened, which a file in memory (`memfd_create`) has not.
  private let wasNamed: Bool
  private var origin = Origin.opened
  private var mapping: FileMapping?
  /// The end of the lines in the file as the mapping began, in bytes.
  private var length = 0
  /// Up to this length lines are written as they come: there was no mapping to be had.
  private var plainUntil = 0
  /// For `OpenFiles` alone.
  var nextOpen: Unmanaged<FileSink>?
  /// Files that are the kernel's, as those in `/proc`, are as long after a write as before.
  private var keepsLength = true

  private enum Origin {
    case opened
    /// By a fork, with no line yet: the descriptor is the parent's.
    case inherited
    case child
  }

  /// The sink for a file: what is not a regular file (a FIFO, a terminal) is written line
  /// by line; so is what the program's own output goes to, behind what is there. A file that
  /// this process writes already has one sink for all.
  /// - Throws: `cannotOpen` with the path and `errno`.
  public static func open(_ name: OutputName, as mode: OwnFile.Mode = OwnFile.Mode())
    throws(TraceError) -> Sink
  {
    let found = try find(name, mode, mode.isChild ? O_NONBLOCK : 0)
    let descriptor = found.descriptor
    guard descriptor.isRegularFile, !descriptor.isOutput else { return DescriptorSink(descriptor) }
    if let other = OpenFiles.sink(for: descriptor) { return other }
    let sink = FileSink(found, name, mode)
    OpenFiles.add(sink)
    return sink
  }

  /// - Parameter flags: `O_NONBLOCK` for a child: the FIFO's reader, whom its parent has
  ///   waited for, may be gone by now.
  private static func find(_ name: OutputName, _ mode: OwnFile.Mode, _ flags: CInt)
    throws(TraceError) -> OwnFile.Found
  {
    let found = try OwnFile.find(name, mode, .written(flags))
    if found.descriptor.isOutput { csystem_append(found.descriptor.number) }
    if !found.goesOn { try found.descriptor.empty(found.path) }
    return found
  }

  /// Whether the descriptor is ours, or is again: a daemon closes all there are, and may
  /// have the number for a file of its own by now.
  private var isOpen: Bool { descriptor.isOurs || openAgain() }

  /// By the name, where that is still the file's.
  private func openAgain() -> Bool {
    guard let again = descriptor.again(at: path) else { return false }
    descriptor = again
    mapping?.descriptor = again.number
    return true
  }

  private init(_ found: OwnFile.Found, _ name: OutputName, _ mode: OwnFile.Mode) {
    (descriptor, path) = (found.descriptor, found.path)
    (self.name, self.mode) = (name, mode)
    wasNamed = csystem_names(descriptor.number) > 0
    super.init()
    if found.goesOn { goOn() }
  }

  deinit {
    OpenFiles.remove(self)
    _ = flush()
  }

  /// Behind the lines that the file has: one that was written by a process that was killed
  /// ends in blanks, or even within a line.
  private func goOn() {
    length = FileMapping.lengthWithoutBlanks(of: descriptor.number)
    ftruncate(descriptor.number, off_t(length))
    if FileMapping.lacksNewline(descriptor.number, length) {
      _ = [Ascii.newline].withUnsafeBytes { append($0) }
    }
  }

  public override var filePath: Bytes? { origin == .inherited ? nil : path }

  public override var hasWindow: Bool { true }

  /// Whether it writes to that file.
  func isOpen(for other: Descriptor) -> Bool {
    origin != .inherited && descriptor.isSameFile(as: other)
  }

  public override func put(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    if origin != .opened { return putAsChild(bytes) }
    let start = position
    do throws(TraceError) {
      var rest = bytes
      while !window.pointee.copy(rest) {
        if mapping == nil, length < plainUntil { return append(rest) }
        rest = try moveOn(with: rest)
      }
      return .done
    } catch {
      unmap(after: start, because: error)
      return .failed(error)
    }
  }

  /// Where the lines end is where one that failed would have begun. A file that was cut
  /// ends where it was cut: it would grow again, and with NULs. What others have written
  /// behind the lines stays.
  private func unmap(after start: Int, because error: TraceError) {
    let isLonger = (try? mapping?.change) == .longer
    mapping?.close()
    mapping = nil
    window.pointee = .empty
    length = start
    guard isOpen else { return }
    if error.code == .wasCut || isLonger {
      length = descriptor.size
    } else {
      ftruncate(descriptor.number, off_t(start))
    }
  }

  public override func putLast(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    origin == .inherited ? .done : append(bytes)
  }

  public override func finish(_ bytes: UnsafeRawBufferPointer, _ patience: Patience) -> Outcome {
    put(bytes)
  }

  /// Cuts the file to the lines it has.
  public override func flush() -> Outcome {
    if mapping == nil { return .done }
    length = position
    let outcome = cut()
    mapping?.close()
    mapping = nil
    window.pointee = .empty
    return outcome
  }

  /// Cuts the file to the lines it has. The corresponding C function is `ftruncate`.
  private func cut() -> Outcome {
    guard isOpen, let mapping else {
      return .failed(TraceError(.cannotWrite, errno: EBADF, subject: []))
    }
    do throws(TraceError) {
      if try mapping.change == .longer {
        length = descriptor.size
        return .done
      }
    } catch {
      length = descriptor.size
      return .failed(error)
    }
    if ftruncate(descriptor.number, off_t(length)) != 0 {
      return .failed(TraceError(.cannotWrite, errno: csystem_errno(), subject: []))
    }
    if hasMadeHole() {
      length = descriptor.size
      return .failed(TraceError(.wasCut, errno: 0, subject: []))
    }
    let wasRemoved = wasNamed && csystem_names(descriptor.number) == 0
    return wasRemoved ? .failed(TraceError(.wasRemoved, errno: 0, subject: [])) : .done
  }

  /// The mapping is not there: `madvise` keeps it from children.
  public override func forked() {
    window.pointee = .empty
    mapping?.forget()
    mapping = nil
    length = 0
    origin = .inherited
    descriptor.closeInChild()
  }

  public override func settle() {
    if origin == .inherited { try? moveAsChild() }
  }

  private func moveAsChild() throws(TraceError) {
    let found = try Self.find(name, mode.ofChild, 0)
    (descriptor, path) = (found.descriptor, found.path)
    origin = .child
    if found.goesOn, descriptor.isRegularFile, !descriptor.isOutput { goOn() }
  }

  /// A child has a file of its own, opened with its first line: most children only
  /// `exec`. Each line is written as it comes: children that were forked end by
  /// `_exit`, which would leave the blank end of a mapping.
  private func putAsChild(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    do throws(TraceError) {
      if origin == .inherited { try moveAsChild() }
      return append(bytes)
    } catch {
      return .failed(error)
    }
  }

  /// The end of the lines in the file, in bytes, with those in the window.
  private var position: Int {
    mapping.map { length + $0.window.free - window.pointee.free } ?? length
  }

  /// Fills the window with the start of a line and maps the next piece of the file: a
  /// process that is killed meanwhile leaves every line before it.
  /// - Returns: what is left of the line. With no mapping (some file systems have
  ///   none) the window is empty and lines are written as they come.
  private func moveOn(with line: UnsafeRawBufferPointer) throws(TraceError)
    -> UnsafeRawBufferPointer
  {
    if !isOpen { throw TraceError(.cannotWrite, errno: EBADF, subject: []) }
    if try mapping?.change == .longer { return goOnBehindOthers(with: line) }
    let room = window.pointee.free
    let next = try FileMapping(of: descriptor.number, from: position + room)
    if hasMadeHole() {
      next?.close()
      throw TraceError(.wasCut, errno: 0, subject: [])
    }
    _ = window.pointee.copy(UnsafeRawBufferPointer(rebasing: line.prefix(room)))
    length = position
    mapping?.close()
    mapping = next
    window.pointee = next?.window ?? .empty
    if next == nil { goOnPlainly() }
    return UnsafeRawBufferPointer(rebasing: line.dropFirst(room))
  }

  /// Others write to the file: lines go to its end as they come, from now on.
  private func goOnBehindOthers(with line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    mapping?.close()
    mapping = nil
    window.pointee = .empty
    csystem_append(descriptor.number)
    (length, plainUntil) = (descriptor.size, .max)
    return line
  }

  /// Whether another process cut the file just before we made it longer. Cuts it again:
  /// it would begin with NULs.
  private func hasMadeHole() -> Bool {
    guard let mapping, mapping.hasHole(before: window.pointee.next) else { return false }
    csystem_cut_at_hole(descriptor.number)
    return true
  }

  /// Writes lines as they come for as long as a mapping would have lasted: there may be memory for
  /// one by then.
  private func goOnPlainly() {
    plainUntil = length + FileMapping.size
    ftruncate(descriptor.number, off_t(length))
  }

  /// The corresponding C function is `write`.
  private func append(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    guard isOpen else {
      return .failed(TraceError(.cannotWrite, errno: EBADF, subject: []))
    }
    let end = Int(lseek(descriptor.number, 0, SEEK_END))
    if end >= 0, end < length, keepsLength {
      return .failed(TraceError(.wasCut, errno: 0, subject: []))
    }
    if end > length { length = end }
    if length + bytes.count > Int(csystem_longest_file()) {
      return .failed(TraceError(.cannotWrite, errno: EFBIG, subject: []))
    }
    let outcome = descriptor.write(bytes, patience: .endless)
    if case .done = outcome {
      length += bytes.count
      if end <= 0, length > 0, descriptor.size == 0 { keepsLength = false }
    } else {
      // No half line.
      ftruncate(descriptor.number, off_t(length))
    }
    return outcome
  }
}
