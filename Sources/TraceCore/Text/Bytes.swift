/// Text as bytes. `String` compares by Unicode normalization, whose tables an
/// Embedded build does not link; a trace only ever copies bytes.
public typealias Bytes = [UInt8]

/// Bytes that belong to someone else, for as long as a call lasts.
public typealias BytesView = UnsafeBufferPointer<UInt8>

/// Characters that lines are put together of.
public enum Ascii {
  /// The tab character, 0x09.
  public static let tab = UInt8(ascii: "\t")
  static let newline = UInt8(ascii: "\n")
  static let formFeed: UInt8 = 0x0C
  static let carriageReturn = UInt8(ascii: "\r")
  static let unitSeparator: UInt8 = 0x1F
  /// The space, 0x20.
  public static let space = UInt8(ascii: " ")
  static let slash = UInt8(ascii: "/")
  static let zero = UInt8(ascii: "0")
}

extension BytesView {
  /// Whether the bytes are in it, one after the other. The corresponding C function is `memmem`.
  public func contains(_ part: Bytes) -> Bool {
    guard let first = part.first, count >= part.count else { return part.isEmpty }
    var rest = self[...]
    while let index = rest.firstIndex(of: first), count - index >= part.count {
      if self[index..<index + part.count].elementsEqual(part) { return true }
      rest = rest[(index + 1)...]
    }
    return false
  }
}

extension Bytes {
  /// The literal's text in UTF-8.
  public init(_ text: StaticString) {
    self = text.withUTF8Buffer { Bytes($0) }
  }

  /// Appends the literal's text in UTF-8.
  @inline(never)
  public mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { append(contentsOf: $0) }
  }

  /// Appends one byte. Every place that calls the standard library's function has a copy of it,
  /// of 100 bytes.
  @inline(never)
  public mutating func append(_ byte: UInt8) {
    withUnsafePointer(to: byte) { append(contentsOf: BytesView(start: $0, count: 1)) }
  }

  /// Appends bytes of memory. The library's function would be made anew for each type of memory,
  /// of 400 bytes each.
  public mutating func append(contentsOf bytes: UnsafeRawBufferPointer) {
    append(contentsOf: bytes.bindMemory(to: UInt8.self))
  }

  /// Appends a part of some bytes of memory.
  public mutating func append(contentsOf bytes: Slice<UnsafeRawBufferPointer>) {
    append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes))
  }

  /// Appends a part of some bytes.
  public mutating func append(contentsOf bytes: Slice<BytesView>) {
    append(contentsOf: BytesView(rebasing: bytes))
  }

  /// One text after the other, with a separator between each two.
  @inline(never)
  init(joining texts: [Bytes], by separator: StaticString) {
    self = []
    for (index, text) in texts.enumerated() {
      if index > 0 { append(separator) }
      self += text
    }
  }

  /// The parts between separators, without those that are empty unless `keepsEmpty` says so.
  /// The corresponding Python function is `bytes.split`.
  @inline(never)
  public func parts(between separator: UInt8, keepsEmpty: Bool = false) -> [Bytes] {
    var found: [Bytes] = []
    var start = 0
    for end in 0...count where end == count || self[end] == separator {
      if end > start || keepsEmpty { found.append(Bytes(self[start..<end])) }
      start = end + 1
    }
    return found
  }

  /// The number as `"%d" % number` writes it.
  public init(decimal number: Int) {
    self = []
    append(decimal: number)
  }

  /// As `"%d" % number` writes it.
  public mutating func append(decimal number: Int) {
    if number < 0 { append(UInt8(ascii: "-")) }
    append(decimal: number.magnitude)
  }

  /// As `"%0*d" % (digits, number)` writes it; a number that is not negative.
  mutating func append(decimal number: Int, digits: Int) {
    var text = Bytes()
    text.append(decimal: number)
    append(contentsOf: repeatElement(Ascii.zero, count: Swift.max(0, digits - text.count)))
    append(contentsOf: text)
  }

  private mutating func append(decimal number: UInt) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.mostDigits) { digits in
      var (start, rest) = (digits.count, number)
      repeat {
        start -= 1
        digits[start] = Ascii.zero + UInt8(rest % 10)
        rest /= 10
      } while rest > 0
      append(contentsOf: BytesView(rebasing: digits[start...]))
    }
  }

  /// How many digits the largest number of 64 bits has.
  private static var mostDigits: Int { 20 }

  /// As `"%x" % number` writes it.
  public mutating func append(hexadecimal number: UInt) {
    if number >= 16 { append(hexadecimal: number / 16) }
    let digit = UInt8(number % 16)
    append(digit < 10 ? Ascii.zero + digit : UInt8(ascii: "a") + digit - 10)
  }

  /// Appends that many spaces; none for a number below 1.
  public mutating func append(spaces count: Int) {
    if count > 0 { append(contentsOf: repeatElement(Ascii.space, count: count)) }
  }

  /// Ends in a NUL, for the length of a call into C.
  func withCString<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
    terminated.withUnsafeBytes { bytes in
      // An array that holds the NUL has a first element and so an address.
      body(bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self))
    }
  }

  @inline(never)
  private var terminated: Bytes { self + [0] }

  /// Whether the bytes begin with the literal's text in UTF-8.
  @inline(never)
  public func starts(with text: StaticString) -> Bool {
    count >= text.utf8CodeUnitCount
      && text.withUTF8Buffer { text in text.indices.allSatisfy { self[$0] == text[$0] } }
  }
}
