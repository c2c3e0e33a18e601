import Recording
import TraceCore

/// What Python is told, as JSON.
enum JSONText {
  static func describe(_ reader: RecordingReader) -> Bytes {
    let header = reader.header
    let (lines, isAll) = reader.linesOfClosedBlocks
    var json = JSONWriter()
    json.beginObject()
    json.member("process", Int(truncatingIfNeeded: header.process))
    json.member("parent", Int(truncatingIfNeeded: header.parent))
    json.member("wall_clock", Int(truncatingIfNeeded: header.wallClock))
    json.member("closed_lines", lines)
    json.member("is_closed", isAll ? 1 : 0)
    json.key("fields")
    json.beginArray()
    for (field, bytes) in header.fields {
      json.beginArray()
      json.number(Int(field.rawValue))
      json.text(bytes)
      json.endArray()
    }
    json.endArray()
    json.key("threads")
    json.beginArray()
    for (thread, name) in reader.definitions.threadNames {
      json.beginArray()
      json.number(Int(thread))
      json.text(name)
      json.endArray()
    }
    json.endArray()
    files(reader.definitions, &json)
    places(reader.definitions, &json)
    json.endObject()
    return json.bytes
  }

  /// The last lines with their times, in nanoseconds since 1970, and the process's end.
  static func tail(_ shower: LineShower, _ header: RecordingHeader) -> Bytes {
    let toWall = header.wallClock &- header.monotonic
    var json = JSONWriter()
    json.beginObject()
    json.member("process", Int(truncatingIfNeeded: header.process))
    json.member("has_end", shower.end == nil ? 0 : 1)
    json.member("status", shower.end?.status ?? -1)
    json.member("time", Int(truncatingIfNeeded: shower.lastTime &+ toWall))
    json.key("lines")
    json.beginArray()
    for (time, line) in shower.lastLines {
      json.beginArray()
      json.number(Int(truncatingIfNeeded: time &+ toWall))
      json.text(line)
      json.endArray()
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  /// For each place: how often, when first and when last, in nanoseconds since the beginning.
  static func count(_ counter: LineCounter, _ reader: RecordingReader) -> Bytes {
    let start = reader.header.monotonic
    var json = JSONWriter()
    json.beginObject()
    json.member("lines", counter.lines)
    files(reader.definitions, &json)
    places(reader.definitions, &json)
    json.key("counts")
    json.beginArray()
    for count in counter.counts.dropFirst() {
      json.numbers([
        count.count, Int(truncatingIfNeeded: count.first &- start),
        Int(truncatingIfNeeded: count.last &- start),
      ])
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  static func fold(
    _ trace: FoldedTrace, _ definitionPlaces: [Bool], _ reader: RecordingReader
  ) -> Bytes {
    var json = JSONWriter()
    json.beginObject()
    json.member("lines", trace.lines)
    json.member("is_full", trace.isFull ? 1 : 0)
    files(reader.definitions, &json)
    places(reader.definitions, &json)
    codes(reader.definitions, &json)
    json.key("definitions")
    json.numbers(definitionPlaces.indices.filter { definitionPlaces[$0] })
    json.key("items")
    json.numbers(trace.items.map { Int($0) })
    json.key("nodes")
    json.beginArray()
    for node in trace.nodes {
      json.numbers([
        node.kind == .loop ? 1 : 0, node.number, node.items.start, node.items.count, node.count,
        node.isUnwound ? 1 : 0,
      ])
    }
    json.endArray()
    loops(trace, &json)
    json.key("threads")
    json.beginArray()
    for thread in trace.threads {
      json.numbers([Int(thread.number), thread.items.start, thread.items.count, thread.lines])
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  private static func loops(_ trace: FoldedTrace, _ json: inout JSONWriter) {
    json.key("loops")
    json.beginArray()
    for loop in trace.loops {
      json.beginArray()
      json.numbers([
        loop.file, loop.header, loop.first, loop.last, loop.rounds, loop.executions,
        loop.otherRounds,
      ])
      json.beginArray()
      for way in loop.ways {
        json.numbers([way.items.start, way.items.count, way.count, way.first])
      }
      json.endArray()
      json.endArray()
    }
    json.endArray()
  }

  private static func files(_ definitions: Definitions, _ json: inout JSONWriter) {
    json.key("files")
    json.beginArray()
    for file in 0..<definitions.fileCount {
      json.beginArray()
      json.text(definitions.name(ofFile: file + 1))
      json.text(definitions.path(ofFile: file + 1))
      json.endArray()
    }
    json.endArray()
  }

  private static func places(_ definitions: Definitions, _ json: inout JSONWriter) {
    json.key("places")
    json.beginArray()
    for place in definitions.places {
      json.beginArray()
      json.number(place.file)
      json.number(place.line)
      json.text(definitions.text(of: place) ?? Bytes("<no source>"))
      json.endArray()
    }
    json.endArray()
  }

  private static func codes(_ definitions: Definitions, _ json: inout JSONWriter) {
    json.key("codes")
    json.beginArray()
    for code in definitions.codes {
      json.beginArray()
      json.number(code.file)
      json.number(code.firstLine)
      json.text(definitions.name(of: code))
      json.endArray()
    }
    json.endArray()
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
