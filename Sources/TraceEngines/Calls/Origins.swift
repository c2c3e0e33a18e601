import CPython
public import PythonInterop
import TraceCore

/// How many lines a session had recorded when an exception was raised, for the exceptions of
/// a short while ago.
///
/// An exception is known by its address, and nothing keeps it alive: who asks has it, and the
/// latest exception that was raised at its address is that one.
final class Origins {
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

  /// Takes the place of the one that was noted first, where there is no other.
  func note(_ exception: Borrowed, after count: Int) {
    let identity = UInt(bitPattern: exception)
    let places = places(for: identity)
    let place = places.first { origins[$0].identity == identity }
    let oldest = places.min { origins[$0].count < origins[$1].count }
    origins[place ?? oldest ?? 0] = Origin(identity: identity, count: count)
  }

  /// nil where nothing is known of the exception.
  func count(for exception: Borrowed) -> Int? {
    let identity = UInt(bitPattern: exception)
    return places(for: identity).first { origins[$0].identity == identity }
      .map { origins[$0].count }
  }

  private func places(for identity: UInt) -> Range<Int> {
    let set = Int(truncatingIfNeeded: (identity >> 4 ^ identity >> 14) & UInt(Self.sets - 1))
    return set * Self.ways..<(set + 1) * Self.ways
  }
}

extension Tracer {
  /// An exception has come to a frame. The first one in scope that it comes to is where it
  /// came from, for the reader of the trace.
  /// - Parameter traceback: where the exception has none yet.
  func noteOrigin(_ code: Borrowed, _ exception: Borrowed, _ traceback: Borrowed? = nil) {
    guard !hot.pointee.isPaused, let session, let origins = session.origins,
      let ring = session.sink.ringSink, hot.isInScope(code) || isTraced(code),
      !wasRaisedInScope(exception, traceback)
    else { return }
    origins.note(exception, after: ring.count)
  }
}

extension Session {
  /// How many lines had been recorded when an exception was raised; nil: that is not known.
  public func linesBefore(_ exception: Borrowed) -> Int? { origins?.count(for: exception) }
}
