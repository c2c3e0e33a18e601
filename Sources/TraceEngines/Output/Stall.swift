import CPython
import TraceCore

/// Who waits for a reader that reads nothing, where that may be a thread of the program.
///
/// A thread that reads the trace must not wait for itself. Which one does is not to be known
/// beforehand, but it shows: the threads that wait are let go one after the other, and the one
/// that was let go last before something was read is let go sooner the next time, until it does
/// not wait at all. While one thread alone waits, another may be about to read: it is given far
/// longer. What waits for another process waits for as long as that takes.
struct Stall {
  /// In nanoseconds: how long one waits, and the least that is still a wait.
  private static let patience = 100_000_000
  private static let instant = 2_000_000
  /// How many times as long a thread waits that is the only one.
  private static let alone = 50
  /// A second in nanoseconds: whether this process reads its own trace is asked no more often.
  private static let second = 1_000_000_000
  /// Bytes that may wait for a reader: of the thread that reads, and of any.
  private static let mostOfReader = 1 << 20
  private static let most = 16 << 20
  private static let mostThreads = 32

  private struct Waiter {
    let thread: UInt
    var patience = Stall.patience
    /// How often it was let go since something was read.
    var turns = 0
    var isReader: Bool { patience == 0 }
  }

  private var waiters: [Waiter] = []
  /// How many threads wait by now.
  private var waiting = 0
  /// When something was read, or a thread let go.
  private var lastMove = 0
  private var lastLetGo: UInt = 0
  private var lastAsked = 0
  /// The reader may be a thread of this process.
  private(set) var isReadHere = false
  /// The thread that reads has more to say of each read than it reads.
  private var isFlooded = false

  /// How many bytes may wait while nobody waits for them.
  var mostAhead: Int { isFlooded ? 2 * Self.mostOfReader : 0 }

  /// Whether there is no room for a line of the running thread.
  func isOver(_ backlog: Backlog) -> Bool {
    guard isReadHere else { return false }
    let isForAnother = isReader(UInt(cpython_thread())) && waiters.contains { !$0.isReader }
    return backlog.pending >= (isForAnother ? Self.mostOfReader : Self.most)
  }

  private func isReader(_ thread: UInt) -> Bool {
    waiters.contains { $0.thread == thread && $0.isReader }
  }

  // MARK: waiting

  mutating func beginWait() { waiting += 1 }

  mutating func endWait() { waiting = max(waiting - 1, 0) }

  /// Whether the running thread has waited long enough; what it has to say stays queued.
  mutating func ends(waitSince start: Int, for sink: Sink) -> Bool {
    let thread = UInt(cpython_thread())
    if isReader(thread) { return true }
    let now = Int(cpython_clock())
    return knows(sink, now, start) && letGo(thread, now, start)
  }

  private mutating func knows(_ sink: Sink, _ now: Int, _ start: Int) -> Bool {
    if isReadHere { return true }
    guard now - max(lastMove, start) >= Self.patience, now - lastAsked >= Self.second else {
      return false
    }
    isReadHere = sink.isReadHere
    lastAsked = now
    return isReadHere
  }

  private mutating func letGo(_ thread: UInt, _ now: Int, _ start: Int) -> Bool {
    let index = index(of: thread)
    let turns = waiters[index].turns
    let patience = (waiters[index].patience >> (2 * turns)) * (waiting > 1 ? 1 : Self.alone)
    let waited = now - max(turns == 0 ? lastMove : 0, start)
    guard patience < Self.instant || waited >= patience else { return false }
    // The others have time again to show that it was not they.
    if turns == 0 { (lastMove, lastLetGo) = (now, thread) }
    waiters[index].turns = min(turns + 1, 16)
    return true
  }

  private mutating func index(of thread: UInt) -> Int {
    if let known = waiters.firstIndex(where: { $0.thread == thread }) { return known }
    if waiters.count == Self.mostThreads { waiters.removeFirst() }
    waiters.append(Waiter(thread: thread))
    return waiters.count - 1
  }

  // MARK: progress

  /// Something was read.
  mutating func moved(_ backlog: Backlog) {
    if !isReadHere { return lastMove = Int(cpython_clock()) }
    lastMove = Int(cpython_clock())
    if backlog.isEmpty { isFlooded = false }
    if lastLetGo != 0 { blame() }
    lastLetGo = 0
  }

  /// One that is known to read stays so: another may have to, too.
  private mutating func blame() {
    for index in waiters.indices where !waiters[index].isReader {
      let isLast = waiters[index].thread == lastLetGo
      let less = waiters[index].patience / 4
      waiters[index].patience = !isLast ? Self.patience : less < Self.instant ? 0 : less
    }
    for index in waiters.indices { waiters[index].turns = 0 }
  }

  /// A line was dropped for want of room.
  mutating func dropped() {
    if isReader(UInt(cpython_thread())) { isFlooded = true }
  }

  /// Forgets the threads that wait, which a child that was forked does not have.
  mutating func forked() {
    waiters.removeAll(keepingCapacity: true)
    (isReadHere, isFlooded, lastLetGo, waiting) = (false, false, 0, 0)
  }
}
