/// A line as it is printed: its length in the first four bytes, then the bytes,
/// the newline among them. It stays where it is for as long as its file's
/// `RenderedLines` lives.
public struct RenderedLine {
  @usableFromInline let header: UnsafeRawPointer

  @inlinable @inline(__always)
  public var count: Int { Int(header.load(as: UInt32.self)) }
  @inlinable @inline(__always)
  public var start: UnsafeRawPointer { header + 4 }
}

/// The lines of one file in one format, each rendered the first time it runs.
public final class RenderedLines {
  public let format: LineFormat
  public let depth: Int
  private let name: Bytes
  private let text: SourceText?
  private var arena = Arena()

  /// A place for each line of the text, from line 0, which no text has.
  public let lines: UnsafeMutableBufferPointer<RenderedLine?>

  public init(of text: SourceText?, named name: Bytes, as format: LineFormat, depth: Int = 1) {
    self.format = format
    self.depth = depth
    self.name = name
    self.text = text
    lines = .allocate(capacity: (text?.lineCount ?? 0) + 1)
    lines.initialize(repeating: nil)
  }

  deinit { lines.deallocate() }

  /// Line `number`, rendered where it was not yet and kept it where it is a line of the text. A number
  /// the text does not have is rendered into a place that the next such one
  /// overwrites, so that made-up numbers cannot fill the memory.
  public func line(_ number: Int) -> RenderedLine {
    if UInt(bitPattern: number) < UInt(lines.count), let known = lines[number] { return known }
    let source = text?.line(number)
    var bytes = Bytes()
    format.appendLine(source, file: name, number: number, depth: depth, to: &bytes)
    guard source != nil else { return arena.keepOne(bytes) }
    let line = arena.keep(bytes)
    lines[number] = line
    return line
  }
}

/// Memory that is given out piece by piece and given back all at once.
private struct Arena: ~Copyable {
  private static let chunkSize = 16 * 1024
  private var chunks: [UnsafeMutableRawPointer] = []
  private var next = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var one: UnsafeMutableRawPointer?

  deinit {
    for chunk in chunks { chunk.deallocate() }
    one?.deallocate()
  }

  mutating func keep(_ bytes: Bytes) -> RenderedLine {
    let size = (4 + bytes.count + 3) & ~3
    if next.count < size {
      let capacity = Swift.max(size, Self.chunkSize)
      let chunk = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 4)
      chunks.append(chunk)
      next = UnsafeMutableRawBufferPointer(start: chunk, count: capacity)
    }
    let line = Self.store(bytes, in: next)
    next = UnsafeMutableRawBufferPointer(rebasing: next[size...])
    return line
  }

  mutating func keepOne(_ bytes: Bytes) -> RenderedLine {
    one?.deallocate()
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 + bytes.count, alignment: 4)
    one = memory.baseAddress
    return Self.store(bytes, in: memory)
  }

  private static func store(_ bytes: Bytes, in memory: UnsafeMutableRawBufferPointer)
    -> RenderedLine
  {
    memory.storeBytes(of: UInt32(clamping: bytes.count), as: UInt32.self)
    UnsafeMutableRawBufferPointer(rebasing: memory[4...]).copyBytes(from: bytes)
    return RenderedLine(header: UnsafeRawPointer(memory.baseAddress.unsafelyUnwrapped))
  }
}
