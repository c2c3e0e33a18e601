/// Where the exceptions of a code object go: what its table and its instructions say of
/// `except`, `finally` and `with`.
///
/// Neither engine is told which handler an exception comes to, nor whether that is the one
/// for it; where a frame runs next says both.
public struct Handlers {
  /// One of `all`.
  public typealias Number = Int

  /// The handlers of the code object, in the order of its exception table.
  public let all: [Handler]
  private let reader: Reader
  private let starts: OffsetTable
  private let ends: OffsetTable
  private let targets: OffsetTable
  /// Handlers within handlers are no deeper than this; a program may set any table.
  private static let deepest = 100

  /// - Parameters:
  ///   - instructions: `co_code`
  ///   - exceptionTable: `co_exceptiontable`
  public init(instructions: Bytes, exceptionTable: Bytes, _ opcodes: Opcodes) {
    var entries = ExceptionTable(exceptionTable)
    var table: [(guarded: Range<Int>, target: Int)] = []
    while let entry = entries.next() { table.append(entry) }
    targets = OffsetTable(table.map { $0.target })
    reader = Reader(code: instructions, table: table, opcodes: opcodes)
    all = reader.handlers()
    starts = OffsetTable(all.map { $0.start })
    ends = OffsetTable(all.map { $0.end })
  }

  private var opcodes: Opcodes { reader.opcodes }

  // MARK: where exceptions go

  /// The handler that what is raised at an offset comes to; nil: it ends the frame. What
  /// the compiler adds to tidy up and raises on from is passed by.
  public func landing(from offset: Int) -> Number? {
    var offset = offset
    for _ in 0..<Self.deepest {
      guard let target = reader.target(at: offset) else { return nil }
      if let number = starts[target] { return number }
      offset = target
    }
    return nil
  }

  /// The handlers that an offset is in, the innermost first.
  public func around(_ offset: Int) -> [Number] {
    var found: [Number] = []
    var offset = reader.guarded(offset)
    for _ in 0..<Self.deepest {
      guard let target = reader.target(at: offset) else { break }
      if let number = ends[target] { found.append(number) }
      // What a handler guards is not in it.
      offset = starts[target].map { all[$0].end } ?? target
    }
    return found
  }

  /// Whether an exception is on its way at an offset, through what the compiler has added:
  /// that has lines, too.
  public func isOnTheWay(at offset: Int) -> Bool {
    targets[offset] != nil && starts[offset] == nil
  }

  /// Whether a `raise` is at an offset.
  public func raises(at offset: Int) -> Bool { reader.operation(around: offset) == opcodes.raise }

  /// Whether the interpreter hands on what was thrown into a `yield from`.
  public func handsOn(at offset: Int) -> Bool {
    opcodes.cleanUpThrow != nil && reader.operation(around: offset) == opcodes.cleanUpThrow
  }

  /// An exception by which the interpreter is told of an end.
  public enum End {
    case iteration, asyncIteration
  }

  /// Whether an exception is but how the interpreter is told of the end, by what a loop, an
  /// `await` or a `yield from` goes through: the program never sees it.
  public func ends(by end: End, at offset: Int) -> Bool {
    let next = reader.target(at: offset).flatMap { reader.operation($0) }
    if end == .asyncIteration { return next == opcodes.endAsyncFor }
    let operation = reader.operation(around: offset)
    if operation == opcodes.forIteration || operation == opcodes.send { return true }
    return opcodes.cleanUpThrow != nil && next == opcodes.cleanUpThrow
  }
}

/// An `except`, with all of its clauses, a `finally`, or what a `with` does at its end.
public struct Handler {
  /// The statement that a handler belongs to.
  public enum Kind {
    case exception, group, finally, with
  }

  /// The kind of statement: `except`, `except*`, `finally` or `with`.
  public let kind: Kind
  /// The offset that exceptions come to.
  let start: Int
  /// Where what is raised in it comes to, to be tidied up.
  let end: Int
  /// The instructions by which each clause finds out whether the exception is one of its own.
  fileprivate(set) var choices: [Range<Int>] = []
  /// What each clause does.
  fileprivate(set) var bodies: [Range<Int>] = []

  /// The clause that an offset is in, of an exception that is its own.
  public func clause(at offset: Int) -> Int? {
    switch kind {
    case .exception: choices.contains { $0.contains(offset) } ? nil : 0
    case .group: bodies.firstIndex { $0.contains(offset) }
    case .finally, .with: nil
    }
  }
}

/// Where an offset stands in a list of some, the first time.
struct OffsetTable {
  private var entries: [(offset: Int, number: Int)]

  init(_ offsets: [Int]) {
    entries = offsets.enumerated().map { (offset: $1, number: $0) }
    for root in (0..<entries.count / 2).reversed() { sink(root, of: entries.count) }
    for end in entries.indices.reversed() {
      entries.swapAt(0, end)
      sink(0, of: end)
    }
  }

  /// A step of heapsort: moves the entry at `root` down until none below it comes after it.
  /// The library's `sort` would be 2,500 bytes more in the module.
  private mutating func sink(_ root: Int, of count: Int) {
    var parent = root
    while 2 * parent + 1 < count {
      var child = 2 * parent + 1
      if child + 1 < count, isBefore(child, child + 1) { child += 1 }
      if !isBefore(parent, child) { return }
      entries.swapAt(parent, child)
      parent = child
    }
  }

  private func isBefore(_ one: Int, _ other: Int) -> Bool {
    (entries[one].offset, entries[one].number) < (entries[other].offset, entries[other].number)
  }

  subscript(offset: Int) -> Int? {
    let index = entries.partitioningIndex { $0.offset >= offset }
    return index < entries.count && entries[index].offset == offset ? entries[index].number : nil
  }
}

extension Array {
  /// The first index where something is so that is so from there on, and not before.
  fileprivate func partitioningIndex(_ isSo: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isSo(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// Reads instructions, of two bytes each.
private struct Reader {
  let code: Bytes
  let table: [(guarded: Range<Int>, target: Int)]
  let opcodes: Opcodes

  func operation(_ offset: Int) -> UInt8? {
    code.indices.contains(offset) ? code[offset] : nil
  }

  /// The operation of the instruction that an offset is in: its `CACHE` words belong to it.
  func operation(around offset: Int) -> UInt8? {
    var offset = offset & ~1
    while operation(offset) == Opcodes.cache { offset -= 2 }
    return operation(offset)
  }

  /// What does nothing cannot raise, and is in no table: what comes next says where it is.
  func guarded(_ offset: Int) -> Int {
    var offset = offset
    while operation(offset) == opcodes.noOperation { offset += 2 }
    return offset
  }

  /// The interpreter has its table in order, as this takes it to be.
  func target(at offset: Int) -> Int? {
    let after = table.partitioningIndex { $0.guarded.lowerBound > offset }
    guard after > 0, table[after - 1].guarded.contains(offset) else { return nil }
    return table[after - 1].target
  }

  func handlers() -> [Handler] {
    let targets = table.map { $0.target }
    let first = OffsetTable(targets)
    var found: [Handler] = []
    for (number, start) in targets.enumerated()
    where operation(start) == opcodes.pushExceptionInfo && first[start] == number {
      guard let end = target(at: start) else { continue }
      found.append(handler(from: start, to: end))
    }
    return found
  }

  private func handler(from start: Int, to end: Int) -> Handler {
    if operation(start + 2) == opcodes.withExceptStart {
      return Handler(kind: .with, start: start, end: end)
    }
    let group = clauses(from: start, to: end, opcodes.checkGroupMatch)
    if !group.bodies.isEmpty {
      return Handler(
        kind: .group, start: start, end: end, choices: group.choices, bodies: group.bodies)
    }
    let found = clauses(from: start, to: end, opcodes.checkExceptionMatch)
    return Handler(
      kind: found.choices.isEmpty ? .finally : .exception, start: start, end: end,
      choices: found.choices, bodies: found.bodies)
  }

  /// Of `except` and `except*`: each begins where the one before jumps to.
  private func clauses(from start: Int, to end: Int, _ check: UInt8)
    -> (choices: [Range<Int>], bodies: [Range<Int>])
  {
    var found: (choices: [Range<Int>], bodies: [Range<Int>]) = ([], [])
    var offset = start
    while let (body, next) = clause(from: offset, to: end, check), body <= next {
      found.choices.append(offset..<body)
      found.bodies.append(body..<next)
      offset = next
    }
    // `except:` drops the exception first thing, as a `finally` does that returns.
    let bare = offset == start ? start + 2 : offset
    if check == opcodes.checkExceptionMatch, operation(bare) == opcodes.popTop {
      found.choices.append(offset..<bare + 2)
    }
    return found
  }

  /// Where a clause's body begins, and where it goes on for exceptions of others.
  private func clause(from start: Int, to end: Int, _ check: UInt8) -> (body: Int, next: Int)? {
    var offset = start
    while target(at: offset) == end, let operation = operation(offset) {
      // For a group there is a COPY before the jump.
      if operation == check {
        return jump(at: offset + (check == opcodes.checkGroupMatch ? 4 : 2))
      }
      offset += 2
    }
    return nil
  }

  /// Where a jump that is not taken goes on, and where one that is.
  private func jump(at offset: Int) -> (Int, Int)? {
    var (offset, argument) = (offset, 0)
    while code.indices.contains(offset + 1), argument < 1 << 24 {
      argument = argument << 8 | Int(code[offset + 1])
      let isPart = code[offset] == opcodes.extendedArgument
      offset += 2
      if isPart { continue }
      while operation(offset) == Opcodes.cache { offset += 2 }
      return (offset, offset + 2 * argument)
    }
    return nil
  }
}
