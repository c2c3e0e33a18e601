/// Unpacks texts: see `PackModel`. Any bytes are some text.
struct Unpacker: ~Copyable {
  private let model = PackModel()
  private let packed: UnsafeRawBufferPointer
  private var position = 0
  private var range: UInt32 = .max
  private var code: UInt32 = 0
  private var text: [UInt8] = []

  /// - Parameter count: how long the text is.
  static func unpack(_ packed: UnsafeRawBufferPointer, count: Int) -> [UInt8] {
    var unpacker = Unpacker(packed)
    unpacker.unpack(count)
    return unpacker.text
  }

  private init(_ packed: UnsafeRawBufferPointer) {
    self.packed = packed
    for _ in 0..<5 { code = code << 8 | next() }
  }

  private mutating func unpack(_ count: Int) {
    var (distance, isCopy) = (1, 0)
    while text.count < count, position <= packed.count + 8 {
      if decode(PackModel.copy + isCopy) == 0 {
        let before = Int(text.last ?? 0)
        text.append(UInt8(decode(bits: 8, PackModel.literal + before * 256)))
        isCopy = 0
      } else {
        copy(&distance, count)
        isCopy = 1
      }
    }
  }

  private mutating func copy(_ distance: inout Int, _ most: Int) {
    let isAgain = decode(PackModel.again) == 1
    let length =
      PackModel.shortest + decode(bits: 8, PackModel.length + (isAgain ? 256 : 0))
    if !isAgain { distance = decodeDistance(length) }
    let start = text.count - distance
    for offset in 0..<min(length, most - text.count) {
      text.append(start + offset >= 0 ? text[start + offset] : 0)
    }
  }

  private mutating func decodeDistance(_ length: Int) -> Int {
    let width = max(
      decode(bits: PackModel.widthBits, PackModel.width(ofLength: length)), 1)
    let upper = min(width - 1, 3)
    var distance = 1 << upper | decode(bits: upper, PackModel.upper + width * 8)
    for _ in 0..<width - 1 - upper { distance = distance << 1 | decodeEven() }
    return distance
  }

  private mutating func decode(bits: Int, _ start: Int) -> Int {
    var above = 1
    for _ in 0..<bits { above = above << 1 | decode(start + above) }
    return above - 1 << bits
  }

  // MARK: bits

  @inline(__always)
  private mutating func decode(_ index: Int) -> Int {
    let chance = model.bits[index]
    let bound = (range >> 11) * UInt32(chance)
    let bit = code < bound ? 0 : 1
    if bit == 0 {
      range = bound
      model.bits[index] = chance + (2048 - chance) >> 4
    } else {
      (code, range) = (code &- bound, range - bound)
      model.bits[index] = chance - chance >> 4
    }
    fill()
    return bit
  }

  private mutating func decodeEven() -> Int {
    range >>= 1
    let bit = code < range ? 0 : 1
    if bit == 1 { code &-= range }
    fill()
    return bit
  }

  private mutating func fill() {
    while range < 1 << 24 {
      range <<= 8
      code = code << 8 | next()
    }
  }

  private mutating func next() -> UInt32 {
    defer { position += 1 }
    return position < packed.count ? UInt32(packed[position]) : 0
  }
}
