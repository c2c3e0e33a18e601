/// Numbers one after the other, as the state of a folded recording has them.
struct NumberWriter {
  private(set) var bytes: [UInt8] = []

  mutating func number(_ number: Int) {
    Varint.append(UInt64(bitPattern: Int64(number)), to: &bytes)
  }

  /// A number that may be negative.
  mutating func signed(_ number: Int) {
    Varint.append(UInt64(bitPattern: Int64(number << 1 ^ number >> 63)), to: &bytes)
  }

  mutating func hash(_ hash: UInt64) {
    for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: hash >> UInt64(shift * 8))) }
  }

  mutating func text(_ text: [UInt8]) {
    number(text.count)
    bytes += text
  }
}

/// Takes them. Once one does not make sense all are 0.
struct NumberReader {
  private var cursor: ByteCursor
  private(set) var isDamaged = false

  init(_ bytes: UnsafeRawBufferPointer) { cursor = ByteCursor(bytes) }

  /// No number is larger, so that sums of many are none that there is no room for.
  private static let largest = 1 << 48

  mutating func damage() { isDamaged = true }

  /// A number that is no more than `most`.
  mutating func number(upTo most: Int = largest) -> Int {
    if !isDamaged, most >= 0, let number = cursor.number(upTo: most) { return number }
    isDamaged = true
    return 0
  }

  /// How many follow, each of which takes a byte at least.
  mutating func count() -> Int { number(upTo: cursor.bytes.count - cursor.position) }

  mutating func signed() -> Int {
    let number = cursor.number().map { Int64(bitPattern: $0) }
    guard !isDamaged, let number else {
      isDamaged = true
      return 0
    }
    return Int(Int64(bitPattern: UInt64(bitPattern: number) >> 1) ^ -(number & 1))
  }

  /// A number that is 0 or more, and no more than `most`.
  mutating func signed(from previous: Int, upTo most: Int) -> Int {
    let (number, overflows) = previous.addingReportingOverflow(signed())
    if !overflows, number >= 0, number <= most { return number }
    isDamaged = true
    return 0
  }

  mutating func hash() -> UInt64 {
    guard !isDamaged, let bytes = cursor.take(8) else {
      isDamaged = true
      return 0
    }
    return bytes.number64(at: 0)
  }

  mutating func text() -> [UInt8] {
    guard !isDamaged, let count = cursor.number(), let bytes = cursor.take(count) else {
      isDamaged = true
      return []
    }
    return [UInt8](bytes)
  }
}
