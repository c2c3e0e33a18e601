/// Counts how often each place has run, and when first and last.
public final class LineCounter: EventReceiver {
  /// How often one place ran, and when.
  public struct Count {
    /// How many times it ran.
    public internal(set) var count = 0
    /// In nanoseconds of the monotonic clock, as exactly as the recording has it.
    public internal(set) var first: UInt64 = 0
    /// When it ran last, in nanoseconds of the monotonic clock.
    public internal(set) var last: UInt64 = 0
  }

  /// The counts by the numbers of places; the one at 0 stays empty.
  public private(set) var counts: [Count]
  /// How many lines ran in all.
  public private(set) var lines = 0
  private var now: UInt64 = 0

  /// Prepares to count the places that these definitions have.
  public init(_ definitions: Definitions) {
    counts = Array(repeating: Count(), count: definitions.places.count + 1)
    super.init()
  }

  public override func begin(thread: UInt32, time: UInt64) { now = time }
  public override func time(_ time: UInt64) { now = time }

  public override func line(_ place: Int) {
    lines += 1
    let now = now
    counts.withUnsafeMutableBufferPointer {
      if $0[place].count == 0 { $0[place].first = now }
      $0[place].count += 1
      $0[place].last = now
    }
  }
}
