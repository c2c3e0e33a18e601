import CPython
import PythonInterop
import TraceCore

/// How many calls in scope deep each thread is, where that is asked for.
///
/// Calls add one and returns take it away, where each call returns on the thread, and on the
/// stack, that it was made on. Where that is not so (`CallDepths.isCareful`) depth is that of
/// the frames.
extension UnsafeMutablePointer<HotState> {
  func entered(_ code: Borrowed) {
    if pointee.awaitsProgram { pointee.tracer.meetProgram(code) }
    guard isDepthAtHand else { return pointee.tracer.enterDepth() }
    setDepth(pointee.depth + 1)
  }

  func left(isYield: Bool) {
    guard isDepthAtHand else { return pointee.tracer.leaveDepth(isYield: isYield) }
    setDepth(pointee.depth - 1)
  }

  /// Has `depth` be that of the thread that runs.
  func takeDepth() {
    if !isDepthAtHand { pointee.tracer.takeDepth() }
  }

  @inline(__always)
  private var isDepthAtHand: Bool { pointee.depthThread == UInt(cpython_thread()) }

  /// In the lines from now on.
  func showDepth() {
    takeDepth()
    setDepth(pointee.depth)
  }

  func setDepth(_ depth: Int) {
    pointee.depth = Swift.max(depth, 0)
    // A frame's own call is the first one.
    pointee.ring.setDepth(Swift.max(depth - 1, 0))
  }
}

/// The depths of the threads that do not run, and how that of the one which does is found.
struct CallDepths {
  /// Of a thread whose frames are to be counted.
  static let unknown = -1

  private var kept: [(thread: UInt, depth: Int)] = []
  /// The thread that `HotState.depth` is of.
  var thread: UInt = 0
  /// Calls and returns are not trusted: the frames are looked at. `HotState.depthThread` is 0.
  var isCareful = false
  /// While that is so: the frame that `HotState.depth` is of. 0: none is known.
  var frame: UInt = 0
  /// There are several stacks in a thread.
  var hasGreenlets = false
  /// The exceptions that were thrown into frames, until these end or yield. While there are
  /// any, `HotState.depthThread` is 0.
  var thrown: [Throw] = []
  /// What does not count: frames in scope at the bottom of a stack, and the first of them.
  fileprivate var below: (bottom: UInt, depth: Int) = (0, 0)

  /// Keeps the depth of a thread and returns that of another.
  mutating func exchange(_ depth: Int, of thread: UInt, forThatOf next: UInt) -> Int {
    set(depth, of: thread)
    guard let place = kept.firstIndex(where: { $0.thread == next }) else { return 0 }
    return kept.remove(at: place).depth
  }

  mutating func set(_ depth: Int, of thread: UInt) {
    if depth != 0 { kept.append((thread, depth)) }
  }
}

// MARK: careful counting

/// A greenlet that waits has frames which do not end, and a `throw` passes by the generators
/// that wait for the one it comes to: they run beneath it, and no event says so.
extension Tracer {
  /// Calls count from here, of every thread.
  func forgetDepths() {
    (hot.pointee.depth, hot.pointee.depthThread) = (0, 0)
    hot.pointee.ring.setDepth(0)
    depths = CallDepths()
    if hot.pointee.countsCalls { lookForGreenlets() }
  }

  /// Once they are there, they stay. To be asked while code is met that is new: importing
  /// them runs some.
  func lookForGreenlets() {
    guard !depths.hasGreenlets, Interpreter.hasSeveralStacks else { return }
    depths.hasGreenlets = true
    recountDepth()
  }

  /// Has the frames be counted at the next event.
  func recountDepth() {
    hot.pointee.depthThread = 0
    (depths.isCareful, depths.frame) = (true, 0)
  }

  @inline(never)
  fileprivate func enterDepth() {
    takeThread()
    if depths.isCareful { return countFrames(isNew: true) }
    hot.setDepth(hot.pointee.depth + 1)
  }

  @inline(never)
  fileprivate func takeDepth() {
    takeThread()
    if depths.isCareful { countFrames(isNew: false) }
  }

  @inline(never)
  fileprivate func leaveDepth(isYield: Bool) {
    takeDepth()
    if !endThrow(isYield: isYield) {
      if depths.isCareful { leaveFrame() }
      hot.setDepth(hot.pointee.depth - 1)
    }
  }

  func takeThread() {
    let thread = UInt(cpython_thread())
    if depths.thread != thread {
      let depth = depths.exchange(
        depths.isCareful ? CallDepths.unknown : hot.pointee.depth, of: depths.thread,
        forThatOf: thread)
      depths.thread = thread
      if depths.isCareful || depth == CallDepths.unknown { recountDepth() }
      hot.setDepth(depth)
    }
    trustCalls()
  }

  func trustCalls() {
    if !depths.isCareful, depths.thrown.isEmpty { hot.pointee.depthThread = depths.thread }
  }

  /// - Parameter isNew: the frame that runs begins or goes on; what its address stood for
  ///   before is no more.
  private func countFrames(isNew: Bool) {
    guard let frame = PyEval_GetFrame() else { return }
    let counted = withExceptionsContained { () throws(PythonError) in
      try depth(from: PyRef(retaining: Borrowed(frame)), isNew: isNew)
    }
    depths.frame = counted == nil ? 0 : UInt(bitPattern: frame)
    hot.setDepth(counted ?? hot.pointee.depth + (isNew ? 1 : 0))
    if depths.hasGreenlets || counted == nil { return }
    (depths.isCareful, depths.frame) = (false, 0)
    trustCalls()
  }

  /// The frame that runs ends or yields. What comes next may be on another stack.
  private func leaveFrame() {
    guard let frame = PyEval_GetFrame() else { return }
    depths.frame = caller(of: frame).map { UInt(bitPattern: $0.frame) } ?? 0
  }
}

// MARK: frames

extension Tracer {
  /// The frames in scope that were entered before, of each thread.
  func countStacked() throws(PythonError) {
    let frames = try PyRef.sys("_current_frames").call()
    let items = try frames.attribute("items").call()
    let list = try check(PySequence_List(items.borrowed))
    for item in PythonInterop.items(of: list.borrowed) {
      let pair = PythonInterop.items(of: item)
      guard pair.count == 2 else { continue }
      // On Linux the number of a thread is its address (pthread_self).
      let thread = UInt(PyLong_AsUnsignedLongMask(pair[0]))
      depths.set(try depth(from: PyRef(retaining: pair[1]), isNew: true), of: thread)
    }
  }

  /// What is on the stack of the thread that runs does not count.
  /// - Parameter program: but for the frame that runs.
  func countFromHere(program: Bool) throws(PythonError) {
    guard let frame = PyEval_GetFrame() else { return }
    depths.below = (0, 0)
    let all = try stack(from: PyRef(retaining: Borrowed(frame)), isNew: true)
    depths.below = (all.bottom, max(all.depth - (program ? 1 : 0), 0))
  }

  private func depth(from frame: consuming PyRef, isNew: Bool) throws(PythonError) -> Int {
    let found = try stack(from: frame, isNew: isNew)
    return found.bottom == depths.below.bottom ? found.depth - depths.below.depth : found.depth
  }

  /// Down to the frame whose depth is known, or to the bottom.
  /// - Returns: the depth, and which frame is at the bottom; 0 where that was not looked for.
  private func stack(from innermost: consuming PyRef, isNew: Bool) throws(PythonError) -> (
    depth: Int, bottom: UInt
  ) {
    var frame = innermost
    var (depth, bottom) = (0, 0 as UInt)
    while !frame.isNone {
      let address = UInt(bitPattern: frame.borrowed)
      if address == depths.frame, bottom != 0 || !isNew { return (hot.pointee.depth + depth, 0) }
      bottom = address
      let code = PyRef.code(of: frame.borrowed)
      if isTraced(code.borrowed) { depth += 1 }
      frame = try frame.attribute("f_back")
    }
    return (depth, bottom)
  }
}
