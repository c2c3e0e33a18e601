/// A line as it is printed: its length in the first four bytes, then the bytes,
/// the newline among them. The four bytes before are its number in a recording. It stays where it is for as long as its file's
/// `RenderedLines` lives.
public struct RenderedLine {
  @usableFromInline let header: UnsafeRawPointer

  /// - Parameter header: of a line that was rendered before.
  init(at header: UnsafeRawPointer) { self.header = header }

  /// How many bytes the line has, its newline included.
  @inlinable @inline(__always)
  public var count: Int { Int(header.load(as: UInt32.self)) }
  /// The first byte of the line.
  @inlinable @inline(__always)
  public var start: UnsafeRawPointer { header + 4 }
  /// The number by which a recording knows the line.
  @inlinable @inline(__always)
  public var place: UInt32 { (header - 4).load(as: UInt32.self) }
}

/// The lines of one file in one style, each rendered the first time it runs.
public final class RenderedLines {
  /// How the lines are printed.
  public let style: LineStyle
  /// The memory that the lines lie in.
  public let memory: LineMemory
  let source: Source
  /// The number by which a recording knows the file; 0: none does yet.
  var recordedFile: UInt32 = 0
  private var arena: Arena
  /// What stands around the notes of each line, two for each, from the first one on that has been asked for.
  var noteFrames: [NoteFrame?] = []

  /// What is rendered: a text, and the file whose text it is.
  public struct Source {
    /// The file's text; nil if there is none.
    let text: SourceText?
    /// The file's name as the code object has it.
    let name: Bytes
    let path: Bytes?
    /// The line of a template that each line of the generated code stands for; nil if the file is
    /// no template.
    let map: LineMap?
    /// The text in colours, with as many lines.
    let painted: SourceText?

    /// - Parameter painted: not used if it has another number of lines than the text.
    public init(
      _ text: SourceText?, name: Bytes, path: Bytes? = nil, map: LineMap? = nil,
      painted: SourceText? = nil
    ) {
      (self.text, self.name, self.path, self.map) = (text, name, path, map)
      self.painted = painted?.lineCount == text?.lineCount ? painted : nil
    }
  }

  /// A place for each line of the text, from line 0, which no text has.
  public let lines: UnsafeMutableBufferPointer<RenderedLine?>

  /// Renders nothing yet. Makes a place for each line of the text, or of the generated code.
  public init(of source: Source, as style: LineStyle, in memory: LineMemory = .heap) {
    (self.source, self.style, self.memory) = (source, style, memory)
    let count = source.text?.lineCount ?? 0
    arena = Arena(memory, forLines: count)
    lines = .allocate(capacity: source.map?.count ?? count + 1)
    lines.initialize(repeating: nil)
  }

  deinit { lines.deallocate() }

  /// Line `number`: rendered the first time and kept, where it is a line of the text. A
  /// number that the text does not have is rendered into a place that the next such one
  /// overwrites, so that made-up numbers cannot fill the memory.
  public func line(_ number: Int) -> RenderedLine {
    if UInt(bitPattern: number) < UInt(lines.count), let known = lines[number] { return known }
    let shown = source.map?.nearest(number) ?? number
    let text = source.text?.line(shown)
    let bytes = rendered(text, shown)
    let place = memory.place(shown, text, in: self)
    guard text != nil else { return arena.keepOne(bytes, place) }
    let line = arena.keep(bytes, place)
    lines[number] = line
    return line
  }

  /// The line as `line` has it; nil for a line of generated code that stands for none of the
  /// template's.
  public func shownLine(_ number: Int) -> RenderedLine? {
    if let map = source.map, map[number] == nil { return nil }
    return line(number)
  }

  /// A line that says `note` of line `number`, in a place that the next such one overwrites.
  /// - Parameter indentation: in spaces; nil: as the line is indented.
  public func note(_ note: Bytes, at number: Int, indentation: Int?) -> RenderedLine {
    let number = source.map?.nearest(number) ?? number
    var shown = Bytes()
    if let indentation {
      shown.append(spaces: indentation)
    } else if let own = source.text?.line(number) {
      shown += own.prefix { $0 == Ascii.space || $0 == Ascii.tab }
    }
    shown += note
    return arena.keepOne(shown.withUnsafeBufferPointer { rendered($0, number, isNote: true) })
  }

  /// A line with some more text at its end, in the place of a note.
  public func line(_ line: RenderedLine, with text: Bytes) -> RenderedLine {
    var bytes = Bytes(UnsafeRawBufferPointer(start: line.start, count: line.count - 1))
    text.withUnsafeBufferPointer { VisibleText.append($0, to: &bytes) }
    bytes.append(Ascii.newline)
    return arena.keepOne(bytes)
  }

  private func rendered(_ text: BytesView?, _ number: Int, isNote: Bool = false) -> Bytes {
    let painted = isNote ? nil : source.painted?.line(number)
    let line = SourceLine(
      text, file: source.name, path: source.path, number: number, painted: painted, isNote: isNote)
    var bytes = Bytes()
    style.append(line, to: &bytes)
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

  mutating func keep(_ bytes: Bytes, _ place: UInt32) -> RenderedLine {
    let size = RenderedLine.size(of: bytes)
    if next.count < size {
      next = memory.take(Swift.max(size, chunkSize))
      chunks.append(next)
    }
    let line = RenderedLine(storing: bytes, place, in: next)
    next = UnsafeMutableRawBufferPointer(rebasing: next[size...])
    return line
  }

  mutating func keepOne(_ bytes: Bytes, _ place: UInt32 = 0) -> RenderedLine {
    if let one { memory.giveBack(one) }
    let block = memory.take(RenderedLine.size(of: bytes))
    one = block
    return RenderedLine(storing: bytes, place, in: block)
  }
}

extension RenderedLine {
  /// What it takes of memory, so that the next one is aligned too.
  static func size(of bytes: Bytes) -> Int { (8 + bytes.count + 3) & ~3 }

  /// - Parameters:
  ///   - place: the number by which a recording knows the line.
  ///   - memory: `size(of:)` bytes or more.
  init(storing bytes: Bytes, _ place: UInt32 = 0, in memory: UnsafeMutableRawBufferPointer) {
    memory.storeBytes(of: place, as: UInt32.self)
    memory.storeBytes(of: UInt32(clamping: bytes.count), toByteOffset: 4, as: UInt32.self)
    UnsafeMutableRawBufferPointer(rebasing: memory[8...]).copyBytes(from: bytes)
    header = UnsafeRawPointer(memory.baseAddress.unsafelyUnwrapped + 4)
  }
}
