import CPython
import PythonInterop
import TraceCore

/// Writes lines for programs that read them: their fields with U+001F between them. It notes where
/// exceptions come from, for who makes a report of the lines.
final class FieldWriter: TextWriter {
  private var origins = Origins()

  /// An exception has come to a frame in scope, before any other.
  func noteOrigin(_ exception: ExceptionValue) {
    if let ring = output.destination.ring { origins.note(exception, after: ring.count) }
  }

  /// How many lines had been recorded when an exception was raised; nil: that is not known.
  func linesBefore(_ exception: ExceptionValue) -> Int? { origins.count(for: exception) }
}

/// How many lines a session had recorded when an exception was raised, for the exceptions of
/// a short while ago.
///
/// An exception is known by its address, and nothing keeps it alive: who asks has it, and the
/// latest exception that was raised at its address is that one.
private final class Origins {
  private static var sets: Int { 1024 }
  private static var ways: Int { 4 }

  private struct Origin {
    var identity: UInt = 0
    var count = 0
  }

  private let origins: UnsafeMutablePointer<Origin>

  init() {
    origins = .allocate(capacity: Self.sets * Self.ways)
    origins.initialize(repeating: Origin(), count: Self.sets * Self.ways)
  }

  deinit { origins.deallocate() }

  /// Takes the slot of the one that was noted first, where there is no other.
  func note(_ exception: ExceptionValue, after count: Int) {
    let slots = slots(for: exception.identity)
    let own = slots.first { origins[$0].identity == exception.identity }
    let oldest = slots.min { origins[$0].count < origins[$1].count }
    origins[own ?? oldest ?? 0] = Origin(identity: exception.identity, count: count)
  }

  /// How many lines had been recorded when an exception was raised; nil if nothing is known of it.
  func count(for exception: ExceptionValue) -> Int? {
    slots(for: exception.identity).first { origins[$0].identity == exception.identity }
      .map { origins[$0].count }
  }

  private func slots(for identity: UInt) -> Range<Int> {
    let set = Int(truncatingIfNeeded: (identity >> 4 ^ identity >> 14) & UInt(Self.sets - 1))
    return set * Self.ways..<(set + 1) * Self.ways
  }
}
