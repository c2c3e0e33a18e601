import CPython
import PythonInterop
import TraceCore

/// How many calls in scope deep each thread is, where that is asked for.
extension UnsafeMutablePointer<HotState> {
  func entered(_ code: Borrowed) {
    if pointee.awaitsProgram { pointee.tracer.meetProgram(code) }
    takeDepth()
    setDepth(pointee.depth + 1)
  }

  func left() {
    takeDepth()
    setDepth(pointee.depth - 1)
  }

  /// Has `depth` be that of the thread that runs.
  func takeDepth() {
    let thread = UInt(cpython_thread())
    if pointee.depthThread == thread { return }
    let depth = pointee.tracer.depths.exchange(
      pointee.depth, of: pointee.depthThread, forThatOf: thread)
    pointee.depthThread = thread
    setDepth(depth)
  }

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

/// The depths of the threads that do not run.
struct CallDepths {
  private var depths: [(thread: UInt, depth: Int)] = []

  /// Keeps the depth of a thread and returns that of another.
  mutating func exchange(_ depth: Int, of thread: UInt, forThatOf next: UInt) -> Int {
    if depth > 0 { depths.append((thread, depth)) }
    guard let place = depths.firstIndex(where: { $0.thread == next }) else { return 0 }
    return depths.remove(at: place).depth
  }

  mutating func set(_ depth: Int, of thread: UInt) {
    if depth > 0 { depths.append((thread, depth)) }
  }

  mutating func forget() { depths.removeAll() }
}

extension Tracer {
  /// The frames in scope that were entered before, of each thread.
  func countStacked() throws(PythonError) {
    let frames = try PyRef.module("sys").attribute("_current_frames").call()
    let items = try frames.attribute("items").call()
    let list = try check(PySequence_List(items.borrowed))
    for item in PythonInterop.items(of: list.borrowed) {
      let pair = PythonInterop.items(of: item)
      guard pair.count == 2 else { continue }
      // On Linux the number of a thread is its address (pthread_self).
      let thread = UInt(PyLong_AsUnsignedLongMask(pair[0]))
      depths.set(try depth(from: PyRef(retaining: pair[1])), of: thread)
    }
  }

  private func depth(from innermost: consuming PyRef) throws(PythonError) -> Int {
    var frame = innermost
    var depth = 0
    while !frame.isNone {
      let code = try frame.attribute("f_code")
      if isTraced(code.borrowed) { depth += 1 }
      frame = try frame.attribute("f_back")
    }
    return depth
  }
}
