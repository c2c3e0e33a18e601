/// A line as it is printed: its length in the first four bytes, then the bytes,
/// the newline among them. It stays where it is for as long as its file's
/// `RenderedLines` lives.
public struct RenderedLine {
  @usableFromInline let header: UnsafeRawPointer

  /// - Parameter header: of a line that was rendered before.
  init(at header: UnsafeRawPointer) { self.header = header }

  @inlinable @inline(__always)
  public var count: Int { Int(header.load(as: UInt32.self)) }
  @inlinable @inline(__always)
  public var start: UnsafeRawPointer { header + 4 }
}

/// The lines of one file in one format, each rendered the first time it runs.
public final class RenderedLines {
  public let format: LineFormat
  public let depth: Int
  public let memory: LineMemory
  public let look: LineLook
  private let name: Bytes
  private let path: Bytes?
  private let text: SourceText?
  /// Of a template: `number` is of the code that was generated.
  private let map: LineMap?
  /// The same lines as they are to be shown.
  private let painted: SourceText?
  private var arena: Arena

  /// A place for each line of the text, from line 0, which no text has.
  public let lines: UnsafeMutableBufferPointer<RenderedLine?>

  public init(
    of text: SourceText?, painted: SourceText? = nil, map: LineMap? = nil, named name: Bytes,
    at path: Bytes? = nil, as format: LineFormat, depth: Int = 1, look: LineLook = LineLook(),
    in memory: LineMemory = .heap
  ) {
    self.format = format
    self.look = look
    self.painted = painted?.lineCount == text?.lineCount ? painted : nil
    self.depth = depth
    self.memory = memory
    (self.name, self.path) = (name, path)
    (self.text, self.map) = (text, map)
    arena = Arena(memory, forLines: text?.lineCount ?? 0)
    lines = .allocate(capacity: map?.count ?? (text?.lineCount ?? 0) + 1)
    lines.initialize(repeating: nil)
  }

  deinit { lines.deallocate() }

  /// Line `number`: rendered the first time and kept, where it is a line of the text. A
  /// number that the text does not have is rendered into a place that the next such one
  /// overwrites, so that made-up numbers cannot fill the memory.
  public func line(_ number: Int) -> RenderedLine {
    if UInt(bitPattern: number) < UInt(lines.count), let known = lines[number] { return known }
    let shown = map?.nearest(number) ?? number
    let source = text?.line(shown)
    let bytes = rendered(source, shown)
    guard source != nil else { return arena.keepOne(bytes) }
    let line = arena.keep(bytes)
    lines[number] = line
    return line
  }

  /// The same; nil for a line of generated code that stands for none of the template's.
  public func shownLine(_ number: Int) -> RenderedLine? {
    if let map, map[number] == nil { return nil }
    return line(number)
  }

  /// A line that says `note` of line `number`, in a place that the next such one overwrites.
  /// - Parameter indentation: in spaces; nil: as the line is indented.
  public func note(_ note: Bytes, at number: Int, indentation: Int?) -> RenderedLine {
    let number = map?.nearest(number) ?? number
    var shown = Bytes()
    if let indentation {
      shown.append(spaces: indentation)
    } else if let source = text?.line(number) {
      shown += source.prefix { $0 == Ascii.space || $0 == Ascii.tab }
    }
    shown += note
    return arena.keepOne(shown.withUnsafeBufferPointer { rendered($0, number, isNote: true) })
  }

  private func rendered(_ source: BytesView?, _ number: Int, isNote: Bool = false) -> Bytes {
    var bytes = Bytes()
    format.appendLine(
      source, painted: isNote ? nil : painted?.line(number), file: name, path: path,
      number: number, depth: depth, look: look, isNote: isNote, to: &bytes)
    return bytes
  }
}

/// Memory that is given out piece by piece and given back all at once.
private struct Arena: ~Copyable {
  private static let largestChunk = 16 * 1024
  /// A guess: code has short lines.
  private static let sizeOfLine = 64

  private let memory: LineMemory
  private let chunkSize: Int
  private var chunks: [UnsafeMutableRawBufferPointer] = []
  private var next = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var one: UnsafeMutableRawBufferPointer?

  init(_ memory: LineMemory, forLines count: Int) {
    self.memory = memory
    chunkSize = Swift.min(Self.largestChunk, (count + 1) * Self.sizeOfLine)
  }

  deinit {
    for chunk in chunks { memory.giveBack(chunk) }
    if let one { memory.giveBack(one) }
  }

  mutating func keep(_ bytes: Bytes) -> RenderedLine {
    let size = RenderedLine.size(of: bytes)
    if next.count < size {
      next = memory.take(Swift.max(size, chunkSize))
      chunks.append(next)
    }
    let line = RenderedLine(storing: bytes, in: next)
    next = UnsafeMutableRawBufferPointer(rebasing: next[size...])
    return line
  }

  mutating func keepOne(_ bytes: Bytes) -> RenderedLine {
    if let one { memory.giveBack(one) }
    let block = memory.take(RenderedLine.size(of: bytes))
    one = block
    return RenderedLine(storing: bytes, in: block)
  }
}

extension RenderedLine {
  /// What it takes of memory, so that the next one is aligned too.
  static func size(of bytes: Bytes) -> Int { (4 + bytes.count + 3) & ~3 }

  /// - Parameter memory: `size(of:)` bytes or more.
  init(storing bytes: Bytes, in memory: UnsafeMutableRawBufferPointer) {
    memory.storeBytes(of: UInt32(clamping: bytes.count), as: UInt32.self)
    UnsafeMutableRawBufferPointer(rebasing: memory[4...]).copyBytes(from: bytes)
    header = UnsafeRawPointer(memory.baseAddress.unsafelyUnwrapped)
  }
}
