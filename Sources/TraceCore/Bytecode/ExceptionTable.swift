/// What `co_exceptiontable` holds: numbers of six bits a byte, the highest first, four
/// of them for each entry (CPython's `exception_handling_notes`).
public struct ExceptionTable {
  private var rest: ArraySlice<UInt8>

  /// Takes the bytes of `co_exceptiontable`; none of them is read before `next` is called.
  public init(_ table: Bytes) { rest = table[...] }

  /// The offsets that a handler guards, and its own. nil: no more, or none that make
  /// sense, as a program may set any table.
  public mutating func next() -> (guarded: Range<Int>, target: Int)? {
    guard let start = number(), let size = number(), let target = number(), number() != nil
    else { return nil }
    let (first, end) = (2 &* start, 2 &* (start &+ size))
    return first <= end ? (first..<end, 2 &* target) : nil
  }

  private mutating func number() -> Int? {
    var number = 0
    while let byte = rest.popFirst() {
      number = number << 6 | Int(byte & 0x3f)
      if byte & 0x40 == 0 { return number }
    }
    return nil
  }
}
