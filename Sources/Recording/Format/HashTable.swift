/// Numbers by hashes of 64 bits that are taken to be different for different things.
public struct HashTable: ~Copyable {
  private var keys: UnsafeMutablePointer<UInt64>
  private var values: UnsafeMutablePointer<Int32>
  private var mask: Int
  private(set) var count = 0

  public init() { (keys, values, mask) = Self.slots(1024) }

  private static func slots(_ count: Int) -> (
    UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<Int32>, mask: Int
  ) {
    let keys = UnsafeMutablePointer<UInt64>.allocate(capacity: count)
    let values = UnsafeMutablePointer<Int32>.allocate(capacity: count)
    keys.initialize(repeating: 0, count: count)
    values.initialize(repeating: 0, count: count)
    return (keys, values, count - 1)
  }

  deinit {
    keys.deallocate()
    values.deallocate()
  }

  private func slot(_ key: UInt64) -> Int {
    var slot = Int(truncatingIfNeeded: key ^ key >> 32) & mask
    while keys[slot] != 0, keys[slot] != key { slot = (slot + 1) & mask }
    return slot
  }

  /// The value that belongs to a hash; nil if there is none.
  public func value(_ hash: UInt64) -> Int32? {
    let key = hash == 0 ? 1 : hash
    let slot = slot(key)
    return keys[slot] == key ? values[slot] : nil
  }

  public mutating func set(_ hash: UInt64, to value: Int32) {
    if count * 4 > mask * 3 { grow() }
    let key = hash == 0 ? 1 : hash
    let slot = slot(key)
    if keys[slot] == 0 { count += 1 }
    (keys[slot], values[slot]) = (key, value)
  }

  private mutating func grow() {
    let (oldKeys, oldValues, size) = (keys, values, mask + 1)
    (keys, values, mask) = Self.slots(size * 2)
    for old in 0..<size where oldKeys[old] != 0 {
      let new = slot(oldKeys[old])
      (keys[new], values[new]) = (oldKeys[old], oldValues[old])
    }
    oldKeys.deallocate()
    oldValues.deallocate()
  }
}

/// Hashes of sequences, one item after the other.
public enum ContentHash {
  public static let start: UInt64 = 0x9E37_79B9_7F4A_7C15

  @inline(__always)
  public static func mix(_ hash: UInt64, _ item: UInt64) -> UInt64 {
    let mixed = (hash ^ item) &* 0xFF51_AFD7_ED55_8CCD
    return mixed ^ (mixed >> 32)
  }

  /// Of several texts, each with its length.
  public static func of(_ texts: [[UInt8]], as kind: UInt64) -> UInt64 {
    var hash = mix(start, kind)
    for text in texts {
      hash = mix(hash, UInt64(text.count))
      for byte in text { hash = mix(hash, UInt64(byte)) }
    }
    return hash
  }
}
