import CPython
import TraceCore

/// How many calls in scope deep each thread is, where that is asked for. Frames that were
/// entered before do not count.
extension UnsafeMutablePointer<HotState> {
  func entered() {
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

  private func setDepth(_ depth: Int) {
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

  mutating func forget() { depths.removeAll() }
}
