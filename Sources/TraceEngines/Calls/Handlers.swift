import CPython
import PythonInterop
import TraceCore

/// Where the exceptions of a code object go: what its table and its instructions say of
/// `except`, `finally` and `with`.
///
/// Neither engine is told which handler an exception comes to, nor whether that is the one
/// for it; where a frame runs next says both.
struct Handlers {
  /// One of `all`.
  typealias Number = Int

  let all: [Handler]
  private let reader: Reader
  private let starts: OffsetTable
  private let ends: OffsetTable
  private let targets: OffsetTable
  /// Handlers within handlers are no deeper than this; a program may set any table.
  private static let deepest = 100

  /// nil for an interpreter whose instructions are not known.
  init?(of code: Borrowed) throws(PythonError) {
    guard let opcodes = Interpreter.exceptionOpcodes else { return nil }
    let bytes = try PyRef.attribute("co_exceptiontable", of: code)
    let instructions = try PyRef.attribute("co_code", of: code)
    var entries = ExceptionTable(Bytes(bytesObject: bytes.borrowed) ?? [])
    var table: [(guarded: Range<Int>, target: Int)] = []
    while let entry = entries.next() { table.append(entry) }
    targets = OffsetTable(table.map { $0.target })
    reader = Reader(
      code: Bytes(bytesObject: instructions.borrowed) ?? [], table: table, opcodes: opcodes)
    all = reader.handlers()
    starts = OffsetTable(all.map { $0.start })
    ends = OffsetTable(all.map { $0.end })
  }

  private var opcodes: ExceptionOpcodes { reader.opcodes }

  // MARK: where exceptions go

  /// The handler that what is raised at an offset comes to; nil: it ends the frame. What
  /// the compiler adds to tidy up and raises on from is passed by.
  func landing(from place: Int) -> Number? {
    var place = place
    for _ in 0..<Self.deepest {
      guard let target = reader.target(at: place) else { return nil }
      if let number = starts[target] { return number }
      place = target
    }
    return nil
  }

  /// The handlers that an offset is in, the innermost first.
  func around(_ place: Int) -> [Number] {
    var found: [Number] = []
    var place = reader.guarded(place)
    for _ in 0..<Self.deepest {
      guard let target = reader.target(at: place) else { break }
      if let number = ends[target] { found.append(number) }
      // What a handler guards is not in it.
      place = starts[target].map { all[$0].end } ?? target
    }
    return found
  }

  /// Whether an exception is on its way at an offset, through what the compiler has added:
  /// that has lines, too.
  func isOnTheWay(at place: Int) -> Bool {
    targets[place] != nil && starts[place] == nil
  }

  /// Whether a `raise` is at an offset.
  func raises(at place: Int) -> Bool { reader.operation(around: place) == opcodes.raise }

  /// Whether the interpreter hands on what was thrown into a `yield from`.
  func handsOn(at place: Int) -> Bool {
    opcodes.cleanUpThrow != nil && reader.operation(around: place) == opcodes.cleanUpThrow
  }

  /// Whether an exception is but how the interpreter is told of the end, by what a loop, an
  /// `await` or a `yield from` goes through: the program never sees it.
  func ends(by exception: Borrowed, at place: Int) -> Bool {
    if cpython_is_stop_iteration(exception) != 0 {
      let operation = reader.operation(around: place)
      if operation == opcodes.forIteration || operation == opcodes.send { return true }
      return opcodes.cleanUpThrow != nil && nextOperation(place) == opcodes.cleanUpThrow
    }
    return cpython_is_stop_async_iteration(exception) != 0
      && nextOperation(place) == opcodes.endAsyncFor
  }

  private func nextOperation(_ place: Int) -> UInt8? {
    reader.target(at: place).flatMap { reader.operation($0) }
  }
}

/// An `except`, with all of its clauses, a `finally`, or what a `with` does at its end.
struct Handler {
  enum Kind {
    case exception, group, finally, with
  }

  let kind: Kind
  /// The offset that exceptions come to.
  let start: Int
  /// Where what is raised in it comes to, to be tidied up.
  let end: Int
  /// Where each clause finds out whether the exception is one of its own.
  fileprivate(set) var choices: [Range<Int>] = []
  /// What each clause does.
  fileprivate(set) var bodies: [Range<Int>] = []

  /// The clause that an offset is in, of an exception that is its own.
  func clause(at place: Int) -> Int? {
    switch kind {
    case .exception: choices.contains { $0.contains(place) } ? nil : 0
    case .group: bodies.firstIndex { $0.contains(place) }
    case .finally, .with: nil
    }
  }
}

/// Where an offset stands in a list of some, the first time.
private struct OffsetTable {
  private let places: [(offset: Int, number: Int)]

  init(_ offsets: [Int]) {
    places = offsets.enumerated().map { (offset: $1, number: $0) }
      .sorted { ($0.offset, $0.number) < ($1.offset, $1.number) }
  }

  subscript(offset: Int) -> Int? {
    let place = places.partitioningIndex { $0.offset >= offset }
    return place < places.count && places[place].offset == offset ? places[place].number : nil
  }
}

extension Array {
  /// The first place where something is so that is so from there on, and not before.
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
  let opcodes: ExceptionOpcodes

  func operation(_ place: Int) -> UInt8? {
    code.indices.contains(place) ? code[place] : nil
  }

  /// Of the instruction that an offset is in.
  func operation(around place: Int) -> UInt8? {
    var place = place & ~1
    while operation(place) == ExceptionOpcodes.cache { place -= 2 }
    return operation(place)
  }

  /// What does nothing cannot raise, and is in no table: what comes next says where it is.
  func guarded(_ place: Int) -> Int {
    var place = place
    while operation(place) == opcodes.noOperation { place += 2 }
    return place
  }

  /// The interpreter has its table in order, as this takes it to be.
  func target(at place: Int) -> Int? {
    let after = table.partitioningIndex { $0.guarded.lowerBound > place }
    guard after > 0, table[after - 1].guarded.contains(place) else { return nil }
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
    var place = start
    while let (body, next) = clause(from: place, to: end, check), body <= next {
      found.choices.append(place..<body)
      found.bodies.append(body..<next)
      place = next
    }
    // `except:` drops the exception first thing, as a `finally` does that returns.
    let bare = place == start ? start + 2 : place
    if check == opcodes.checkExceptionMatch, operation(bare) == opcodes.popTop {
      found.choices.append(place..<bare + 2)
    }
    return found
  }

  /// Where a clause's body begins, and where it goes on for exceptions of others.
  private func clause(from start: Int, to end: Int, _ check: UInt8) -> (body: Int, next: Int)? {
    var place = start
    while target(at: place) == end, let operation = operation(place) {
      // For a group there is a COPY before the jump.
      if operation == check {
        return jump(at: place + (check == opcodes.checkGroupMatch ? 4 : 2))
      }
      place += 2
    }
    return nil
  }

  /// Where a jump that is not taken goes on, and where one that is.
  private func jump(at place: Int) -> (Int, Int)? {
    var (place, argument) = (place, 0)
    while code.indices.contains(place + 1), argument < 1 << 24 {
      argument = argument << 8 | Int(code[place + 1])
      let isPart = code[place] == opcodes.extendedArgument
      place += 2
      if isPart { continue }
      while operation(place) == ExceptionOpcodes.cache { place += 2 }
      return (place, place + 2 * argument)
    }
    return nil
  }
}
