/// How likely each bit of a packed text is a 0, as far as the bits before have shown.
///
/// A text is packed as a sequence of bytes and of copies of what came before, as LZ77 has them.
/// Their bits are coded by these probabilities, as LZMA codes its own.
struct PackModel: ~Copyable {
  /// Probabilities of 11 bits.
  let bits: UnsafeMutablePointer<UInt16>

  static let half: UInt16 = 1024
  /// The shortest copy.
  static let shortest = 2
  /// The longest.
  static let longest = shortest + 255
  /// The number of the bits that say how many bits a distance has.
  static let widthBits = 5

  // Where the probabilities are.
  /// Whether it is a copy; by what came before.
  static let copy = 0
  /// Whether the distance is that of the copy before.
  static let again = 4
  static let length = 16
  static let width = length + 2 * 256
  /// The bits below the first one of a distance.
  static let upper = width + 4 * 32
  static let literal = upper + 32 * 8
  private static let count = literal + 256 * 256

  init() {
    bits = .allocate(capacity: Self.count)
    bits.initialize(repeating: Self.half, count: Self.count)
  }

  deinit { bits.deallocate() }

  /// The four kinds of copies whose distances differ: short ones are near.
  static func width(ofLength length: Int) -> Int { width + min(length - shortest, 3) * 32 }
}
