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
extension Tracer {
  /// An exception is being thrown into the frame that runs.
  func noteThrow() {
    guard let frame = PyEval_GetFrame() else { return }
    takeThread()
    let (known, waiting) = depths.hasGreenlets ? (knownDepth, 1) : beneath(frame)
    depths.thrown.append(
      Throw(frame: UInt(bitPattern: frame), known: known, isAwaited: waiting > 0))
    hot.pointee.depthThread = 0
  }

  private var knownDepth: KnownDepth { (depths.frame, hot.pointee.depth) }

  /// Counts the frames in scope that wait for one into which an exception is thrown.
  private func beneath(_ frame: OpaquePointer) -> (KnownDepth, Int) {
    let found = withExceptionsContained { () throws(PythonError) in
      try waiting(for: PyRef(retaining: Borrowed(frame)))
    }
    guard let found, let found, !depths.isCareful || depths.frame == found.thrower else {
      recountDepth()
      return ((0, 0), 1)
    }
    let depth = hot.pointee.depth
    (depths.isCareful, depths.frame) = (false, 0)
    hot.setDepth(depth + found.count)
    return ((found.thrower, depth), found.count)
  }

  /// - Returns: how many are in scope, and the frame below them, which has thrown the
  ///   exception; nil where this Python's instructions are not known.
  private func waiting(for thrown: consuming PyRef) throws(PythonError) -> (
    count: Int, thrower: UInt
  )? {
    guard let opcodes = Interpreter.exceptionOpcodes else { return nil }
    var frame = try thrown.attribute("f_back")
    var count = 0
    while !frame.isNone {
      let code = PyRef.code(of: frame.borrowed)
      guard try Self.waits(frame, code, opcodes) else { break }
      if isTraced(code.borrowed) { count += 1 }
      frame = try frame.attribute("f_back")
    }
    return (count, frame.isNone ? 0 : UInt(bitPattern: frame.borrowed))
  }

  /// Whether a frame is at a `yield from` or an `await`, and so does not itself run: it goes
  /// on at a `RESUME` which says that.
  private static func waits(
    _ frame: borrowing PyRef, _ code: borrowing PyRef, _ opcodes: ExceptionOpcodes
  ) throws(PythonError) -> Bool {
    guard try CodeEntry.isResumable(code.borrowed) else { return false }
    let place = try frame.attribute("f_lasti").integer
    let instructions = try code.attribute("co_code")
    guard let bytes = Bytes(bytesObject: instructions.borrowed) else { return false }
    return opcodes.waits(bytes, at: place) || opcodes.waits(bytes, at: place + 2)
  }

  /// The frame that runs ends or yields.
  /// - Returns: whether an exception was thrown into it. Who waits for it runs on, with or
  ///   without an event, unless it has yielded for all of them.
  func endThrow(isYield: Bool) -> Bool {
    if depths.thrown.isEmpty { return false }
    let frame = UInt(bitPattern: PyEval_GetFrame())
    guard let place = depths.thrown.lastIndex(where: { $0.frame == frame }) else { return false }
    let ended = depths.thrown.remove(at: place)
    hot.setDepth(ended.known.depth)
    if depths.isCareful || ended.isAwaited && !isYield || ended.known.frame == 0 {
      (depths.isCareful, depths.frame) = (true, ended.known.frame)
    }
    trustCalls()
    return true
  }

  // MARK: on 3.11, where the frame evaluation function says when that begins and ends

  /// - Parameter waiting: how many frames in scope do.
  func beginThrow(waiting: Int) -> KnownDepth {
    takeThread()
    let known = knownDepth
    if !depths.isCareful { hot.setDepth(known.depth + waiting) }
    return known
  }

  func endThrow(_ known: KnownDepth) {
    takeThread()
    hot.setDepth(known.depth)
    if depths.isCareful { depths.frame = known.frame }
  }
}
