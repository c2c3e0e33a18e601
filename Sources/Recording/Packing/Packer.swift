/// Packs texts: see `PackModel`.
struct Packer: ~Copyable {
  private let model = PackModel()
  private var packed: [UInt8] = []
  private var low: UInt64 = 0
  private var range: UInt32 = .max
  /// The byte that a carry may still change, and how many bytes of 0xFF follow it.
  private var (held, heldCount) = (0 as UInt8, 1)

  static func pack(_ text: [UInt8]) -> [UInt8] {
    var packer = Packer()
    text.withUnsafeBytes { packer.pack($0) }
    for _ in 0..<5 { packer.shift() }
    return packer.packed
  }

  // MARK: what is coded

  private mutating func pack(_ text: UnsafeRawBufferPointer) {
    let copies = Copies(text)
    var (position, distance, isCopy) = (0, 1, 0)
    var copy = copies.longest(at: 0, after: distance)
    while position < text.count {
      // A longer one may begin with the next byte.
      let next = copies.longest(at: position + 1, after: distance)
      if copy.length < PackModel.shortest || next.length > copy.length + 1 {
        encode(0, PackModel.copy + isCopy)
        let before = position == 0 ? 0 : Int(text[position - 1])
        encode(Int(text[position]), bits: 8, PackModel.literal + before * 256)
        (position, isCopy, copy) = (position + 1, 0, next)
      } else {
        encode(1, PackModel.copy + isCopy)
        encode(copy, isAgain: copy.distance == distance)
        copies.skip(from: position + 2, to: position + copy.length)
        (position, distance, isCopy) = (position + copy.length, copy.distance, 1)
        copy = copies.longest(at: position, after: distance)
      }
    }
  }

  private mutating func encode(_ copy: Copies.Copy, isAgain: Bool) {
    encode(isAgain ? 1 : 0, PackModel.again)
    encode(
      copy.length - PackModel.shortest, bits: 8, PackModel.length + (isAgain ? 256 : 0))
    if isAgain { return }
    let width = Int.bitWidth - copy.distance.leadingZeroBitCount
    encode(width, bits: PackModel.widthBits, PackModel.width(ofLength: copy.length))
    let upper = min(width - 1, 3)
    let rest = width - 1 - upper
    encode(copy.distance >> rest & (1 << upper - 1), bits: upper, PackModel.upper + width * 8)
    for bit in (0..<rest).reversed() { encodeEven(copy.distance >> bit & 1) }
  }

  /// The upper bits come first: each is coded by those above it.
  private mutating func encode(_ number: Int, bits: Int, _ start: Int) {
    var above = 1
    for bit in (0..<bits).reversed() {
      let value = number >> bit & 1
      encode(value, start + above)
      above = above << 1 | value
    }
  }

  // MARK: bits

  @inline(__always)
  private mutating func encode(_ bit: Int, _ index: Int) {
    let chance = model.bits[index]
    let bound = (range >> 11) * UInt32(chance)
    if bit == 0 {
      range = bound
      model.bits[index] = chance + (2048 - chance) >> 4
    } else {
      low += UInt64(bound)
      range -= bound
      model.bits[index] = chance - chance >> 4
    }
    while range < 1 << 24 {
      range <<= 8
      shift()
    }
  }

  private mutating func encodeEven(_ bit: Int) {
    range >>= 1
    if bit == 1 { low += UInt64(range) }
    while range < 1 << 24 {
      range <<= 8
      shift()
    }
  }

  private mutating func shift() {
    if low < 0xFF00_0000 || low > 0xFFFF_FFFF {
      let carry = UInt8(truncatingIfNeeded: low >> 32)
      packed.append(held &+ carry)
      for _ in 1..<heldCount { packed.append(0xFF &+ carry) }
      (held, heldCount) = (UInt8(truncatingIfNeeded: low >> 24), 0)
    }
    heldCount += 1
    low = (low & 0x00FF_FFFF) << 8
  }
}

/// Finds what came before.
private struct Copies: ~Copyable {
  struct Copy {
    var length = 0
    var distance = 0
  }

  private let text: UnsafeRawBufferPointer
  /// The last position of each hash, and the one before each position; -1: there is none.
  private let last: UnsafeMutablePointer<Int32>
  private let before: UnsafeMutablePointer<Int32>

  private static let hashBits = 16
  /// The most positions that are looked at.
  private static let mostLooked = 64
  /// The shortest copy that is not at the distance of the one before.
  private static let shortest = 4

  init(_ text: UnsafeRawBufferPointer) {
    self.text = text
    last = .allocate(capacity: 1 << Self.hashBits)
    last.initialize(repeating: -1, count: 1 << Self.hashBits)
    before = .allocate(capacity: text.count + 1)
  }

  deinit {
    last.deallocate()
    before.deallocate()
  }

  /// Notes that a position has been passed.
  /// - Returns: the last one before it of the same hash; -1: there is none.
  private func note(_ position: Int) -> Int {
    guard position + Self.shortest <= text.count else { return -1 }
    let word = text.loadUnaligned(fromByteOffset: position, as: UInt32.self)
    let hash = Int((word &* 0x9E37_79B1) >> UInt32(32 - Self.hashBits))
    let found = last[hash]
    (last[hash], before[position]) = (Int32(position), found)
    return Int(found)
  }

  func skip(from start: Int, to end: Int) {
    for position in start..<max(start, min(end, text.count)) { _ = note(position) }
  }

  private func length(of position: Int, _ other: Int) -> Int {
    let most = min(text.count - position, PackModel.longest)
    var length = 0
    while length < most, text[position + length] == text[other + length] { length += 1 }
    return length
  }

  /// - Parameter distance: that of the copy before, which costs least.
  func longest(at position: Int, after distance: Int) -> Copy {
    var best = Copy()
    if position >= text.count { return best }
    if distance <= position {
      best = Copy(length: length(of: position, position - distance), distance: distance)
    }
    var (other, left) = (note(position), Self.mostLooked)
    while other >= 0, left > 0 {
      let length = length(of: position, other)
      if length >= Self.shortest, length > best.length + 1 {
        best = Copy(length: length, distance: position - other)
      }
      (other, left) = (Int(before[other]), left - 1)
    }
    return best
  }
}
