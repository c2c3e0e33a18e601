import CSystem
import Testing

@testable import Recording

@Suite struct FoldedTests {
  // MARK: packing

  @Test("what is packed comes out again")
  func packing() {
    var generator = Generator(state: 3)
    var texts: [[UInt8]] = [[], [7], Array("abababab".utf8), [UInt8](repeating: 0, count: 70_000)]
    for size in [10, 1_000, 10_000] {
      texts.append((0..<size).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
      let words = ["for ", "x in ", "range(9):\n", "    ", "\u{e9}"].map { Array($0.utf8) }
      texts.append(
        (0..<size).flatMap { _ in words[Int(generator.next() % 5)] })
    }
    for text in texts {
      let packed = Packer.pack(text)
      #expect(packed.withUnsafeBytes { Unpacker.unpack($0, count: text.count) } == text)
    }
    #expect(Packer.pack(texts[3]).count < 300)
    #expect(texts.last.map { Packer.pack($0).count < $0.count / 3 } == true)
  }

  @Test("any bytes are unpacked to no more than is asked for")
  func unpacking() {
    var generator = Generator(state: 4)
    for size in 0..<300 {
      let bytes = (0..<size).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      #expect(bytes.withUnsafeBytes { Unpacker.unpack($0, count: 5_000) }.count <= 5_000)
    }
  }

  // MARK: what is written

  /// A file that is looked at whenever a block is taken or released: at these moments a process
  /// may be killed.
  private final class Watched: BlockFile {
    var look: (() -> Void)?
    private var isLooking = false

    private func lookOnce() {
      if isLooking { return }
      isLooking = true
      look?()
      isLooking = false
    }

    override func take(at start: Int) throws(RecordingError) -> UnsafeMutableRawPointer {
      let memory = try super.take(at: start)
      lookOnce()
      return memory
    }

    override func release(_ memory: UnsafeMutableRawPointer) {
      lookOnce()
      super.release(memory)
      lookOnce()
    }
  }

  private static let source = """
    for a in b:
        if a: f(a)
        for c in a:
            while c:
                d
                e
            g
    def f(x):
        for y in x:
            z
        w
    """

  /// A folded recording, and the same events folded without one.
  private final class Program {
    let descriptor = csystem_memory_file(0)
    let file: Watched
    let writer: RecordingWriter
    private let expected: CountingFolder
    private(set) var lines = 0

    init() throws {
      var header = Written.header()
      (header.libraries, header.monotonic) = ([Array("/lib/".utf8)], 9)
      file = Watched(descriptor)
      writer = try RecordingWriter(header, to: file) { 9 }
      for path in ["/d/a.py", "/lib/b.py"] {
        let number = try writer.defineFile(Array("a.py".utf8), at: Array(path.utf8))
        try writer.defineSource(Array(FoldedTests.source.utf8), of: number)
        for line in 1...11 {
          _ = try writer.definePlace(UInt64(line), of: number, text: Array("x".utf8))
        }
      }
      let written = MemorySource(Self.bytes(of: descriptor))
      let definitions = try BlockIndex(written, identity: 7).definitions
      expected = try CountingFolder(Definitions(written, definitions), at: 9)
    }

    var bytes: [UInt8] { Self.bytes(of: descriptor) }

    private static func bytes(of descriptor: CInt) -> [UInt8] {
      var size: off_t = 0
      _ = csystem_is_regular_file(descriptor, &size)
      var bytes = [UInt8](repeating: 0, count: Int(size))
      _ = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
      return bytes
    }

    /// Runs lines as a program may: forwards, with jumps, in several threads.
    func run(_ lines: Int, _ generator: inout Generator) throws {
      var place: UInt32 = 1
      for _ in 0..<lines {
        let drawn = generator.next() % 100_000
        if drawn < 30 { try switchThread(to: UInt32(drawn % 3)) }
        place = drawn % 9 == 0 ? UInt32(drawn % 22) + 1 : place % 22 + 1
        if drawn % 7 > 1 { place = [1, 3, 4, 5, 6, 4, 5, 6, 7, 3, 1][Int(drawn % 11)] }
        try writer.record(place)
        if threads.isEmpty { expected.begin(thread: 0, time: 9) }
        threads.insert(0)
        expected.line(Int(place))
        self.lines += 1
      }
    }

    private var threads: Set<UInt32> = []

    private func switchThread(to thread: UInt32) throws {
      try writer.switchThread(to: thread)
      expected.begin(thread: thread, time: 9)
      threads.insert(thread)
    }

    /// What the file has is the same as what was folded without it.
    func check() throws {
      let found = try FoldedRecording(MemorySource(bytes)).state
      #expect(found == state(expected, upTo: Self.segment(of: found)))
    }

    private func state(_ folder: CountingFolder, upTo segment: UInt64) -> [UInt8] {
      _ = folder.finished()
      return folder.encoded(upTo: segment, since: 9, isFinal: true)
    }

    static func segment(of state: [UInt8]) -> UInt64 {
      state.withUnsafeBytes {
        var numbers = NumberReader($0)
        _ = numbers.number()
        return UInt64(numbers.number())
      }
    }
  }

  @Test("what is folded block by block is what is folded at once")
  func blocks() throws {
    var generator = Generator(state: 11)
    for lines in [0, 1, 1_000, 100_000] {
      let program = try Program()
      try program.run(lines, &generator)
      program.writer.close()
      try program.check()
    }
  }

  @Test("a process that is killed leaves all lines, wherever it is")
  func killed() throws {
    var generator = Generator(state: 12)
    let program = try Program()
    var looks = 0
    program.file.look = {
      looks += 1
      let found = try? FoldedRecording(MemorySource(program.bytes)).state
      let lines = found.map { CountingFolder.lines(in: $0) }
      // A line that takes a new block is not in it yet.
      #expect(lines == program.lines)
    }
    try program.run(140_000, &generator)
    for _ in 0..<5 {
      try program.run(997, &generator)
      program.file.look?()
    }
    program.writer.close()
    #expect(looks > 12)
    program.file.look = nil
    #expect(throws: RecordingError.noBlock) { try program.writer.record(1) }
    try program.check()
  }

  @Test("the file has few blocks, however many lines run, and few bytes at the end")
  func size() throws {
    var generator = Generator(state: 13)
    let program = try Program()
    var most = 0
    for _ in 0..<4 {
      for _ in 0..<20_000 {
        for place in [1, 3, 4, 5, 6, 4, 5, 6, 7] as [UInt32] { try program.writer.record(place) }
      }
      if most == 0 { most = program.bytes.count }
      #expect(program.bytes.count <= most)
    }
    try program.run(10, &generator)
    program.writer.close()
    #expect(program.bytes.count < RecordingFormat.blockSize + 1_000)
  }

  @Test("changed bytes are one error, or a state")
  func damage() throws {
    var generator = Generator(state: 14)
    let program = try Program()
    try program.run(70_000, &generator)
    let open = program.bytes
    program.writer.close()
    for bytes in [open, program.bytes] {
      for _ in 0..<12 {
        var changed = bytes
        for _ in 0..<1 + generator.next() % 3 {
          let place = Int(generator.next() % UInt64(changed.count / 64)) * 64
          changed[place + Int(generator.next() % 64)] ^= 1 << UInt8(generator.next() % 8)
        }
        if generator.next() % 4 == 0 { changed.removeLast(Int(generator.next() % 70_000)) }
        _ = try? FoldedRecording(MemorySource(changed))
      }
    }
  }

  @Test("a damaged state is refused, or leads to nothing worse")
  func damagedState() throws {
    var generator = Generator(state: 15)
    let definitions = Definitions()
    let source = Array(Self.source.utf8)
    var record: [UInt8] = [1, 5, 4] + Array("a.py".utf8) + [2]
    Varint.append(UInt64(source.count + 1), to: &record)
    record += [1] + source
    for line in 1...11 { record += [3, 4, 1, UInt8(line), 1, 120] }
    #expect(definitions.extend(by: record[...]))
    let folder = CountingFolder(definitions, at: 9)
    folder.begin(thread: 0, time: 9)
    for place in [1, 2, 8, 9, 10, 9, 11, 3, 4, 5, 6, 4, 7, 1, 2, 3, 4, 5] { folder.line(place) }
    let state = folder.encoded(upTo: 1, since: 9, isFinal: false)
    #expect(CountingFolder(definitions, at: 9).restore(state, since: 9) == 1)
    for _ in 0..<5_000 {
      var changed = state
      let place = Int(generator.next() % UInt64(changed.count))
      changed[place] = UInt8(truncatingIfNeeded: generator.next())
      let other = CountingFolder(definitions, at: 9)
      guard other.restore(changed, since: 9) != nil else { continue }
      for place in [1, 2, 8, 9, 10, 9, 11, 3, 4, 5, 6, 4, 7, 1] { other.line(place) }
      _ = other.finished()
      _ = other.encoded(upTo: 1, since: 9, isFinal: true)
    }
  }

  @Test("sources of libraries are not kept to the end, others are")
  func sources() throws {
    let program = try Program()
    let before = try FoldedRecording(MemorySource(program.bytes)).definitions
    program.writer.close()
    let after = try FoldedRecording(MemorySource(program.bytes)).definitions
    #expect(before.count - after.count == Self.source.utf8.count + 4)
  }
}

extension CountingFolder {
  /// How many lines a final state has: its threads come last.
  static func lines(in state: [UInt8]) -> Int {
    state.withUnsafeBytes { bytes in
      var numbers = NumberReader(bytes)
      for _ in 0..<4 { _ = numbers.number() }
      for _ in 0..<numbers.count() * 7 { _ = numbers.number() }
      for size in [5, 5, 1, 1] {
        for _ in 0..<numbers.count() * size { _ = numbers.number() }
      }
      var lines = 0
      for _ in 0..<numbers.count() {
        let count = numbers.number()
        lines += count
        if count > 0 { for _ in 0..<2 { _ = numbers.number() } }
      }
      #expect(!numbers.isDamaged)
      return lines
    }
  }
}
