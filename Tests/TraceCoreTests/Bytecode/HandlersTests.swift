import Testing

@testable import TraceCore

/// What Python 3.13 makes of
///
///     try:
///         g()
///     except ValueError:
///         h()
private let instructions: Bytes = [
  149, 0, 30, 0, 91, 1, 0, 0, 0, 0, 0, 0, 0, 0, 53, 0, 0, 0, 0, 0, 0, 0, 32, 0, 103, 0, 33, 0,
  91, 2, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 97, 13, 0, 0, 32, 0, 91, 5, 0, 0, 0, 0, 0, 0, 0, 0, 53, 0,
  0, 0, 0, 0, 0, 0, 32, 0, 31, 0, 103, 0, 102, 0, 61, 3, 31, 0, 102, 1,
]
private let table: Bytes = [130, 10, 13, 0, 141, 20, 36, 3, 163, 1, 36, 3]

private let (call, handler, body, reraise, cleanUp) = (14, 26, 46, 70, 72)

@Suite struct ExceptionTableTests {
  @Test("an entry says what is guarded, and by what")
  func entries() {
    var entries = ExceptionTable(table)
    let first = entries.next()
    #expect(first?.guarded == 4..<24)
    #expect(first?.target == handler)
    #expect(entries.next()?.guarded == handler..<66)
    #expect(entries.next()?.target == cleanUp)
    #expect(entries.next() == nil)
  }

  @Test("a table that ends within an entry has no more", arguments: [0, 1, 2, 3])
  func cut(count: Int) {
    var entries = ExceptionTable(Bytes(table.prefix(count)))
    #expect(entries.next() == nil)
  }
}

@Suite struct HandlersTests {
  private let handlers = Handlers(
    instructions: instructions, exceptionTable: table, .of313)

  @Test("what is raised in a try comes to its except")
  func landing() {
    #expect(handlers.all.count == 1)
    #expect(handlers.all[0].kind == .exception)
    #expect(handlers.all[0].start == handler)
    #expect(handlers.landing(from: call) == 0)
    #expect(handlers.landing(from: body) == nil)
  }

  @Test("the body of an except has caught it; finding out whether it is the one has not")
  func clause() {
    #expect(handlers.around(body) == [0])
    #expect(handlers.around(call) == [])
    #expect(handlers.all[0].clause(at: body) == 0)
    #expect(handlers.all[0].clause(at: handler + 2) == nil)
  }

  @Test("what the compiler adds to tidy up is on the way")
  func cleaningUp() {
    #expect(handlers.isOnTheWay(at: cleanUp))
    #expect(!handlers.isOnTheWay(at: handler))
  }

  @Test("an offset is found where it stands first, in whatever order a list is")
  func offsets() {
    var random = SystemRandomNumberGenerator()
    for count in 0..<40 {
      let offsets = (0..<count).map { _ in Int.random(in: 0..<30, using: &random) }
      let table = OffsetTable(offsets)
      for offset in -1...30 { #expect(table[offset] == offsets.firstIndex(of: offset)) }
    }
  }

  @Test("any table will do: one of other bytes has no handlers, or some")
  func anything() {
    for byte in UInt8.min...UInt8.max {
      let bytes = Bytes(repeating: byte, count: 40)
      let handlers = Handlers(instructions: bytes, exceptionTable: bytes, .of313)
      _ = handlers.around(4) + (handlers.landing(from: 4).map { [$0] } ?? [])
    }
  }
}
