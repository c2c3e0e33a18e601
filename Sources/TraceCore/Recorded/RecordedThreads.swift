/// The threads of a recording, by the numbers that it gives them.
struct RecordedThreads {
  private struct Thread {
    let address: UInt
    let number: UInt32
    var lacksName = true
    /// What its lines carry; nil: that is not known.
    var label: Bytes? = []
  }

  /// Threads that ended long ago are forgotten.
  private static let most = 1024

  private var threads: [Thread] = []
  private var running = Thread(address: 0, number: 0)
  private var count: UInt32 = 0

  /// The thread that runs, as the interpreter knows it; 0: none has begun.
  var current: UInt { running.address }
  /// The number of the thread that runs.
  var number: UInt32 { running.number }

  var lacksName: Bool {
    get { running.lacksName }
    set { running.lacksName = newValue }
  }

  var label: Bytes? {
    get { running.label }
    set { running.label = newValue }
  }

  /// The thread runs from here on.
  /// - Parameter isNew: its address may have been another thread's.
  /// - Returns: its number, from 0 on.
  mutating func begin(_ address: UInt, isNew: Bool) -> UInt32 {
    if running.address != 0 { threads.append(running) }
    let index = threads.firstIndex { $0.address == address }
    let known = index.map { threads.remove(at: $0) }
    if let known, !isNew {
      running = known
    } else {
      if threads.count > Self.most { threads.removeFirst() }
      running = Thread(address: address, number: count)
      count += 1
    }
    return running.number
  }
}
