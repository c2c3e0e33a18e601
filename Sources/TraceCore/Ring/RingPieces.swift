/// The memory that lines of a ring lie in, so that none is looked for elsewhere: entries
/// in a file may be another process's. Plain memory, for a signal's handler to read.
struct RingPieces {
  /// Each is larger than the one before: there is no memory for as many.
  private static let most = 64

  private let pieces: UnsafeMutablePointer<UnsafeRawBufferPointer>

  init() {
    pieces = .allocate(capacity: Self.most)
    pieces.initialize(repeating: UnsafeRawBufferPointer(start: nil, count: 0), count: Self.most)
  }

  func deallocate() { pieces.deallocate() }

  /// - Returns: false where there is no place for it.
  func add(_ piece: UnsafeMutableRawBufferPointer) -> Bool {
    guard let free = (0..<Self.most).first(where: { pieces[$0].baseAddress == nil }) else {
      return false
    }
    pieces[free] = UnsafeRawBufferPointer(piece)
    return true
  }

  /// The text that was rendered at an address; nil where none was.
  func text(at address: UInt64) -> UnsafeRawBufferPointer? {
    var index = 0
    while index < Self.most, let start = pieces[index].baseAddress {
      let offset = address &- UInt64(UInt(bitPattern: start))
      if offset < UInt64(pieces[index].count) {
        return Self.text(in: UnsafeRawBufferPointer(rebasing: pieces[index][Int(offset)...]))
      }
      index += 1
    }
    return nil
  }

  private static func text(in memory: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard memory.count >= 4 else { return nil }
    let count = Int(memory.loadUnaligned(as: UInt32.self))
    guard count <= memory.count - 4 else { return nil }
    return UnsafeRawBufferPointer(rebasing: memory[4..<(4 + count)])
  }
}
