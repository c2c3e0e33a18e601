import CPython
import PythonInterop
import TraceCore

/// Lines that an exception comes back to when it is thrown into a generator or coroutine.
///
/// `sys.settrace` shows the line again, as that of the handler: `await` has one on its
/// own line. `Interpreter.hidesLineAfterSilentResume` says what that takes here.
extension CodeEntry {
  /// Whether that may happen. Most generators have no such handler, and are not slowed
  /// down by one more event for each resumption.
  func showsResumption() throws(PythonError) -> Bool {
    if let known = resumptionShows { return known }
    let isResumable = try isResumable()
    let found = isResumable ? try comesBack() : false
    resumptionShows = found
    return found
  }

  func isResumable() throws(PythonError) -> Bool { try Self.isResumable(code) }

  static func isResumable(_ code: Borrowed) throws(PythonError) -> Bool {
    let resumable = 0x20 | 0x80 | 0x200  // CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR
    return try PyRef.attribute("co_flags", of: code).integer & resumable != 0
  }

  private func comesBack() throws(PythonError) -> Bool {
    let lines = try LineRange.all(of: code)
    let table = try PyRef.attribute("co_exceptiontable", of: code)
    var handlers = ExceptionTable(Bytes(bytesObject: table.borrowed) ?? [])
    while let handler = handlers.next() {
      guard let line = lines.first(where: { $0.offsets.contains(handler.target) })?.line
      else { continue }
      if lines.contains(where: { $0.line == line && $0.offsets.overlaps(handler.guarded) }) {
        return true
      }
    }
    return false
  }
}

extension Tracer {
  func showsResumption(_ code: Borrowed) -> Bool { entry(known: code)?.resumptionShows ?? false }
}

/// What `co_exceptiontable` holds: numbers of six bits a byte, the highest first, four
/// of them for each entry (CPython's `exception_handling_notes`).
struct ExceptionTable {
  private var rest: ArraySlice<UInt8>

  init(_ table: Bytes) { rest = table[...] }

  /// The offsets that a handler guards, and its own. nil: no more, or none that make
  /// sense, as a program may set any table.
  mutating func next() -> (guarded: Range<Int>, target: Int)? {
    guard let start = number(), let size = number(), let target = number(), number() != nil
    else { return nil }
    let (first, end) = (2 &* start, 2 &* (start &+ size))
    return first <= end ? (first..<end, 2 &* target) : nil
  }

  private mutating func number() -> Int? {
    var number = 0
    while let byte = rest.popFirst() {
      number = number << 6 | Int(byte & 0x3f)
      if byte & 0x40 == 0 { return number }
    }
    return nil
  }
}
