import CSystem

/// Keeps the program alive where somebody else cuts a file that is mapped: touching
/// what is no longer in the file raises SIGBUS. The handler puts memory of nobody's in
/// its place and goes on; any other SIGBUS goes to the handler that was there.
///
/// systemd's journal does the same. Everything here is plain memory that exists before
/// the handler does: it may interrupt anything.
enum SigbusGuard {
  private struct Region {
    var start: UInt = 0
    var size: UInt = 0
    /// Of the file, and how far it has to reach.
    var descriptor: CInt = -1
    var end = 0
    var isReplaced = false

    var isCut: Bool {
      var length: off_t = 0
      return csystem_is_regular_file(descriptor, &length) != 0 && length < off_t(end)
    }

    func contains(_ address: UInt) -> Bool { address &- start < size }
  }

  /// One for each piece of a file that is mapped at a time; beyond them they go unguarded.
  private static let most = 256
  nonisolated(unsafe) private static let regions = {
    let regions = UnsafeMutablePointer<Region>.allocate(capacity: most)
    regions.initialize(repeating: Region(), count: most)
    return regions
  }()

  /// - Parameters:
  ///   - descriptor: of the file.
  ///   - end: how far that reaches, as long as nobody cuts it.
  static func protect(
    _ memory: UnsafeMutableRawBufferPointer, of descriptor: CInt, upTo end: Int
  ) {
    install()
    guard let free = (0..<most).first(where: { regions[$0].size == 0 }) else { return }
    regions[free] = Region(
      start: address(of: memory), size: UInt(memory.count), descriptor: descriptor, end: end)
  }

  static func release(_ memory: UnsafeMutableRawBufferPointer) {
    if let index = index(of: memory) { regions[index] = Region() }
  }

  static func hasReplaced(_ memory: UnsafeMutableRawBufferPointer) -> Bool {
    index(of: memory).map { regions[$0].isReplaced } ?? false
  }

  private static func index(of memory: UnsafeMutableRawBufferPointer) -> Int? {
    (0..<most).first { regions[$0].start == address(of: memory) && regions[$0].size > 0 }
  }

  private static func address(of memory: UnsafeMutableRawBufferPointer) -> UInt {
    UInt(bitPattern: memory.baseAddress)
  }

  /// Each time: the program may have installed a handler on top of ours.
  private static func install() {
    _ = regions
    SignalHandlers.guardAgainstSigbus { address in SigbusGuard.replace(address) ? 1 : 0 }
  }

  /// In the signal handler.
  /// - Parameter address: 0 where the signal was sent: by a handler that ran before ours,
  ///   as faulthandler's, which the fault itself has come to.
  private static func replace(_ address: UInt) -> Bool {
    var isDone = false
    for index in 0..<most where regions[index].size > 0 {
      let region = regions[index]
      guard address == 0 ? region.isCut : region.contains(address) else { continue }
      regions[index].isReplaced = true
      if csystem_replace(region.start, Int(region.size)) != 0 { isDone = true }
    }
    return isDone
  }
}
