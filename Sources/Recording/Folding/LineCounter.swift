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
    /// How long its lines themselves took, in microseconds; 0: the recording does not say it.
    public internal(set) var took: UInt64 = 0
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

  /// A line as it is printed may say how long it took: `+ {0.000012} x = 3`.
  public override func spelled(_ text: UnsafeRawBufferPointer, at place: Int, isNote: Bool) {
    if isNote { return }
    line(place)
    counts[place].took &+= Self.microseconds(in: text)
  }

  /// The number that stands last in the first braces, of seconds with six digits behind the point.
  private static func microseconds(in text: UnsafeRawBufferPointer) -> UInt64 {
    guard let end = text.firstIndex(of: UInt8(ascii: "}")) else { return 0 }
    var (number, unit, index) = (0 as UInt64, 1 as UInt64, end)
    while index > 0, unit < 1 << 60 {
      index -= 1
      let byte = text[index]
      if byte == UInt8(ascii: "."), index == end - 7 { continue }
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { break }
      number &+= UInt64(byte - UInt8(ascii: "0")) &* unit
      unit *= 10
    }
    return unit > 1_000_000 ? number : 0
  }
}
