import Foundation
import Testing

@testable import TraceCore

private func file(_ path: Bytes) -> SourceFile { SourceFile(name: path, path: path) }

/// A finder that only looks on the disk, as the engines' does first.
private func fromDisk(_ file: SourceFile) -> SourceFile.Finding {
  file.readFromDisk().map { .text(SourceText($0)) } ?? .none
}

extension SourceFile {
  fileprivate func line(_ number: Int, as format: LineFormat = .line) -> Bytes {
    lines(as: LineStyle(format), find: fromDisk).bytes(number)
  }
}

@Suite struct SourceFileTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test("its lines are the file's")
  func lines() throws {
    let source = file(try directory.write("a.py", "first\nsecond\n"))
    #expect(source.line(1) == "+ first\n")
    #expect(source.line(2) == "+ second\n")
    #expect(source.line(3) == "+ <no source>\n")
  }

  @Test("the name is shown as the code object has it, the path is read")
  func nameAndPath() throws {
    let source = SourceFile(name: "./a.py", path: try directory.write("a.py", "x\n"))
    let line = source.lines(as: LineStyle(.located), find: fromDisk).bytes(1)
    #expect(line == "+ [                          ./a.py:1     ] x\n")
  }

  @Test("a text is looked for once, in whatever formats it is printed")
  func lookedForOnce() throws {
    var searches = 0
    let source = file("/nowhere/a.py")
    for format in [.line, .numbered, .line] as [LineFormat] {
      _ = source.lines(as: LineStyle(format)) { _ in
        searches += 1
        return .text(SourceText("x\n"))
      }
    }
    #expect(searches == 1)
    #expect(source.line(1) == "+ x\n")
  }

  @Test("no text is looked for once, too")
  func missedOnce() {
    var searches = 0
    let source = file("/nowhere/a.py")
    for format in [.line, .numbered] as [LineFormat] {
      _ = source.lines(as: LineStyle(format)) { _ in
        searches += 1
        return .none
      }
    }
    #expect(searches == 1)
    #expect(source.isRead)
    #expect(source.text == nil)
  }

  @Test("a text that cannot be had at the moment is looked for again")
  func notNow() {
    let source = file("<made>")
    let first = source.lines(as: LineStyle(.line)) { _ in .notNow }.bytes(1)
    #expect(!source.isRead)
    let second = source.lines(as: LineStyle(.line)) { _ in .text(SourceText("x\n")) }.bytes(1)
    #expect([first, second] == ["+ <no source>\n", "+ x\n"])
  }

  @Test("lines in one format are rendered once")
  func renderedOnce() {
    let source = SourceFile(script: "", name: "<string>")
    let lines = source.lines(as: LineStyle(.line), find: fromDisk)
    #expect(source.lines(as: LineStyle(.line), find: fromDisk) === lines)
    #expect(source.lines(as: LineStyle(.numbered), find: fromDisk) !== lines)
  }

  @Test("lines are rendered for the depth of the process that prints them")
  func depth() throws {
    let source = file(try directory.write("a.py", "x\n"))
    let depths = [1, 3, 1].map {
      source.lines(as: LineStyle(.line, depth: $0), find: fromDisk).bytes(1)
    }
    #expect(depths == ["+ x\n", "+++ x\n", "+ x\n"])
  }

  @Test("a search that comes back to the same file is answered")
  func reentered() {
    let source = file("/nowhere/a.py")
    var inner: RenderedLines?
    let outer = source.lines(as: LineStyle(.line)) { file in
      inner = file.lines(as: LineStyle(.line)) { _ in .text(SourceText("inner\n")) }
      return .text(SourceText("outer\n"))
    }
    #expect(outer === inner)
    #expect(outer.bytes(1) == "+ inner\n")
    #expect(source.text?.allLines == ["inner"])
  }

  @Test("a script's text is at hand and never looked for")
  func script() {
    let source = SourceFile(script: "print(1)\n", name: "<stdin>")
    #expect(source.isScript)
    #expect(source.isRead)
    #expect(source.line(1) == "+ print(1)\n")
    #expect(source.path == "<stdin>")
  }

  @Test("what no file is called is not read from the disk")
  func pseudo() throws {
    #expect(file("<string>").readFromDisk() == nil)
  }

  @Test("a file that is not there has no bytes")
  func missing() {
    #expect(file(directory.path("missing.py")).readFromDisk() == nil)
  }

  @Test("the scope is asked once in each generation of it")
  func scopeAsked() {
    let source = file("/shop/a.py")
    #expect(source.isInScope(Scope(.all), generation: 1))
    #expect(source.isInScope(Scope(.script), generation: 1))
    #expect(!source.isInScope(Scope(.script), generation: 2))
    #expect(source.isInScope(Scope(.all), generation: 3))
  }

  @Test("a script's text is in scope as the script")
  func scriptInScope() {
    let source = SourceFile(script: "", name: "<string>")
    #expect(source.isInScope(Scope(.script), generation: 1))
  }
}

@Suite struct OutdatedSourceFileTests {
  private let directory: TemporaryDirectory
  private let source: SourceFile

  init() throws {
    directory = try TemporaryDirectory()
    source = file(try directory.write("a.py", "old = 1\n"))
    try directory.setTime("a.py", to: 1_000_000_000)
  }

  @Test("a file that was not read yet is not outdated")
  func unread() throws {
    try directory.write("a.py", "changed = 1\n")
    #expect(!source.isOutdated)
  }

  @Test("a file that is as it was is not outdated")
  func unchanged() {
    _ = source.line(1)
    #expect(!source.isOutdated)
  }

  @Test("a file of another length is outdated")
  func length() throws {
    _ = source.line(1)
    try directory.write("a.py", "longer = 1\n")
    try directory.setTime("a.py", to: 1_000_000_000)
    #expect(source.isOutdated)
  }

  @Test("a file of another time is outdated")
  func time() throws {
    _ = source.line(1)
    try directory.write("a.py", "new = 1\n")
    try directory.setTime("a.py", to: 1_000_000_001)
    #expect(source.isOutdated)
  }

  @Test("a file that another one of its length and time took the place of is outdated")
  func replaced() throws {
    _ = source.line(1)
    try directory.write("b.py", "new = 1\n")
    try directory.setTime("b.py", to: 1_000_000_000)
    try directory.rename("b.py", to: "a.py")
    #expect(source.isOutdated)
  }

  @Test("a file that was removed keeps what was read")
  func removed() throws {
    _ = source.line(1)
    try directory.rename("a.py", to: "elsewhere.py")
    #expect(!source.isOutdated)
    #expect(source.line(1) == "+ old = 1\n")
  }

  @Test("a file that was not there and is now is outdated")
  func created() throws {
    let late = file(directory.path("late.py"))
    #expect(late.line(1) == "+ <no source>\n")
    #expect(!late.isOutdated)
    try directory.write("late.py", "x\n")
    #expect(late.isOutdated)
  }

  @Test("a text that lies in no file is never outdated")
  func heldText() {
    #expect(!SourceFile(script: "x\n", name: "<string>").isOutdated)
  }
}

extension SourceFile {
  fileprivate convenience init(script text: Bytes, name: Bytes) {
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.count)
    defer { copy.deallocate() }
    _ = copy.initialize(from: text)
    self.init(script: BytesView(copy), name: name)
  }
}
