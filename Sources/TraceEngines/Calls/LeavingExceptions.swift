import CPython
import TraceCore

/// The exceptions that frames have ended by, until they come to the next one in scope.
struct LeavingExceptions {
  /// How one has come to a frame.
  enum Way: Int {
    /// The exception was raised here, and has come from no frame that was called.
    case raised
    /// Its caller's frame ended by it, which has said so.
    case left
    /// The same, but which one it was is not known.
    case leftByAny
    /// The same, but it was another one that this has been made of.
    case changed
  }

  /// Of each thread the address of one, whose last bits are 0, and the way.
  private var exceptions: [NumberOfKey] = []

  /// Notes that an exception ends a frame of the thread that runs.
  mutating func leave(by identity: UInt, _ way: Way) {
    forget()
    exceptions.append(
      NumberOfKey(Int(cpython_thread()), Int(bitPattern: identity) | way.rawValue))
  }

  mutating func arrived(_ identity: UInt) -> Way {
    guard let last = forget(), let way = Way(rawValue: last & 3) else { return .raised }
    if way == .leftByAny { return .left }
    return UInt(bitPattern: last & ~3) == identity ? way : .raised
  }

  @discardableResult
  private mutating func forget() -> Int? {
    let thread = Int(cpython_thread())
    return exceptions.firstIndex { $0.key == thread }.map { exceptions.remove(at: $0).number }
  }
}
