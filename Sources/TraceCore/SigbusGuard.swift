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
    var isReplaced = false

    func contains(_ address: UInt) -> Bool { address &- start < size }
  }

  /// One for each piece of a file that is mapped at a time; beyond them they go unguarded.
  private static let most = 256
  nonisolated(unsafe) private static let regions = {
    let regions = UnsafeMutablePointer<Region>.allocate(capacity: most)
    regions.initialize(repeating: Region(), count: most)
    return regions
  }()
  nonisolated(unsafe) private static var isInstalled = false

  static func protect(_ memory: UnsafeMutableRawBufferPointer) {
    install()
    guard let free = (0..<most).first(where: { regions[$0].size == 0 }) else { return }
    regions[free] = Region(start: address(of: memory), size: UInt(memory.count))
  }

  static func release(_ memory: UnsafeMutableRawBufferPointer) {
    if let place = place(of: memory) { regions[place] = Region() }
  }

  static func hasReplaced(_ memory: UnsafeMutableRawBufferPointer) -> Bool {
    place(of: memory).map { regions[$0].isReplaced } ?? false
  }

  private static func place(of memory: UnsafeMutableRawBufferPointer) -> Int? {
    (0..<most).first { regions[$0].start == address(of: memory) && regions[$0].size > 0 }
  }

  private static func address(of memory: UnsafeMutableRawBufferPointer) -> UInt {
    UInt(bitPattern: memory.baseAddress)
  }

  private static func install() {
    if isInstalled { return }
    _ = regions
    isInstalled = true
    SignalHandlers.guardAgainstSigbus { address in SigbusGuard.replace(address) ? 1 : 0 }
  }

  /// In the signal handler.
  private static func replace(_ address: UInt) -> Bool {
    for place in 0..<most where regions[place].contains(address) {
      regions[place].isReplaced = true
      return csystem_replace(regions[place].start, Int(regions[place].size)) != 0
    }
    return false
  }
}
