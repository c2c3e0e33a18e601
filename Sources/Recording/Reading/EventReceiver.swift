/// What is told of the events of a recording, in the order in which they happened.
open class EventReceiver {
  /// Nothing more is wanted. It is asked for after each stretch of one thread.
  public var isDone = false

  /// Does nothing with any event until a subclass overrides the methods.
  public init() {}

  /// A stretch of one thread's events begins.
  /// - Parameter time: of the monotonic clock, in nanoseconds.
  open func begin(thread: UInt32, time: UInt64) {}
  /// A line begins to run.
  open func line(_ place: Int) {}
  /// A frame of a code object begins.
  open func call(_ code: Int) {}
  /// A suspended frame goes on.
  /// - Parameter activation: tells the frames of one code object apart; 0 if it is not known.
  open func resume(_ code: Int, activation: UInt64) {}
  /// The frame returns.
  open func `return`() {}
  /// The frame is suspended by `yield` or `await`.
  /// - Parameter activation: as `resume` has it.
  open func yield(activation: UInt64) {}
  /// An exception was raised in the frame, or has come to it from a call.
  open func raise() {}
  /// The frame has caught the exception.
  open func caught() {}
  /// An exception leaves the frame.
  open func unwind() {}
  /// What the lines of a thread carry from here on; 0: nothing.
  open func label(_ label: Int) {}
  /// The time by now.
  /// - Parameter time: of the monotonic clock, in nanoseconds.
  open func time(_ time: UInt64) {}
  /// The process has forked.
  /// - Parameter child: the pid of the child.
  open func fork(child: UInt64, time: UInt64) {}
  /// - Parameter status: nil: it is not known.
  open func finish(status: Int?, time: UInt64) {}
  /// Bytes that a text trace has between its lines.
  open func text(_ bytes: UnsafeRawBufferPointer) {}
  /// A text about a place, such as `x = 3`.
  /// - Parameter indentation: in spaces; nil: as the place's own line.
  open func note(_ text: UnsafeRawBufferPointer, at place: Int, indentation: Int?) {}
  /// A line or a note as it is printed. Who does not print takes it for a line.
  open func spelled(_ text: UnsafeRawBufferPointer, at place: Int, isNote: Bool) {
    if !isNote { line(place) }
  }
  /// The text or the note before goes on.
  open func more(_ bytes: UnsafeRawBufferPointer) {}
}
