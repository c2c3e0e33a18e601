/// Differences as numbers that are not negative: 0, -1, 1, -2 are 0, 1, 2, 3.
enum ZigZag {
  @inline(__always)
  static func encode(_ difference: Int32) -> UInt32 {
    UInt32(bitPattern: (difference &<< 1) ^ (difference &>> 31))
  }

  @inline(__always)
  static func decode(_ number: UInt32) -> Int32 {
    Int32(bitPattern: (number &>> 1) ^ (0 &- (number & 1)))
  }
}

/// Numbers of seven bits a byte, the lowest first; all bytes but the last have bit 7.
enum Varint {
  /// The most bytes that a number takes.
  static let mostBytes = 10

  static func append(_ number: UInt64, to bytes: inout [UInt8]) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// The sum that a closed block carries: it shows that bytes were changed by accident, not that
/// somebody has changed them.
enum Checksum {
  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var sum: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
    let words = bytes.count / 8
    for index in 0..<words {
      mix(bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self), into: &sum)
    }
    var rest: UInt64 = 0
    for index in (words * 8)..<bytes.count { rest = rest << 8 | UInt64(bytes[index]) }
    mix(rest, into: &sum)
    return UInt32(truncatingIfNeeded: sum ^ (sum >> 32))
  }

  @inline(__always)
  private static func mix(_ word: UInt64, into sum: inout UInt64) {
    sum = (sum ^ UInt64(littleEndian: word)) &* 0xFF51_AFD7_ED55_8CCD
    sum ^= sum >> 29
  }
}

extension UnsafeMutableRawPointer {
  func store(_ number: UInt32, at offset: Int) {
    storeBytes(of: number.littleEndian, toByteOffset: offset, as: UInt32.self)
  }

  func store(_ number: UInt64, at offset: Int) {
    storeBytes(of: number.littleEndian, toByteOffset: offset, as: UInt64.self)
  }
}

extension UnsafeRawBufferPointer {
  func number32(at offset: Int) -> UInt32 {
    UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  func number64(at offset: Int) -> UInt64 {
    UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}

extension [UInt8] {
  /// `withUnsafeBytes`, of a body that throws one type.
  func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws(RecordingError) -> R)
    throws(RecordingError) -> R
  {
    try withUnsafeBufferPointer { (bytes) throws(RecordingError) in
      try body(UnsafeRawBufferPointer(bytes))
    }
  }

  mutating func withMutableBytes<R>(
    _ body: (UnsafeMutableRawBufferPointer) throws(RecordingError) -> R
  ) throws(RecordingError) -> R {
    try withUnsafeMutableBufferPointer { (bytes) throws(RecordingError) in
      try body(UnsafeMutableRawBufferPointer(bytes))
    }
  }
}
