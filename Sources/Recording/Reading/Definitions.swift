/// A stretch of the definitions' bytes.
struct Stretch {
  let start: UInt32
  let count: UInt32
}

/// What the numbers in events stand for. Numbers begin with 1.
public final class Definitions {
  /// A line of a file, which events name by its number.
  public struct Place {
    /// The number of the file that the line is in.
    public let file: Int
    /// The number of the line.
    public let line: Int
    let text: Stretch?
  }

  /// A code object, which calls name by its number.
  public struct Code {
    /// The number of the file that the code object is in.
    public let file: Int
    /// The number of the code object's first line; `co_firstlineno`.
    public let firstLine: Int
    let name: Stretch
  }

  struct File {
    var name: Stretch
    var path: Stretch
    var source: Stretch?
  }

  var bytes: [UInt8] = []
  /// The places in the order of their numbers, from number 1 on.
  public internal(set) var places: [Place] = []
  /// The code objects in the order of their numbers, from number 1 on.
  public internal(set) var codes: [Code] = []
  var files: [File] = []
  var labels: [Stretch] = []
  var threads: [(thread: UInt32, name: Stretch)] = []

  /// More is not read, in bytes.
  static let most = 256 * 1024 * 1024

  /// Nothing is defined.
  init() {}

  /// - Throws: `damaged`, `tooMuch`, `cannotRead`.
  init(_ source: BlockSource, _ blocks: [BlockInfo]) throws(RecordingError) {
    for block in blocks {
      guard block.order == UInt64(bytes.count) else {
        throw RecordingError(.damaged, at: block.offset)
      }
      bytes += try source.payload(of: block)
      if bytes.count > Self.most { throw RecordingError(.tooMuch, at: block.offset) }
    }
    guard read() else { throw RecordingError(.damaged, at: blocks.first?.offset ?? 0) }
  }

  // MARK: what there is

  /// How many files there are.
  public var fileCount: Int { files.count }
  /// How many labels there are.
  public var labelCount: Int { labels.count }

  /// The file's name, as code objects have it in `co_filename`.
  public func name(ofFile number: Int) -> [UInt8] { text(files[number - 1].name) }
  /// The file's absolute path.
  public func path(ofFile number: Int) -> [UInt8] { text(files[number - 1].path) }

  /// The file's text; nil: there was none to be had.
  public func source(ofFile number: Int) -> [UInt8]? { files[number - 1].source.map(text) }

  /// The text of a place's line; nil if there was no source.
  public func text(of place: Place) -> [UInt8]? { place.text.map(text) }
  /// The code object's qualified name; `co_qualname`.
  public func name(of code: Code) -> [UInt8] { text(code.name) }

  /// Empty for 0.
  public func label(_ number: Int) -> [UInt8] { number == 0 ? [] : text(labels[number - 1]) }

  /// The last one that the thread had; nil: it is not known.
  public func name(ofThread thread: UInt32) -> [UInt8]? {
    threads.last { $0.thread == thread }.map { text($0.name) }
  }

  /// The names of threads in the order in which they were noted. A thread that was renamed is there
  /// more than once.
  public var threadNames: [(thread: UInt32, name: [UInt8])] {
    threads.map { ($0.thread, text($0.name)) }
  }

  func text(_ stretch: Stretch) -> [UInt8] {
    [UInt8](bytes[Int(stretch.start)..<Int(stretch.start) + Int(stretch.count)])
  }

  // MARK: reading

  /// What was read ends here.
  private var position = 0

  /// Takes bytes that follow those before.
  /// - Returns: false: they make no sense.
  func extend(by bytes: ArraySlice<UInt8>) -> Bool {
    self.bytes += bytes
    return read()
  }

  /// How many of some bytes are whole definitions.
  static func whole(_ bytes: UnsafeRawBufferPointer) -> Int {
    var (cursor, end) = (ByteCursor(bytes), 0)
    while let kind = cursor.byte(), kind != 0, let count = cursor.number(),
      cursor.take(count) != nil
    { end = cursor.position }
    return end
  }

  /// Up to where the process was killed.
  private func read() -> Bool {
    bytes.withUnsafeBytes { all in
      var cursor = ByteCursor(all, from: position)
      while let kind = cursor.byte(), kind != 0 {
        guard let count = cursor.number(), let body = cursor.take(count) else { return true }
        let start = cursor.position - body.count
        position = cursor.position
        guard let known = DefinitionKind(rawValue: kind) else { continue }
        guard read(known, ByteCursor(body), at: start) else { return false }
      }
      return true
    }
  }

  private func read(_ kind: DefinitionKind, _ body: ByteCursor, at start: Int) -> Bool {
    var body = body
    switch kind {
    case .file:
      guard let count = body.number(), let name = rest(&body, start, count) else { return false }
      files.append(File(name: name, path: rest(&body, start)))
    case .thread:
      guard let thread = body.number(upTo: Int(UInt32.max)) else { return false }
      threads.append((UInt32(thread), rest(&body, start)))
    case .label: labels.append(rest(&body, start))
    case .source, .place, .code:
      guard let file = number(&body, of: files.count) else { return false }
      return read(kind, of: file, &body, start)
    }
    return true
  }

  private func read(_ kind: DefinitionKind, of file: Int, _ body: inout ByteCursor, _ start: Int)
    -> Bool
  {
    if kind == .source {
      files[file - 1].source = rest(&body, start)
      return true
    }
    guard let line = body.number(upTo: .max >> 32) else { return false }
    if kind == .code {
      codes.append(Code(file: file, firstLine: line, name: rest(&body, start)))
      return true
    }
    guard let hasText = body.byte() else { return false }
    places.append(Place(file: file, line: line, text: hasText == 0 ? nil : rest(&body, start)))
    return true
  }

  private func number(_ body: inout ByteCursor, of count: Int) -> Int? {
    guard let number = body.number(upTo: count), number > 0 else { return nil }
    return number
  }

  private func rest(_ body: inout ByteCursor, _ start: Int) -> Stretch {
    let (place, bytes) = (body.position, body.rest())
    return Stretch(start: UInt32(start + place), count: UInt32(bytes.count))
  }

  private func rest(_ body: inout ByteCursor, _ start: Int, _ count: UInt64) -> Stretch? {
    let place = body.position
    guard let bytes = body.take(count) else { return nil }
    return Stretch(start: UInt32(start + place), count: UInt32(bytes.count))
  }
}
