import Testing

@testable import TraceCore

private func tag(_ process: Int?, _ thread: Bytes?, _ task: Bytes?) -> LineTag {
  LineTag([.process, .thread, .task]) { field in
    switch field {
    case .process: process.map { Bytes(decimal: $0) }
    case .thread: thread
    default: task
    }
  }
}

/// Line 1 of `x`, tagged.
private func tagged(_ tag: LineTag, _ format: LineFormat = .line, depth: Int = 1) -> Bytes {
  let lines = RenderedLines(
    of: RenderedLines.Source(SourceText("x"), name: "f.py"), as: LineStyle(format, depth: depth))
  return withExtendedLifetime(lines) {
    appended { tag.appendLine(lines.line(1), at: depth + 1, to: &$0) }
  }
}

@Suite struct LineTagTests {
  @Test(
    "a tag says which process, thread and task a line is of, as far as it is asked to",
    arguments: [
      (4242, "worker", "Task-1", "{4242 worker Task-1} "), (4242, nil, nil, "{4242} "),
      (nil, "MainThread", nil, "{MainThread} "), (nil, nil, "Task-1", "{Task-1} "),
      (4242, nil, "Task-1", "{4242 Task-1} "), (nil, "worker", "Task-1", "{worker Task-1} "),
      (nil, nil, nil, ""), (nil, "", nil, "{} "),
    ] as [(Int?, Bytes?, Bytes?, Bytes)])
  func words(process: Int?, thread: Bytes?, task: Bytes?, expected: Bytes) {
    #expect(tag(process, thread, task).bytes == expected)
  }

  @Test("there is nothing to say to begin with")
  func empty() {
    #expect(LineTag().bytes == "")
    #expect(LineTag() == tag(nil, nil, nil))
  }

  @Test("a name that a terminal would act on is escaped, and stays on its line")
  func escaped() {
    let tag = tag(nil, "a\u{1B}[2J\nb", [0xFF])
    #expect(tag.bytes == "{a\\x1b[2J\\x0ab \\xff} ")
  }

  @Test(
    "a tag stands behind the crosses and before the place",
    arguments: [
      (.line, 1, "+ {7} x\n"), (.line, 3, "+++ {7} x\n"), (.numbered, 2, "++ {7} [     1] x\n"),
      (.located, 1, "+ {7} [                            f.py:1     ] x\n"),
    ] as [(LineFormat, Int, Bytes)])
  func place(format: LineFormat, depth: Int, expected: Bytes) {
    #expect(tagged(tag(7, nil, nil), format, depth: depth) == expected)
  }

  @Test("an empty tag leaves the line as it is", arguments: [1, 2])
  func emptyTag(depth: Int) {
    #expect(tagged(LineTag(), depth: depth) == Bytes(repeating: 0x2B, count: depth) + " x\n")
  }
}
