/// The text of a file, in UTF-8, read once and indexed once.
public final class SourceText {
  private let bytes: UnsafeMutableBufferPointer<UInt8>
  /// Where each line starts and ends. 32 bits, as no source is 4 GB long.
  private let lines: [Range<UInt32>]

  /// How many lines the text has. A newline ends a line, so an empty text has none.
  public var lineCount: Int { lines.count }

  /// - Parameter source: UTF-8, or what claims to be: bytes that are not are
  ///   shown as escapes when they are printed.
  public init(_ source: BytesView) {
    let length = Swift.min(source.count, Int(UInt32.max))
    bytes = .allocate(capacity: length)
    _ = bytes.initialize(from: source.prefix(length))
    lines = Self.index(BytesView(bytes))
  }

  deinit { bytes.deallocate() }

  /// Whether the text has just these bytes.
  public func isMade(of source: Bytes) -> Bool { BytesView(bytes).elementsEqual(source) }

  /// Whether the bytes are anywhere in it.
  public func contains(_ part: Bytes) -> Bool { BytesView(bytes).contains(part) }

  private static func index(_ source: BytesView) -> [Range<UInt32>] {
    guard let base = source.baseAddress else { return [] }
    return SourceLines(source).map { line in
      let start = UInt32((line.baseAddress ?? base) - base)
      return start..<start + UInt32(line.count)
    }
  }

  /// A copy of all bytes.
  public var all: Bytes { Bytes(bytes) }

  /// All of it as it is shown, each line ended by a newline.
  var visible: Bytes {
    var shown = Bytes()
    for number in 1...Swift.max(lineCount, 1) {
      guard let line = line(number) else { break }
      shown += VisibleText.visible(line: line)
      shown.append(Ascii.newline)
    }
    return shown
  }

  /// Line `number`, from 1 as Python counts, without its end; nil past the text.
  public func line(_ number: Int) -> BytesView? {
    guard number >= 1, number <= lines.count else { return nil }
    let line = lines[number - 1]
    return BytesView(rebasing: BytesView(bytes)[Int(line.lowerBound)..<Int(line.upperBound)])
  }
}
