/// What is told of the events of a recording, in the order in which they happened.
open class EventReceiver {
  /// Nothing more is wanted. It is asked for after each stretch of one thread.
  public var isDone = false

  public init() {}

  /// A stretch of one thread's events begins.
  /// - Parameter time: of the monotonic clock, in nanoseconds.
  open func begin(thread: UInt32, time: UInt64) {}
  open func line(_ place: Int) {}
  open func call(_ code: Int) {}
  open func resume(_ code: Int, activation: UInt64) {}
  open func `return`() {}
  open func yield(activation: UInt64) {}
  open func raise() {}
  open func caught() {}
  /// An exception leaves the frame.
  open func unwind() {}
  /// What the lines of a thread carry from here on; 0: nothing.
  open func label(_ label: Int) {}
  open func time(_ time: UInt64) {}
  open func fork(child: UInt64, time: UInt64) {}
  /// - Parameter status: nil: it is not known.
  open func finish(status: Int?, time: UInt64) {}
  open func text(_ bytes: UnsafeRawBufferPointer) {}
  open func note(_ text: UnsafeRawBufferPointer, at place: Int, indentation: Int?) {}
  /// The text or the note before goes on.
  open func more(_ bytes: UnsafeRawBufferPointer) {}
}
