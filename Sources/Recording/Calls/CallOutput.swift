/// A call that has ended, or a generator that has gone on and was suspended again.
public struct EndedCall {
  /// How a call came to its end.
  public enum Ending: UInt8, Sendable {
    /// The frame has returned.
    case returned
    /// The frame was suspended by `yield` or `await`.
    case suspended
    /// An exception has left the frame.
    case unwound
    /// The recording ends before the call.
    case open
  }

  /// The numbers of calls are in the order in which they begin, from 1 on.
  public let number: UInt32
  /// The number of the call that it was made in; 0: none that was recorded.
  public let parent: UInt32
  /// The number of its code object.
  public let code: UInt32
  /// The number of its thread.
  public let thread: UInt32
  /// The place of the line that called; 0: it is not known.
  public let site: UInt32
  /// How many recorded calls it was made in.
  public let depth: Int
  /// When it began, in nanoseconds since the recording began.
  public let start: UInt64
  /// When it ended, in nanoseconds since the recording began.
  public internal(set) var end: UInt64
  /// How it ended.
  public internal(set) var ending = Ending.open
  /// A suspended frame has gone on.
  public let isResumed: Bool
}

/// What is told of the calls of a recording, in the order in which they happened.
open class CallOutput {
  /// Nothing more is wanted.
  public var isDone = false

  /// Does nothing with any call until a subclass overrides the methods.
  public init() {}

  /// A call begins.
  /// - Parameter time: in nanoseconds since the recording began.
  open func began(_ code: UInt32, thread: UInt32, at time: UInt64) {}
  /// A call has ended. Those that were made in it have ended before.
  open func ended(_ call: EndedCall) {}
  /// What was said at a place, such as `# x = 3`, while a call ran.
  /// - Parameter call: its number; 0: none that was recorded.
  open func noted(
    _ text: [UInt8], at place: UInt32, thread: UInt32, in call: UInt32, _ time: UInt64
  ) {}
}
