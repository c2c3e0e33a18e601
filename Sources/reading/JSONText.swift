import Recording
import TraceCore

/// What Python is told, as JSON.
enum JSONText {
  static func describe(_ reader: RecordingReader) -> Bytes {
    object { json in
      let header = reader.header
      json.member("process", Int(truncatingIfNeeded: header.process))
      json.member("parent", Int(truncatingIfNeeded: header.parent))
      json.member("wall_clock", Int(truncatingIfNeeded: header.wallClock))
      json.list("fields", header.fields) { $1.pair(Int($0.field.rawValue), $0.bytes) }
      json.list("threads", reader.definitions.threadNames) { $1.pair(Int($0.thread), $0.name) }
      json.places(reader.definitions)
    }
  }

  /// The last lines with their times, in nanoseconds since 1970, and the process's end.
  static func tail(_ shower: LineShower, _ header: RecordingHeader) -> Bytes {
    let toWall = header.wallClock &- header.monotonic
    return object { json in
      json.member("process", Int(truncatingIfNeeded: header.process))
      json.member("has_end", shower.end == nil ? 0 : 1)
      json.member("status", shower.end?.status ?? -1)
      json.member("time", Int(truncatingIfNeeded: shower.lastTime &+ toWall))
      json.list("lines", shower.lastLines) {
        $1.pair(Int(truncatingIfNeeded: $0.time &+ toWall), $0.line)
      }
    }
  }

  /// For each place: how often, when first and when last, in nanoseconds since the beginning.
  static func count(_ counter: LineCounter, _ reader: RecordingReader) -> Bytes {
    let start = reader.header.monotonic
    return object { json in
      json.member("lines", counter.lines)
      json.places(reader.definitions)
      json.list("counts", counter.counts.dropFirst()) {
        let (first, last) = ($0.first &- start, $0.last &- start)
        $1.numbers([
          $0.count, Int(truncatingIfNeeded: first), Int(truncatingIfNeeded: last),
          Int(truncatingIfNeeded: $0.took),
        ])
      }
    }
  }

  /// - Parameter hidden: for each place, whether it only defines or imports something.
  static func fold(_ trace: FoldedTrace, _ hidden: [Bool], _ reader: RecordingReader) -> Bytes {
    object { json in
      json.member("lines", trace.lines)
      json.member("is_full", trace.isFull ? 1 : 0)
      json.places(reader.definitions)
      json.list("definitions", hidden.indices.filter { hidden[$0] }) { $1.number($0) }
      json.list("items", trace.items) { $1.number(Int($0)) }
      json.list("nodes", trace.nodes) { $1.node($0) }
      json.list("loops", trace.loops) { $1.loop($0) }
      json.list("threads", trace.threads) {
        $1.numbers([Int($0.number), $0.items.start, $0.items.count, $0.lines])
      }
    }
  }

  /// What has happened since the last time, with the files and places that are new.
  static func news(_ live: LiveRecording, hasAdvanced: Bool, since: (files: Int, places: Int))
    -> Bytes
  {
    object { json in
      json.member("advanced", hasAdvanced ? 1 : 0)
      json.member("last", live.folder.last)
      json.places(live.definitions, from: since)
      json.list("news", live.folder.takeNews()) {
        switch $0 {
        case .line(let place): $1.numbers([place])
        case .way(let loop, let round, let places):
          let found = live.folder.loop(loop)
          $1.numbers([loop, found.file, found.header, round] + places)
        }
      }
    }
  }

  /// The loops that have run, with how often each of their ways was taken.
  static func ways(_ folder: LiveFolder) -> Bytes {
    object { json in
      json.member("lines", folder.lines)
      json.member("is_full", folder.isFull ? 1 : 0)
      json.list("loops", folder.countedLoops.filter { $0.rounds > 0 }) { $1.loop($0) }
    }
  }

  private static func object(_ body: (inout JSONWriter) -> Void) -> Bytes {
    var json = JSONWriter()
    json.beginObject()
    body(&json)
    json.endObject()
    return json.bytes
  }
}

extension JSONWriter {
  /// - Parameter since: how many there were the last time.
  fileprivate mutating func places(
    _ definitions: Definitions, from since: (files: Int, places: Int) = (0, 0)
  ) {
    files(definitions, from: since.files)
    list("places", definitions.places[since.places...]) {
      $1.beginArray()
      $1.number($0.file)
      $1.pairWithin($0.line, definitions.text(of: $0) ?? Bytes("<no source>"))
      $1.endArray()
    }
  }

  private mutating func files(_ definitions: Definitions, from first: Int) {
    list("files", first..<definitions.fileCount) {
      $1.beginArray()
      $1.text(definitions.name(ofFile: $0 + 1))
      $1.text(definitions.path(ofFile: $0 + 1))
      $1.endArray()
    }
  }

  fileprivate mutating func node(_ node: FoldedTrace.Node) {
    numbers([
      node.kind == .loop ? 1 : 0, node.number, node.items.start, node.items.count, node.count,
      node.isUnwound ? 1 : 0,
    ])
  }

  fileprivate mutating func loop(_ loop: FoldedTrace.Loop) {
    beginArray()
    numbers([
      loop.file, loop.header, loop.first, loop.last, loop.rounds, loop.executions,
      loop.otherRounds,
    ])
    beginArray()
    for way in loop.ways { numbers([way.items.start, way.items.count, way.count, way.first]) }
    endArray()
    endArray()
  }

  fileprivate mutating func list<Items: Swift.Sequence>(
    _ name: StaticString, _ items: Items, _ body: (Items.Element, inout JSONWriter) -> Void
  ) {
    key(name)
    beginArray()
    for item in items { body(item, &self) }
    endArray()
  }

  fileprivate mutating func pair(_ number: Int, _ text: Bytes) {
    beginArray()
    pairWithin(number, text)
    endArray()
  }

  private mutating func pairWithin(_ number: Int, _ text: Bytes) {
    self.number(number)
    self.text(text)
  }
}

struct JSONWriter {
  private(set) var bytes = Bytes()
  private var needsComma = false

  mutating func beginObject() { begin(UInt8(ascii: "{")) }
  mutating func endObject() { end(UInt8(ascii: "}")) }
  mutating func beginArray() { begin(UInt8(ascii: "[")) }
  mutating func endArray() { end(UInt8(ascii: "]")) }

  mutating func key(_ name: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(name)
    bytes.append("\":")
    needsComma = false
  }

  mutating func member(_ name: StaticString, _ value: Int) {
    key(name)
    number(value)
  }

  mutating func number(_ number: Int) {
    separate()
    bytes.append(decimal: number)
    needsComma = true
  }

  mutating func numbers(_ numbers: [Int]) {
    beginArray()
    for number in numbers { self.number(number) }
    endArray()
  }

  /// With what is not ASCII, which need not be UTF-8, as lone surrogates: Python's
  /// `surrogateescape`.
  mutating func text(_ text: Bytes) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    for byte in text { append(byte) }
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  private mutating func append(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(byte)
    case 0x20..<0x7F: bytes.append(byte)
    default:
      bytes.append(byte < 0x80 ? "\\u00" : "\\udc")
      if byte < 0x10 { bytes.append(UInt8(ascii: "0")) }
      bytes.append(hexadecimal: UInt(byte))
    }
  }

  private mutating func begin(_ mark: UInt8) {
    separate()
    bytes.append(mark)
    needsComma = false
  }

  private mutating func end(_ mark: UInt8) {
    bytes.append(mark)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = false
  }
}
