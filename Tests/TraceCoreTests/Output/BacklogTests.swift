import Foundation
import Testing

@testable import TraceCore

extension Backlog {
  fileprivate func append(_ line: Bytes) { line.withUnsafeBytes { append($0) } }

  /// Writes as one thread alone does.
  fileprivate func drain(to sink: Sink, _ patience: Patience = .none) -> TraceError? {
    let claimed = claim()
    let error = write(to: sink, patience, claimed: claimed)
    settle()
    return error
  }
}

@Suite struct BacklogTests {
  private let channel: Channel
  private let sink: DescriptorSink
  private let backlog = Backlog()

  init() throws {
    channel = try Channel.pipe()
    sink = try DescriptorSink(duplicating: channel.writer)
  }

  /// What is in the pipe; no writer is left then.
  private func fill() -> Bytes {
    var put = Bytes()
    while sink.put("+ filler\n").isDone { put += "+ filler\n" }
    return put
  }

  @Test("lines are written in their order, once the reader reads")
  func order() {
    let before = fill()
    backlog.append("+ one\n")
    backlog.append("+ two\n")
    #expect(!backlog.isEmpty && backlog.end == 12)
    #expect(backlog.drain(to: sink) == nil)
    #expect(backlog.written == 0)
    #expect(channel.read(before.count) == before)
    backlog.append("+ three\n")
    #expect(backlog.drain(to: sink) == nil)
    #expect(backlog.isEmpty && backlog.written == 20)
    #expect(channel.read(100) == "+ one\n+ two\n+ three\n")
  }

  @Test("a line that is written in part goes on before any other")
  func partial() {
    let long = Bytes(repeating: 0x78, count: 200_000) + "\n"
    backlog.append(long)
    #expect(backlog.drain(to: sink) == nil)
    #expect((1..<long.count) ~= backlog.written)
    backlog.append("+ next\n")
    var read = Bytes()
    while !backlog.isEmpty {
      read += channel.read(1 << 16)
      #expect(backlog.drain(to: sink) == nil)
    }
    read += channel.read(1 << 17)
    #expect(read == long + "+ next\n")
  }

  @Test("one thread writes; lines that come meanwhile are next")
  func claimed() {
    backlog.append("+ one\n")
    #expect(backlog.claim())
    #expect(!backlog.claim())
    backlog.append("+ two\n")
    #expect(backlog.write(to: sink, .none, claimed: true) == nil)
    backlog.settle()
    #expect((backlog.written, backlog.end) == (6, 12))
    #expect(backlog.drain(to: sink) == nil)
    #expect(channel.read(100) == "+ one\n+ two\n")
  }

  @Test("a reader that is gone is an error")
  func gone() {
    _ = fill()
    backlog.append("+ one\n")
    channel.closeReader()
    #expect(backlog.drain(to: sink)?.errno == EPIPE)
  }

  @Test("there is room for 64 kB, and for the line that exceeds them")
  func room() {
    #expect(backlog.roomAt <= backlog.written)
    backlog.append(Bytes(repeating: 0x78, count: Backlog.mostBytes))
    #expect(backlog.roomAt <= backlog.written)
    backlog.append("+\n")
    #expect(backlog.roomAt > backlog.written)
  }

  @Test("all that is left can be taken, also from a thread that does not come back")
  func taken() {
    backlog.append("+ one\n")
    #expect(backlog.claim())
    backlog.append("+ two\n")
    #expect(backlog.takeAll() == "+ one\n+ two\n")
    #expect(backlog.isEmpty)
    #expect(backlog.takeAll().isEmpty)
    backlog.append("+ three\n")
    #expect(backlog.drain(to: sink) == nil)
    #expect(channel.read(100) == "+ three\n")
  }

  @Test("a child that was forked writes none of its parent's lines")
  func forked() throws {
    backlog.append("+ one\n")
    #expect(backlog.claim())
    _ = try fork {
      backlog.forked()
      guard backlog.isEmpty else { return false }
      backlog.append("+ child\n")
      return backlog.drain(to: sink) == nil && backlog.isEmpty
    }
    #expect(channel.read(100) == "+ child\n")
    #expect(backlog.write(to: sink, .none, claimed: true) == nil)
    #expect(channel.read(100) == "+ one\n")
  }
}
