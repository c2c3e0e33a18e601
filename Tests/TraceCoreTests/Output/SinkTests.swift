import Testing

@testable import TraceCore

private func rendered(_ source: Bytes) -> RenderedLines {
  RenderedLines(of: RenderedLines.Source(SourceText(source), name: "f.py"), as: LineStyle(.line))
}

@Suite struct OutputWindowTests {
  private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 1)
  private let lines = rendered("x = 1\ny\n")

  private func window(free: Int) -> OutputWindow {
    _ = memory.initializeMemory(as: UInt8.self, repeating: 0)
    return OutputWindow(next: memory.baseAddress, free: free)
  }

  @Test("lines are copied one behind the other")
  func copies() {
    defer { memory.deallocate() }
    var window = window(free: 64)
    let isCopied = [window.copy(lines.line(1)), window.copy(lines.line(2))]
    #expect(isCopied == [true, true])
    #expect(Bytes(memory.prefix(12)) == "+ x = 1\n+ y\n")
    #expect(window.free == 52)
  }

  @Test("a line that fits exactly is copied, one that does not leaves the memory alone")
  func fits() {
    defer { memory.deallocate() }
    var window = window(free: 8)
    let isCopied = [window.copy(lines.line(1)), window.copy(lines.line(2))]
    #expect(isCopied == [true, false])
    #expect(window.free == 0)
    #expect(Bytes(memory.prefix(10)) == "+ x = 1\n\0\0")
  }
}

@Suite struct EmptyWindowTests {
  @Test("an empty window takes nothing")
  func empty() {
    let lines = rendered("x\n")
    var window = OutputWindow.empty
    let isCopied = withExtendedLifetime(lines) { window.copy(lines.line(1)) }
    #expect(!isCopied)
    #expect(window.free == 0)
  }
}

@Suite struct NoSinkTests {
  @Test("the sink of no trace takes everything and keeps nothing")
  func none() {
    let lines = rendered("x\n")
    let isCopied = withExtendedLifetime(lines) { Sink.none.window.pointee.copy(lines.line(1)) }
    #expect(!isCopied)
    #expect(Sink.none.put("+ x\n").isDone)
    #expect(Sink.none.finish("+ x\n").isDone)
    #expect(Sink.none.flush().isDone)
  }
}
