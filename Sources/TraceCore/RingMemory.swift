/// The memory of lines that a ring refers to: what is given back is used again only
/// when the ring has gone all the way round since.
final class RingMemory: LineMemory {
  let ring: Ring
  private let storage: RingStorage
  private var next = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  /// Blocks of 2 to the power of the index, the oldest first.
  private var retired: [Retirement] = []

  private struct Retirement {
    var blocks: [(block: UnsafeMutableRawBufferPointer, count: UInt64)] = []
    var first = 0
  }

  /// The size of what is taken of the storage at a time.
  private static let chunkSize = 256 * 1024
  private static let smallestPower = 6

  init(_ ring: Ring, _ storage: RingStorage) {
    (self.ring, self.storage) = (ring, storage)
  }

  override func take(_ size: Int) -> UnsafeMutableRawBufferPointer {
    let power = Self.power(for: size)
    if let block = reused(power) { return block }
    if next.count < 1 << power, !extend(for: 1 << power) { return LineMemory.heap.take(1 << power) }
    let block = UnsafeMutableRawBufferPointer(rebasing: next[..<(1 << power)])
    next = UnsafeMutableRawBufferPointer(rebasing: next[(1 << power)...])
    return block
  }

  override func giveBack(_ block: UnsafeMutableRawBufferPointer) {
    let power = Self.power(for: block.count)
    while retired.count <= power { retired.append(Retirement()) }
    retired[power].blocks.append((block, ring.count))
  }

  /// In a child that was forked.
  func forked() { storage.forked() }

  /// What was given back first is over first.
  private func reused(_ power: Int) -> UnsafeMutableRawBufferPointer? {
    guard power < retired.count, retired[power].first < retired[power].blocks.count else {
      return nil
    }
    let (block, count) = retired[power].blocks[retired[power].first]
    guard ring.isOver(count) else { return nil }
    retired[power].first += 1
    if retired[power].first * 2 > retired[power].blocks.count {
      retired[power].blocks.removeFirst(retired[power].first)
      retired[power].first = 0
    }
    return block
  }

  /// - Returns: false where the storage has no more: a disk is full. The lines are then
  ///   in this process's memory alone.
  private func extend(for size: Int) -> Bool {
    let wanted = Swift.max(Self.chunkSize, RingLayout.rounded(size + RingLayout.chunkHeaderSize))
    guard let chunk = try? storage.take(wanted), let start = chunk.baseAddress else { return false }
    start.storeBytes(of: UInt64(UInt(bitPattern: start)), as: UInt64.self)
    start.storeBytes(of: UInt64(wanted), toByteOffset: 8, as: UInt64.self)
    next = UnsafeMutableRawBufferPointer(rebasing: chunk[RingLayout.chunkHeaderSize...])
    return true
  }

  private static func power(for size: Int) -> Int {
    var power = smallestPower
    while 1 << power < size { power += 1 }
    return power
  }
}
