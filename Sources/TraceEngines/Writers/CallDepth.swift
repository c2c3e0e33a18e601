import CPython
import PythonInterop
import TraceCore

/// How many calls in scope deep each thread is, where that is asked for.
///
/// Calls add one and returns take it away, where each call returns on the thread, and on the
/// stack, that it was made on. Where that is not so (`isCareful`) depth is that of the frames: a
/// greenlet that waits has frames which do not end, and a `throw` passes by the generators
/// that wait for the one it comes to: they run beneath it, and no event says so.
final class CallDepth {
  let code: CodeRegistry
  let hot: UnsafeMutablePointer<HotState>
  /// The depths of the threads that do not run.
  private var kept: [NumberOfKey] = []
  /// The thread that `HotState.depth` is of.
  private var thread: UInt = 0
  /// Calls and returns are not trusted: the frames are looked at. `HotState.depthThread` is 0.
  var isCareful = false
  /// While that is so: the frame that `HotState.depth` is of. 0: none is known.
  var frame: UInt = 0
  /// There are several stacks in a thread.
  private(set) var hasGreenlets = false
  /// The exceptions that were thrown into frames, until these end or yield. While there are
  /// any, `HotState.depthThread` is 0.
  var thrown: [Throw] = []
  /// What does not count: frames in scope at the bottom of a stack, and the first of them.
  private var below: (bottom: UInt, depth: Int) = (0, 0)

  /// Stands for the depth of a thread whose frames are still to be counted.
  private static var unknown: Int { -1 }

  init(_ code: CodeRegistry) { (self.code, hot) = (code, code.hot) }

  /// The depth of the frame that runs.
  var now: Int {
    take()
    return hot.pointee.depth
  }

  @inline(__always)
  private var isAtHand: Bool { hot.pointee.depthThread == UInt(cpython_thread()) }

  func enter() {
    if isAtHand { hot.pointee.setDepth(hot.pointee.depth + 1) } else { enterAnother() }
  }

  @inline(never)
  private func enterAnother() {
    takeThread()
    if isCareful { return countFrames(isNew: true) }
    hot.pointee.setDepth(hot.pointee.depth + 1)
  }

  func leave(isYield: Bool) {
    if isAtHand {
      hot.pointee.setDepth(hot.pointee.depth - 1)
    } else {
      leaveAnother(isYield: isYield)
    }
  }

  @inline(never)
  private func leaveAnother(isYield: Bool) {
    take()
    if endThrow(isYield: isYield) { return }
    if isCareful { leaveFrame() }
    hot.pointee.setDepth(hot.pointee.depth - 1)
  }

  /// Has `HotState.depth` be that of the thread that runs.
  @inline(never)
  func take() {
    if isAtHand { return }
    takeThread()
    if isCareful { countFrames(isNew: false) }
  }

  /// Has the lines from now on say how deep they are.
  func show() { hot.pointee.setDepth(now) }

  func takeThread() {
    let thread = UInt(cpython_thread())
    if self.thread != thread {
      let depth = exchange(isCareful ? Self.unknown : hot.pointee.depth, forThatOf: thread)
      self.thread = thread
      if isCareful || depth == Self.unknown { recount() }
      hot.pointee.setDepth(depth)
    }
    trustCalls()
  }

  /// Keeps the depth of the thread that ran, and returns that of another.
  private func exchange(_ depth: Int, forThatOf next: UInt) -> Int {
    keep(depth, of: thread)
    let key = Int(bitPattern: next)
    guard let index = kept.firstIndex(where: { $0.key == key }) else { return 0 }
    return kept.remove(at: index).number
  }

  private func keep(_ depth: Int, of thread: UInt) {
    if depth != 0 { kept.append(NumberOfKey(Int(bitPattern: thread), depth)) }
  }

  func trustCalls() {
    if !isCareful, thrown.isEmpty { hot.pointee.depthThread = thread }
  }

  // MARK: careful counting

  /// Calls count from here, of every thread.
  func forget() {
    (hot.pointee.depth, hot.pointee.depthThread) = (0, 0)
    hot.pointee.ring.setDepth(0)
    (kept, thread, isCareful, frame, hasGreenlets) = ([], 0, false, 0, false)
    (thrown, below) = ([], (0, 0))
    if hot.pointee.countsCalls { lookForGreenlets() }
  }

  /// Once they are there, they stay. To be asked while code is met that is new: importing
  /// them runs some.
  func lookForGreenlets() {
    guard !hasGreenlets, Interpreter.hasSeveralStacks else { return }
    hasGreenlets = true
    recount()
  }

  /// Has the frames be counted at the next event.
  func recount() {
    hot.pointee.depthThread = 0
    (isCareful, frame) = (true, 0)
  }

  /// - Parameter isNew: the frame begins or goes on; what its address stood for before is no more.
  private func countFrames(isNew: Bool) {
    guard let running = Frame.running else { return }
    let counted = withExceptionsContained { () throws(PythonError) in
      try depth(of: running, isNew: isNew)
    }
    frame = counted == nil ? 0 : running.address
    hot.pointee.setDepth(counted ?? hot.pointee.depth + (isNew ? 1 : 0))
    if hasGreenlets || counted == nil { return }
    (isCareful, frame) = (false, 0)
    trustCalls()
  }

  /// The frame that runs ends or yields. What comes next may be on another stack.
  private func leaveFrame() {
    guard let running = Frame.running else { return }
    frame = code.caller(of: running)?.frame.address ?? 0
  }

  // MARK: frames

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
      keep(try depth(of: Frame(pair[1]), isNew: true), of: thread)
    }
  }

  /// What is on the stack of the thread that runs does not count.
  /// - Parameter program: but for the frame that runs.
  func countFromHere(program: Bool) throws(PythonError) {
    guard let running = Frame.running else { return }
    below = (0, 0)
    let all = try stack(from: running, isNew: true)
    below = (all.bottom, max(all.depth - (program ? 1 : 0), 0))
  }

  private func depth(of frame: Frame, isNew: Bool) throws(PythonError) -> Int {
    let found = try stack(from: frame, isNew: isNew)
    return found.bottom == below.bottom ? found.depth - below.depth : found.depth
  }

  /// Down to the frame whose depth is known, or to the bottom.
  /// - Returns: the depth, and which frame is at the bottom; 0 where that was not looked for.
  private func stack(from innermost: Frame, isNew: Bool) throws(PythonError) -> (
    depth: Int, bottom: UInt
  ) {
    var (depth, bottom) = (0, 0 as UInt)
    let hasSeenAll = try innermost.forEachInStack { frame in
      if frame.address == self.frame, bottom != 0 || !isNew { return false }
      bottom = frame.address
      if code.isTraced(frame.code) { depth += 1 }
      return true
    }
    return hasSeenAll ? (depth, bottom) : (hot.pointee.depth + depth, 0)
  }
}

// MARK: exceptions that are thrown into frames

/// The generators that wait for the one that an exception comes to are beneath it while it
/// runs. What is below them has not changed: its depth is known, and its frames are not
/// counted.
extension CallDepth {
  /// An exception is being thrown into the frame that runs.
  func noteThrow() {
    guard let running = Frame.running else { return }
    takeThread()
    let (known, waiting) = hasGreenlets ? (knownDepth, 1) : beneath(running)
    thrown.append(Throw(frame: running.address, known: known, isAwaited: waiting > 0))
    hot.pointee.depthThread = 0
  }

  private var knownDepth: KnownDepth { (frame, hot.pointee.depth) }

  /// Counts the frames in scope that wait for one into which an exception is thrown.
  private func beneath(_ running: Frame) -> (KnownDepth, Int) {
    let found = withExceptionsContained { () throws(PythonError) in try waiting(for: running) }
    guard let found, let found, !isCareful || frame == found.thrower else {
      recount()
      return ((0, 0), 1)
    }
    let depth = hot.pointee.depth
    (isCareful, frame) = (false, 0)
    hot.pointee.setDepth(depth + found.count)
    return ((found.thrower, depth), found.count)
  }

  /// - Returns: how many are in scope, and the frame below them, which has thrown the
  ///   exception; nil where this Python's instructions are not known.
  private func waiting(for thrown: Frame) throws(PythonError) -> (count: Int, thrower: UInt)? {
    guard let opcodes = Interpreter.opcodes else { return nil }
    var (count, thrower) = (0, 0 as UInt)
    try thrown.forEachCaller { caller throws(PythonError) in
      guard try Self.waits(caller, opcodes) else {
        thrower = caller.address
        return false
      }
      if code.isTraced(caller.code) { count += 1 }
      return true
    }
    return (count, thrower)
  }

  /// Whether a frame is at a `yield from` or an `await`, and so does not itself run: it goes
  /// on at a `RESUME` which says that.
  private static func waits(_ frame: Frame, _ opcodes: Opcodes) throws(PythonError) -> Bool {
    guard try frame.code.isResumable else { return false }
    let offset = try frame.offset
    let instructions = try frame.code.instructions
    return opcodes.waits(instructions, at: offset) || opcodes.waits(instructions, at: offset + 2)
  }

  /// The frame that runs ends or yields.
  /// - Returns: whether an exception was thrown into it. Who waits for it runs on, with or
  ///   without an event, unless it has yielded for all of them.
  func endThrow(isYield: Bool) -> Bool {
    if thrown.isEmpty { return false }
    let running = Frame.running?.address ?? 0
    guard let index = thrown.lastIndex(where: { $0.frame == running }) else { return false }
    let ended = thrown.remove(at: index)
    hot.pointee.setDepth(ended.known.depth)
    if isCareful || ended.isAwaited && !isYield || ended.known.frame == 0 {
      (isCareful, frame) = (true, ended.known.frame)
    }
    trustCalls()
    return true
  }

  // MARK: on 3.11, where the frame evaluation function says when that begins and ends

  /// - Parameter waiting: how many frames in scope do.
  func beginThrow(waiting: Int) -> KnownDepth {
    takeThread()
    let known = knownDepth
    if !isCareful { hot.pointee.setDepth(known.depth + waiting) }
    return known
  }

  func endThrow(_ known: KnownDepth) {
    takeThread()
    hot.pointee.setDepth(known.depth)
    if isCareful { frame = known.frame }
  }
}

/// An exception that was thrown into a frame.
struct Throw {
  let frame: UInt
  /// A frame below it, and the depth of that one: they are true again when the frame has ended
  /// or yielded.
  let known: KnownDepth
  /// Frames in scope wait for it in a `yield from` or an `await`.
  let isAwaited: Bool
}

/// The depth of a frame. 0 stands for one that is not known.
typealias KnownDepth = (frame: UInt, depth: Int)
