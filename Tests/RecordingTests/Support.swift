import CSystem
import Testing

@testable import Recording

/// All that a receiver is told, as text.
final class Log: EventReceiver {
  var entries: [String] = []
  override func begin(thread: UInt32, time: UInt64) { entries.append("thread \(thread) @\(time)") }
  override func line(_ place: Int) { entries.append("line \(place)") }
  override func call(_ code: Int) { entries.append("call \(code)") }
  override func resume(_ code: Int, activation: UInt64) {
    entries.append("resume \(code) \(activation)")
  }
  override func `return`() { entries.append("return") }
  override func yield(activation: UInt64) { entries.append("yield \(activation)") }
  override func raise() { entries.append("raise") }
  override func caught() { entries.append("caught") }
  override func unwind() { entries.append("unwind") }
  override func label(_ label: Int) { entries.append("label \(label)") }
  override func time(_ time: UInt64) { entries.append("time @\(time)") }
  override func fork(child: UInt64, time: UInt64) { entries.append("fork \(child) @\(time)") }
  override func finish(status: Int?, time: UInt64) {
    entries.append("finish \(status.map { "\($0)" } ?? "?") @\(time)")
  }
  override func text(_ bytes: UnsafeRawBufferPointer) { entries.append("text \(string(bytes))") }
  override func note(_ text: UnsafeRawBufferPointer, at place: Int, indentation: Int?) {
    entries.append("note \(place) \(indentation ?? -1) \(string(text))")
  }
  override func more(_ bytes: UnsafeRawBufferPointer) {
    // A block may have begun between the two.
    let before = entries.lastIndex { !$0.hasPrefix("thread") }
    if let before { entries[before] += string(bytes) }
  }
  private func string(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes, as: UTF8.self)
  }
  /// Without where blocks begin.
  var events: [String] { entries.filter { !$0.hasPrefix("thread") } }
}

/// A clock that goes on by one at each look.
final class Clock {
  var now: UInt64 = 0
  func next() -> UInt64 {
    now += 1
    return now
  }
}

/// A file without a name, and the recording in it.
final class Written {
  let file: BlockFile
  let descriptor: CInt
  let writer: RecordingWriter
  static func header(_ identity: UInt64 = 7) -> RecordingHeader {
    var header = RecordingHeader()
    (header.identity, header.process, header.parent) = (identity, 42, 41)
    header.fields = [(.host, Array("there".utf8)), (.argument, Array("a b".utf8))]
    return header
  }

  init(identity: UInt64 = 7) throws {
    descriptor = csystem_memory_file(0)
    file = BlockFile(descriptor)
    let clock = Clock()
    writer = try RecordingWriter(Self.header(identity), to: file) { clock.next() }
  }

  /// What the file has at this moment, as after `kill -9`.
  var bytes: [UInt8] {
    var size: off_t = 0
    _ = csystem_is_regular_file(descriptor, &size)
    var bytes = [UInt8](repeating: 0, count: Int(size))
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    #expect(count == bytes.count)
    return bytes
  }

  var log: Log { get throws { try play(bytes) } }
}

func play(_ bytes: [UInt8]) throws -> Log {
  let log = Log()
  try RecordingReader(MemorySource(bytes)).play(to: log)
  return log
}

extension [UInt8] {
  var text: String { String(decoding: self, as: UTF8.self) }
}

func withText<R>(_ text: String, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
  try Array(text.utf8).withUnsafeBytes(body)
}
