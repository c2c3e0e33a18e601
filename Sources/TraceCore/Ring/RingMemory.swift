import CSystem

/// The memory of lines that a ring refers to: what is given back is used again only
/// when the ring has gone all the way round since.
final class RingMemory: LineMemory {
  let ring: Ring
  private let storage: RingStorage
  private var next = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var size = 0
  /// The file takes no more: lines are in this process's memory alone.
  private var isFull = false
  /// Blocks of 2 to the power of the index, the oldest first.
  private var retired: [Retirement] = []

  private struct Retirement {
    var blocks: [(block: UnsafeMutableRawBufferPointer, count: UInt64)] = []
    var first = 0
  }

  /// The least that is taken of the storage at a time.
  private static let smallestChunk = 256 * 1024
  private static let smallestPower = 6

  /// - Parameters:
  ///   - descriptor: an empty file's; nil for memory of our own.
  /// - Throws: `cannotWrite`, `cannotMap`.
  init(_ descriptor: Descriptor?, _ shape: RingShape) throws(TraceError) {
    storage = RingStorage(descriptor)
    let header = try storage.take(RingLayout.size(for: shape.reach))
    let size = RingLayout.rounded(RingLayout.capacity(for: shape.reach) * 8)
    let copies = try? storage.takeMemory(size)
    ring = Ring(shape, in: header, copies ?? .init(start: nil, count: 0), storage.pieces)
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
    if !isThere { return }
    let power = Self.power(for: block.count)
    while retired.count <= power { retired.append(Retirement()) }
    retired[power].blocks.append((block, ring.count))
  }

  /// Whether it is this process's: a child that was forked does not have what is mapped
  /// of a file.
  var isThere: Bool { storage.isThere }

  /// Lets go of the file that the parent records into. To be called in a child that was forked.
  func forked() { storage.forked() }

  /// Why the file lacks lines.
  var failure: TraceError? { storage.failure }

  /// What was given back first is over first. While a handler prints in another thread,
  /// what it reads stays as it is.
  private func reused(_ power: Int) -> UnsafeMutableRawBufferPointer? {
    guard power < retired.count, retired[power].first < retired[power].blocks.count else {
      return nil
    }
    let (block, count) = retired[power].blocks[retired[power].first]
    guard ring.isOver(count), !RingAlarm.isSounding else { return nil }
    retired[power].first += 1
    if retired[power].first * 2 > retired[power].blocks.count {
      retired[power].blocks.removeFirst(retired[power].first)
      retired[power].first = 0
    }
    return block
  }

  /// Chunks grow with what there is, so that there are few of them.
  /// - Returns: false where there is no memory.
  private func extend(for block: Int) -> Bool {
    let wanted = RingLayout.rounded(
      Swift.max(Self.smallestChunk, size / 4, block + RingLayout.chunkHeaderSize))
    guard let chunk = chunk(wanted), let start = chunk.baseAddress,
      storage.pieces.add(chunk)
    else { return false }
    size += wanted
    start.storeBytes(of: UInt64(UInt(bitPattern: start)), as: UInt64.self)
    start.storeBytes(of: UInt64(wanted), toByteOffset: 8, as: UInt64.self)
    next = UnsafeMutableRawBufferPointer(rebasing: chunk[RingLayout.chunkHeaderSize...])
    return true
  }

  private func chunk(_ size: Int) -> UnsafeMutableRawBufferPointer? {
    do throws(TraceError) {
      if !isFull { return try storage.take(size) }
    } catch {
      isFull = true
      Self.sayFull(error)
    }
    return try? storage.takeMemory(size)
  }

  private static func sayFull(_ error: TraceError) {
    var text = Bytes("swifttrace: the file lacks the text of lines from here on: ")
    text += error.description
    text.append(Ascii.newline)
    StandardError.write(text)
  }

  private static func power(for size: Int) -> Int {
    var power = smallestPower
    while 1 << power < size { power += 1 }
    return power
  }
}
