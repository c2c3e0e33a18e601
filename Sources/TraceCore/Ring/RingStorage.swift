import CSystem

/// Memory of a ring or of a recording, which stays where it is: the process's own, or a file's.
final class RingStorage {
  /// What of it a reader may look into.
  let pieces = RingPieces()
  private var descriptor: Descriptor?
  /// The path by which the file is opened again where the program has closed it; nil: it is not.
  private let path: Bytes?
  private let forks = ThisProcess.forks
  /// How much of the file is in use.
  private var length = 0
  private var inFile: [UnsafeMutableRawBufferPointer] = []
  /// Whether a piece that was given back had been lost.
  private var hasLostPiece = false
  private var inMemory: [UnsafeMutableRawBufferPointer] = []

  /// - Parameter descriptor: an empty file's; nil for memory of our own.
  init(_ descriptor: Descriptor?, again path: Bytes? = nil) {
    (self.descriptor, self.path) = (descriptor, path)
  }

  deinit {
    // A handler that prints in another thread has it to the end of the process.
    if RingAlarm.isSounding { return }
    forked()
    for piece in isThere ? inFile + inMemory : inMemory { munmap(piece.baseAddress, piece.count) }
    pieces.deallocate()
  }

  /// A child that was forked does not have what is mapped of a file.
  var isThere: Bool { descriptor == nil || forks == ThisProcess.forks }

  /// Lets go of the parent's file, in a child that was forked: at the addresses it was mapped to
  /// there may be somebody else's memory.
  func forked() {
    for piece in inFile { SigbusGuard.release(piece) }
    descriptor?.closeInChild()
  }

  /// `size` bytes of zeros, a multiple of `RingLayout.grain`.
  /// - Parameter offset: in the file; nil: behind what is in use.
  /// - Throws: `cannotWrite`, `cannotMap`.
  func take(_ size: Int, at offset: Int? = nil) throws(TraceError) -> UnsafeMutableRawBufferPointer
  {
    guard descriptor != nil else { return try takeMemory(size) }
    let descriptor = try openDescriptor()
    let piece = try pieceOfFile(descriptor, size, at: offset ?? length)
    SigbusGuard.protect(piece, of: descriptor.number, upTo: length)
    inFile.append(piece)
    return piece
  }

  /// Lets go of a piece of the file, whose bytes are in it.
  func giveBack(_ start: UnsafeMutableRawPointer) {
    guard isThere, let index = inFile.firstIndex(where: { $0.baseAddress == start }) else { return }
    let piece = inFile.remove(at: index)
    if SigbusGuard.hasReplaced(piece) { hasLostPiece = true }
    SigbusGuard.release(piece)
    munmap(piece.baseAddress, piece.count)
  }

  /// Makes the file shorter: no piece beyond that is there any more.
  func cut(to length: Int) {
    guard let descriptor, isThere, descriptor.isOurs else { return }
    if ftruncate(descriptor.number, off_t(length)) == 0 { self.length = length }
  }

  /// `size` bytes of zeros in this process's memory alone.
  /// - Throws: `cannotMap`.
  func takeMemory(_ size: Int) throws(TraceError) -> UnsafeMutableRawBufferPointer {
    let piece = try Self.piece(at: csystem_map_memory(size), size)
    inMemory.append(piece)
    return piece
  }

  private static func piece(at memory: UnsafeMutableRawPointer?, _ size: Int) throws(TraceError)
    -> UnsafeMutableRawBufferPointer
  {
    if let memory { return UnsafeMutableRawBufferPointer(start: memory, count: size) }
    throw TraceError(.cannotMap, errno: csystem_errno(), subject: [])
  }

  private func openDescriptor() throws(TraceError) -> Descriptor {
    if let descriptor, !descriptor.isOurs, let path { self.descriptor = descriptor.again(at: path) }
    guard let descriptor, descriptor.isOurs else {
      throw TraceError(.cannotWrite, errno: EBADF, subject: [])
    }
    return descriptor
  }

  /// The zeros are written before they are mapped, so that a full disk is an error here
  /// and no signal later.
  private func pieceOfFile(_ descriptor: Descriptor, _ size: Int, at offset: Int)
    throws(TraceError) -> UnsafeMutableRawBufferPointer
  {
    // Made longer again it would have a hole in it, and nobody would know.
    if let failure { throw failure }
    do throws(TraceError) {
      try SystemCalls.writeZeros(descriptor.number, from: offset, count: size)
      let memory = csystem_map(descriptor.number, off_t(offset), size)
      let piece = try Self.piece(at: memory, size)
      length = max(length, offset + size)
      return piece
    } catch {
      ftruncate(descriptor.number, off_t(length))
      throw error
    }
  }

  /// Why it lacks lines: another process has made it shorter, or the system could not write it.
  var failure: TraceError? {
    guard let descriptor, isThere else { return nil }
    var size: off_t = 0
    let isFile = csystem_is_regular_file(descriptor.number, &size) != 0
    if descriptor.isOurs, isFile, size < length {
      return TraceError(.wasCut, errno: 0, subject: [])
    }
    guard hasLostPiece || inFile.contains(where: SigbusGuard.hasReplaced) else { return nil }
    return .lostPage(of: descriptor.number, upTo: length)
  }
}
