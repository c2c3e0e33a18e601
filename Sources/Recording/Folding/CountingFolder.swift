/// Folds events, and keeps what a folded recording says besides: how often each line ran and when,
/// which lines ran last, and how the process ended.
final class CountingFolder: Folder {
  struct Count {
    var count = 0
    var first: UInt64 = 0
    var last: UInt64 = 0
  }

  /// The counts by the numbers of places.
  var counts = Stack<Count>()
  /// How many lines ran.
  var lines = 0
  /// The places of the lines that ran last: that of line `n` is at `n` modulo their number.
  let recent: UnsafeMutablePointer<Int32>
  var now: UInt64
  /// The exit status + 1, once it is known that the process has ended; 0: it is not known.
  var end: Int?
  /// What a text trace has between its lines, and how many lines ran before.
  var texts: [(lines: Int, bytes: [UInt8])] = []
  private var roomForTexts = 64 * 1024

  /// So many of the last lines are known. A power of two.
  static let mostRecent = 1024

  /// - Parameter time: when the recording began.
  init(_ definitions: Definitions, at time: UInt64) {
    now = time
    recent = .allocate(capacity: Self.mostRecent)
    recent.initialize(repeating: 0, count: Self.mostRecent)
    super.init(definitions)
    addCounts()
  }

  deinit {
    counts.free()
    recent.deallocate()
  }

  override func extend(by definitions: Definitions) {
    super.extend(by: definitions)
    addCounts()
  }

  private func addCounts() {
    while counts.count < places.places.count { counts.append(Count()) }
  }

  override func line(_ place: Int) {
    let count = counts.start + place
    if count.pointee.count == 0 { count.pointee.first = now }
    count.pointee.count += 1
    count.pointee.last = now
    recent[lines & (Self.mostRecent - 1)] = Int32(truncatingIfNeeded: place)
    lines += 1
    super.line(place)
  }

  override func begin(thread: UInt32, time: UInt64) {
    now = time
    super.begin(thread: thread, time: time)
  }

  override func time(_ time: UInt64) { now = time }
  override func fork(child: UInt64, time: UInt64) { now = time }
  override func finish(status: Int?, time: UInt64) {
    now = time
    end = status.map { $0 + 1 } ?? 0
  }

  override func text(_ bytes: UnsafeRawBufferPointer) {
    if bytes.count > roomForTexts { return }
    roomForTexts -= bytes.count
    texts.append((lines, [UInt8](bytes)))
  }
}
