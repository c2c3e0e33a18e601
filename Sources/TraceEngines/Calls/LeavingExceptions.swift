import CPython

/// The exceptions that frames have ended by, until they come to the next one in scope.
struct LeavingExceptions {
  /// How one has come to a frame.
  enum Way {
    /// The exception was raised here, and has come from no frame that was called.
    case raised
    /// Its caller's frame ended by it, which has said so.
    case left
    /// The same, but which one it was is not known.
    case leftByAny
    /// The same, but it was another one that this has been made of.
    case changed
  }

  private var exceptions: [(thread: UInt, identity: UInt, way: Way)] = []

  /// Notes that an exception ends a frame of the thread that runs.
  mutating func leave(by identity: UInt, _ way: Way) {
    forget()
    exceptions.append((UInt(cpython_thread()), identity, way))
  }

  mutating func arrived(_ identity: UInt) -> Way {
    guard let last = forget() else { return .raised }
    if last.way == .leftByAny { return .left }
    return last.identity == identity ? last.way : .raised
  }

  @discardableResult
  private mutating func forget() -> (thread: UInt, identity: UInt, way: Way)? {
    let thread = UInt(cpython_thread())
    return exceptions.firstIndex { $0.thread == thread }.map { exceptions.remove(at: $0) }
  }
}
