/// Numbers for secrets in the order in which a run meets them: the same value has the same
/// number. A value is known by 64 bits of a keyed hash, which nothing shows.
///
/// Memory is bounded: a value that was not met among the last `most` different ones has
/// been forgotten, and gets a new number.
public struct SecretNumbers: ~Copyable {
  private let most: Int
  private var recent = Table()
  private var older = Table()
  private var last = 0

  /// No value is known yet.
  /// - Parameter most: how many different values are remembered at least.
  public init(most: Int = 32_768) { self.most = most }

  /// - Parameter print: 0 stands for no value, and is taken as 1.
  public mutating func number(of print: UInt64) -> Int {
    let print = max(print, 1)
    if let known = recent[print] { return known }
    let number = older[print] ?? next()
    if recent.count == most {
      older = recent
      recent = Table()
    }
    recent.insert(print, number)
    return number
  }

  private mutating func next() -> Int {
    last += 1
    return last
  }

  /// Open addressing, linear probing. Nothing is ever taken out.
  private struct Table {
    private var slots: [NumberOfKey] = []
    private(set) var count = 0

    subscript(print: UInt64) -> Int? {
      if slots.isEmpty { return nil }
      let slot = slots[slot(of: print)]
      return slot.key == 0 ? nil : slot.number
    }

    mutating func insert(_ print: UInt64, _ number: Int) {
      if 2 * count >= slots.count { grow() }
      slots[slot(of: print)] = NumberOfKey(Int(bitPattern: UInt(print)), number)
      count += 1
    }

    private func slot(of print: UInt64) -> Int {
      let mask = slots.count - 1
      var slot = Int(truncatingIfNeeded: print) & mask
      let key = Int(bitPattern: UInt(print))
      while slots[slot].key != 0, slots[slot].key != key { slot = (slot + 1) & mask }
      return slot
    }

    private mutating func grow() {
      let old = slots
      slots = Array(repeating: NumberOfKey(0, 0), count: max(64, 2 * old.count))
      for entry in old where entry.key != 0 {
        slots[slot(of: UInt64(UInt(bitPattern: entry.key)))] = entry
      }
    }
  }
}

/// A hash of what it is fed: SipHash-1-3 (Aumasson, Bernstein), with a key for each process.
public struct SecretPrint {
  private var state: (UInt64, UInt64, UInt64, UInt64)
  private var fed: UInt64 = 0

  /// Begins a hash.
  /// - Parameter key: 128 random bits, the same for all values of a process.
  public init(key: (UInt64, UInt64)) {
    state = (
      key.0 ^ 0x736f_6d65_7073_6575, key.1 ^ 0x646f_7261_6e64_6f6d,
      key.0 ^ 0x6c79_6765_6e65_7261, key.1 ^ 0x7465_6462_7974_6573
    )
  }

  /// Takes in the next 64 bits.
  public mutating func feed(_ word: UInt64) {
    fed &+= 8
    compress(word)
  }

  /// Text, and how long it is.
  public mutating func feed(_ bytes: Bytes) {
    var word: UInt64 = 0
    for (index, byte) in bytes.enumerated() {
      word |= UInt64(byte) << UInt64(index % 8 * 8)
      if index % 8 == 7 {
        compress(word)
        word = 0
      }
    }
    compress(word)
    feed(UInt64(bytes.count))
  }

  /// The hash of all that was taken in.
  public consuming func finish() -> UInt64 {
    compress(fed << 56)
    state.2 ^= 0xFF
    for _ in 0..<3 { round() }
    return state.0 ^ state.1 ^ state.2 ^ state.3
  }

  private mutating func compress(_ word: UInt64) {
    state.3 ^= word
    round()
    state.0 ^= word
  }

  private mutating func round() {
    state.0 &+= state.1
    state.1 = Self.rotated(state.1, 13) ^ state.0
    state.0 = Self.rotated(state.0, 32)
    state.2 &+= state.3
    state.3 = Self.rotated(state.3, 16) ^ state.2
    state.0 &+= state.3
    state.3 = Self.rotated(state.3, 21) ^ state.0
    state.2 &+= state.1
    state.1 = Self.rotated(state.1, 17) ^ state.2
    state.2 = Self.rotated(state.2, 32)
  }

  private static func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 {
    word << bits | word >> (64 - bits)
  }
}
