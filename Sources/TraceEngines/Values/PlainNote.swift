import CPython
import PythonInterop
import TraceCore

/// What a line has changed, put together in memory that is used again and again.
final class PlainNote {
  private static let capacity = 2048
  private let start = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 8)
  private var count = 0
  private var isFull = false

  deinit { start.deallocate() }

  /// Puts a whole line together, and keeps all values as seen.
  /// - Returns: nil if the line is too long.
  func line(
    _ changes: [SeenValues.Change], in seen: SeenValues, _ variables: LocalVariables,
    _ around: NoteFrame
  ) -> UnsafeRawBufferPointer? {
    (count, isFull) = (0, false)
    append(around.before)
    for (index, value) in changes {
      if index != changes[0].index { append(", ") }
      guard let value, let plain = PlainValue(value) else {
        append("del ")
        append(variables.all[index].text)
        seen.keep(nil, at: index, text: [])
        continue
      }
      append(variables.all[index].text)
      append(" = ")
      appendOld(seen, index)
      append(plain, value, in: seen, index)
    }
    append(around.after)
    return isFull ? nil : UnsafeRawBufferPointer(start: start, count: count)
  }

  private func appendOld(_ seen: SeenValues, _ index: Int) {
    let before = count
    if let integer = seen.integer(at: index) {
      append(decimal: integer)
    } else {
      append(seen.text(at: index))
    }
    if count > before { append(" → ") }
  }

  private func append(_ plain: PlainValue, _ value: Borrowed, in seen: SeenValues, _ index: Int) {
    let before = count
    switch plain {
    case .integer(let number):
      append(decimal: number)
      return seen.keep(value, at: index, integer: number)
    case .word(let word): append(word)
    case .string(let characters):
      append("'")
      append(characters)
      append("'")
    }
    seen.keep(
      value, at: index,
      text: Bytes(UnsafeRawBufferPointer(start: start + before, count: count - before)))
  }

  // MARK: bytes

  private func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress, !isFull else { return }
    isFull = count + bytes.count > Self.capacity
    if isFull { return }
    (start + count).copyMemory(from: source, byteCount: bytes.count)
    count += bytes.count
  }

  private func append(_ bytes: Bytes) { bytes.withUnsafeBytes { append($0) } }

  private func append(_ text: StaticString) {
    append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private func append(decimal number: Int) {
    guard count + 20 <= Self.capacity else { return isFull = true }
    var digits = (0 as UInt64, 0 as UInt64, 0 as UInt64)
    withUnsafeMutableBytes(of: &digits) { digits in
      var (rest, next) = (number.magnitude, digits.count)
      repeat {
        next -= 1
        digits[next] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest > 0
      if number < 0 {
        next -= 1
        digits[next] = UInt8(ascii: "-")
      }
      append(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(digits)[next...]))
    }
  }
}
