import Testing

@testable import TraceCore

private struct Weak {
  weak var file: SourceFile?
}

private func fromDisk(_ file: SourceFile) -> SourceFile.Finding {
  file.readFromDisk().map { .text(SourceText($0)) } ?? .none
}

extension SourceFile {
  @discardableResult
  fileprivate func line(_ number: Int) -> Bytes {
    lines(as: LineStyle(.line), find: fromDisk).bytes(number)
  }
}

@Suite struct LineCacheTests {
  @Test("code objects of one name share a file")
  func shared() {
    var cache = LineCache(start: "/start")
    let first = cache.file(named: "/a.py", isModule: true)
    let second = cache.file(named: "/a.py", isModule: false)
    let other = cache.file(named: "/b.py", isModule: false)
    #expect(first === second)
    #expect(first !== other)
    #expect(first.users == 2)
  }

  @Test("names are told apart byte for byte")
  func bytes() {
    var cache = LineCache(start: "/start")
    let composed = cache.file(named: "/é.py", isModule: false)
    let decomposed = cache.file(named: "/e\u{301}.py", isModule: false)
    #expect(composed !== decomposed)
  }

  @Test(
    "a relative name is resolved against the directory at start",
    arguments: [
      ("a.py", "/start/a.py"), ("../a.py", "/a.py"), ("/a.py", "/a.py"),
      ("<string>", "<string>"), ("", "/start"),
    ] as [(Bytes, Bytes)])
  func resolved(name: Bytes, path: Bytes) {
    var cache = LineCache(start: "/start")
    let file = cache.file(named: name, isModule: false)
    #expect(file.name == name)
    #expect(file.path == path)
  }

  @Test("a text that lay in no file is forgotten with its last code object")
  func inMemory() {
    var cache = LineCache(start: "/start")
    let first = cache.file(named: "memory:0x1", isModule: true)
    first.line(1)
    cache.release(first)
    #expect(cache.file(named: "memory:0x1", isModule: true) !== first)
  }

  @Test("thousands of files are each found again")
  func many() {
    var cache = LineCache(start: "/start")
    let names = (0..<5000).map { Bytes("/module\($0).py".utf8) }
    let files = names.map { cache.file(named: $0, isModule: false) }
    let again = names.map { cache.file(named: $0, isModule: false) }
    #expect(zip(files, again).allSatisfy { $0 === $1 })
    #expect(zip(names, files).allSatisfy { $0 == $1.name })
  }

  @Test("a file that was adopted is in no list")
  func adopted() {
    var cache = LineCache(start: "/start")
    let script = "x\n".utf8.withContiguousStorageIfAvailable {
      SourceFile(script: $0, name: "<string>")
    }
    if let script { cache.adopt(script) }
    #expect(script?.users == 1)
    let other = cache.file(named: "<string>", isModule: false)
    #expect(other !== script)
    if let script { cache.release(script) }
    let again = cache.file(named: "<string>", isModule: false)
    #expect(again === other)
  }
}

@Suite struct ForgettingLineCacheTests {
  @Test("a name that stands for no file is forgotten with its last code object")
  func pseudo() {
    var cache = LineCache(start: "/start")
    var seen = Weak(file: cache.file(named: "<made 1>", isModule: false))
    if let file = seen.file { seen = Weak(file: cache.file(named: file.name, isModule: false)) }
    if let file = seen.file { cache.release(file) }
    #expect(seen.file != nil)
    if let file = seen.file { cache.release(file) }
    #expect(seen.file == nil)
  }

  @Test("a real file is kept for its next code object")
  func real() {
    var cache = LineCache(start: "/start")
    let file = cache.file(named: "/a.py", isModule: true)
    cache.release(file)
    let again = cache.file(named: "/a.py", isModule: true)
    #expect(again === file)
    #expect(again.users == 1)
  }

  @Test("no more than 256 real files are kept for their next code objects")
  func idle() {
    var cache = LineCache(start: "/start")
    var seen: [Weak] = []
    for number in 0..<1000 {
      let file = cache.file(named: Bytes("/idle\(number).py".utf8), isModule: false)
      seen.append(Weak(file: file))
      cache.release(file)
    }
    #expect(seen.count { $0.file != nil } == 256)
  }

  @Test("a file that is used again makes room for another to be kept")
  func idleAgain() {
    var cache = LineCache(start: "/start")
    for number in 0..<256 {
      cache.release(cache.file(named: Bytes("/idle\(number).py".utf8), isModule: false))
    }
    let used = cache.file(named: "/idle0.py", isModule: false)
    var other = Weak(file: nil)
    do {
      let file = cache.file(named: "/other.py", isModule: false)
      other = Weak(file: file)
      cache.release(file)
    }
    #expect(other.file != nil)
    #expect(used.users == 1)
  }

  @Test("the cache's end is the files' end")
  func end() {
    var seen = Weak(file: nil)
    do {
      var cache = LineCache(start: "/start")
      seen = Weak(file: cache.file(named: "/a.py", isModule: false))
      #expect(seen.file != nil)
    }
    #expect(seen.file == nil)
  }

  @Test("made-up names do not fill the memory, each with a text of its own")
  func bounded() async {
    await #expect(processExitsWith: .success) {
      var cache = LineCache(start: "/start")
      var before = 0
      for number in 0..<10_000 {
        let file = cache.file(named: Bytes("<made \(number)>".utf8), isModule: false)
        _ = file.lines(as: LineStyle(.numbered)) { _ in .text(SourceText("x = 1\n")) }.line(1)
        cache.release(file)
        if number == 1000 { before = try memoryInUse() }
      }
      #expect(try memoryInUse() - before < 1 << 20)
    }
  }
}

@Suite struct ReplacedFileTests {
  private let directory: TemporaryDirectory
  private let path: Bytes

  init() throws {
    directory = try TemporaryDirectory()
    path = try directory.write("a.py", "old\n")
    try directory.setTime("a.py", to: 1_000_000_000)
  }

  private func edit() throws {
    try directory.write("a.py", "edited\n")
  }

  @Test("a module that was edited and is loaded again is read again")
  func reloaded() throws {
    var cache = LineCache(start: directory.path)
    let old = cache.file(named: path, isModule: true)
    old.line(1)
    try edit()
    let new = cache.file(named: path, isModule: true)
    #expect(new.line(1) == "+ edited\n")
  }

  @Test("the code objects of before keep the lines of before")
  func kept() throws {
    var cache = LineCache(start: directory.path)
    let old = cache.file(named: path, isModule: true)
    old.line(1)
    try edit()
    _ = cache.file(named: path, isModule: true)
    #expect(old.line(1) == "+ old\n")
  }

  @Test("a function of an edited file has the lines that were read with it")
  func function() throws {
    var cache = LineCache(start: directory.path)
    let module = cache.file(named: path, isModule: true)
    module.line(1)
    try edit()
    let function = cache.file(named: path, isModule: false)
    #expect(function === module)
  }

  @Test("a module that was not edited is not read again, used or idle", arguments: [true, false])
  func unchanged(isIdle: Bool) {
    var cache = LineCache(start: directory.path)
    let file = cache.file(named: path, isModule: true)
    file.line(1)
    if isIdle { cache.release(file) }
    let again = cache.file(named: path, isModule: true)
    #expect(again === file)
  }

  @Test("an idle file that was edited is read again")
  func idle() throws {
    var cache = LineCache(start: directory.path)
    let old = cache.file(named: path, isModule: true)
    old.line(1)
    cache.release(old)
    try edit()
    let new = cache.file(named: path, isModule: true)
    #expect(new.line(1) == "+ edited\n")
  }

  @Test("the end of the last code object of before leaves the new file known")
  func endOfOld() throws {
    var cache = LineCache(start: directory.path)
    let old = cache.file(named: path, isModule: true)
    old.line(1)
    try edit()
    let new = cache.file(named: path, isModule: true)
    cache.release(old)
    let again = cache.file(named: path, isModule: true)
    #expect(again === new)
  }

  @Test("files that were replaced take nobody's room among the idle ones")
  func replacedRoom() throws {
    var cache = LineCache(start: directory.path)
    var module = cache.file(named: path, isModule: true)
    for second in 0..<300 {
      module.line(1)
      try directory.setTime("a.py", to: second)
      let next = cache.file(named: path, isModule: true)
      #expect(next !== module)
      cache.release(module)
      module = next
    }
    let other = Weak(file: cache.file(named: "/other.py", isModule: false))
    if let file = other.file { cache.release(file) }
    #expect(other.file != nil)
  }

  @Test("a module that is written after its name was met is read when it is loaded")
  func written() throws {
    var cache = LineCache(start: directory.path)
    let early = cache.file(named: "late.py", isModule: true)
    #expect(early.line(1) == "+ <no source>\n")
    try directory.write("late.py", "x\n")
    let late = cache.file(named: "late.py", isModule: true)
    #expect(late.line(1) == "+ x\n")
  }

  @Test("another text under the same name belongs to the code objects from then on")
  func replaced() {
    var cache = LineCache(start: "/start")
    let first = cache.file(named: "<cell>", isModule: true)
    _ = first.lines(as: LineStyle(.line)) { _ in .text(SourceText("one\n")) }
    let second = cache.replace(cache.file(named: "<cell>", isModule: true))
    let line = second.lines(as: LineStyle(.line)) { _ in .text(SourceText("two\n")) }.bytes(1)
    #expect(line == "+ two\n")
    #expect(first.line(1) == "+ one\n")
    #expect((first.users, second.users) == (1, 1))
  }

  @Test("a replaced text is forgotten with the last code object of before")
  func replacedForgotten() {
    var cache = LineCache(start: "/start")
    var seen = Weak(file: cache.file(named: "<cell>", isModule: true))
    let second = cache.replace(cache.file(named: "<cell>", isModule: true))
    if let file = seen.file { cache.release(file) }
    #expect(seen.file == nil)
    seen = Weak(file: second)
    let again = cache.file(named: "<cell>", isModule: true)
    #expect(again === second)
  }
}
