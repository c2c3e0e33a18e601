import CPython
import PythonInterop
import TraceCore

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
