/// Bytes that are taken one after the other.
struct ByteCursor {
  let bytes: UnsafeRawBufferPointer
  private(set) var position: Int

  init(_ bytes: UnsafeRawBufferPointer, from position: Int = 0) {
    (self.bytes, self.position) = (bytes, position)
  }

  var isAtEnd: Bool { position >= bytes.count }

  @inline(__always)
  mutating func byte() -> UInt8? {
    guard position < bytes.count else { return nil }
    position += 1
    return bytes[position - 1]
  }

  /// The varint at the cursor; nil if it is cut, or takes more than 64 bits.
  mutating func number() -> UInt64? {
    var (number, shift) = (0 as UInt64, 0 as UInt64)
    while let byte = byte() {
      if shift == 63, byte > 1 { return nil }
      number |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return number }
      shift += 7
      if shift > 63 { return nil }
    }
    return nil
  }

  /// A number that is no more than `most`.
  mutating func number(upTo most: Int) -> Int? {
    guard let number = number(), number <= UInt64(most) else { return nil }
    return Int(number)
  }

  /// The next `count` bytes; nil if fewer are left.
  mutating func take(_ count: UInt64) -> UnsafeRawBufferPointer? {
    guard count <= UInt64(bytes.count - position) else { return nil }
    let start = position
    position += Int(count)
    return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
  }

  mutating func rest() -> UnsafeRawBufferPointer {
    defer { position = bytes.count }
    return UnsafeRawBufferPointer(rebasing: bytes[position...])
  }
}
