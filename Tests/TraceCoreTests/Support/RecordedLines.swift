import Foundation

@testable import TraceCore

/// A ring and its memory, filled as the path of a line does.
struct RecordedLines {
  let memory: RingMemory
  var window: RingWindow
  var ring: Ring { memory.ring }

  init(last: Int, in file: Bytes? = nil, tagged: Int = 2) throws(TraceError) {
    let descriptor = try file.map { path throws(TraceError) in
      Descriptor(owning: try OutputFile.open(path, O_CREAT | O_TRUNC | O_RDWR))
    }
    memory = try RingMemory(descriptor, RingShape(last: last, tagged: tagged))
    window = memory.ring.window
  }

  /// A line of its own, in a block that is returned.
  @discardableResult
  func record(_ line: Bytes) -> UnsafeMutableRawBufferPointer {
    let block = memory.take(RenderedLine.size(of: line))
    _ = window.record(RenderedLine(storing: line, in: block))
    return block
  }

  func record(numbers: Range<Int>) {
    for number in numbers { record(Self.line(number)) }
  }

  static func line(_ number: Int) -> Bytes { Bytes("+ \(number)\n".utf8) }
  static func lines(_ numbers: Range<Int>) -> [Bytes] { numbers.map(line) }

  /// The last lines; a tag stands in its place, `nil` for what is lost.
  func lines(_ span: RingReader.Span? = nil) -> [Bytes?] {
    var lines: [Bytes?] = []
    ring.reader.forEach(span ?? ring.reader.span) { line in
      lines.append(line.bytes.map { $0.prefix(2) + Bytes(line.tag) + $0.dropFirst(2) })
    }
    return lines
  }

  var report: Bytes { report(because: .request) }

  func report(because reason: RingReport.Reason) -> Bytes {
    appended { text in
      withUnsafeMutablePointer(to: &text) {
        RingReport.write(ring.reader, ring.reader.span, because: reason, .text($0))
      }
    }
  }
}
