import CPython
import CSystem

/// How much of its C stack a thread may take for frames that a function of ours evaluates.
///
/// Each of them takes some 500 bytes of it. Without us a Python function that is called by
/// another takes none, so that a recursion of any depth fits.
struct ThreadStack {
  /// A quarter of it; no more than this.
  private static var most: UInt { 16 << 20 }
  /// The size that a stack is taken to have if it cannot be found out, in bytes.
  private static var least: UInt { 64 << 10 }
  /// What has to be given back before frames are evaluated again: about 20 of them.
  private static var margin: UInt { 16 << 10 }

  /// The thread that `end` is of; others' are kept under `key`.
  private var thread: UInt = 0
  private var end: UInt = 0
  private var key = pthread_key_t()

  init() { pthread_key_create(&key, nil) }

  /// The running thread has taken it all.
  @inline(__always)
  mutating func isUsedUp() -> Bool {
    let thread = UInt(cpython_thread())
    if thread != self.thread { look(thread) }
    return UInt(cpython_stack_place()) < end
  }

  mutating func isFreeAgain() -> Bool {
    !isUsedUp() && UInt(cpython_stack_place()) - end > Self.margin
  }

  private mutating func look(_ thread: UInt) {
    end = UInt(bitPattern: pthread_getspecific(key))
    if end == 0 {
      end = Self.measure()
      pthread_setspecific(key, UnsafeRawPointer(bitPattern: end))
    }
    self.thread = thread
  }

  private static func measure() -> UInt {
    var (start, size) = (0 as UInt, 0)
    guard csystem_thread_stack(&start, &size) != 0 else {
      return UInt(cpython_stack_place()) &- least
    }
    return start &+ UInt(size) &- min(UInt(size) / 4, most)
  }
}
