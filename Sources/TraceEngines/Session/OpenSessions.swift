/// All sessions that are open, on or not: a fork and the process's end concern each.
///
/// A list that is linked by single stores: `fork(2)` may come from a thread without the
/// GIL, while another one changes it.
enum OpenSessions {
  nonisolated(unsafe) private static var first: Unmanaged<Session>?

  static func add(_ session: Session) {
    session.nextOpen = first
    first = Unmanaged.passUnretained(session)
  }

  static func remove(_ session: Session) {
    let removed = Unmanaged.passUnretained(session).toOpaque()
    if first?.toOpaque() == removed {
      first = session.nextOpen
      return
    }
    // The one that is removed is not reached: it is about to go.
    var next = first
    while let other = next?.takeUnretainedValue() {
      if other.nextOpen?.toOpaque() == removed {
        other.nextOpen = session.nextOpen
        return
      }
      next = other.nextOpen
    }
  }

  static func forEach(_ body: (Session) -> Void) {
    var next = first
    while let session = next?.takeUnretainedValue() {
      next = session.nextOpen
      body(session)
    }
  }
}
