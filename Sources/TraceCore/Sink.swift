/// Memory that lines may be copied into without asking the sink.
public struct OutputWindow {
  public var next: UnsafeMutableRawPointer
  public var free: Int

  @inlinable @inline(__always)
  public mutating func copy(_ line: RenderedLine) -> Bool {
    copy(UnsafeRawBufferPointer(start: line.start, count: line.count))
  }

  @inlinable @inline(__always)
  public mutating func copy(_ line: UnsafeRawBufferPointer) -> Bool {
    let count = line.count
    if count > free { return false }
    next.copyMemory(from: line.baseAddress.unsafelyUnwrapped, byteCount: count)
    next += count
    free -= count
    return true
  }
}

/// Where printed lines go. A line is copied into `window` where it fits there and
/// is `put` otherwise.
///
/// Not safe for use by several threads at once, but for `finish`: the callers
/// hold Python's GIL.
public class Sink {
  /// What became of bytes that were put.
  public enum Outcome {
    case done
    /// The reader has to catch up first: `finish` waits for it, with these bytes
    /// still to be written.
    case mustWait(UnsafeRawBufferPointer)
    case failed(TraceError)
  }

  /// A sink with no memory of its own leaves it empty.
  public let window: UnsafeMutablePointer<OutputWindow>
  private let memory: UnsafeMutableRawBufferPointer

  /// Drops what it is given.
  nonisolated(unsafe) public static let none = Sink(capacity: 0)

  init(capacity: Int) {
    memory = .allocate(byteCount: Swift.max(capacity, 1), alignment: 1)
    window = .allocate(capacity: 1)
    window.initialize(
      to: OutputWindow(next: memory.baseAddress.unsafelyUnwrapped, free: capacity))
  }

  deinit {
    window.deallocate()
    memory.deallocate()
  }

  /// What was copied into the window and not taken out of it yet.
  final func takeWindow(capacity: Int) -> UnsafeRawBufferPointer {
    let filled = capacity - window.pointee.free
    let start = memory.baseAddress.unsafelyUnwrapped
    window.pointee = OutputWindow(next: start, free: capacity)
    return UnsafeRawBufferPointer(start: start, count: filled)
  }

  /// Takes bytes that did not fit into the window; never waits for a reader.
  public func put(_ bytes: UnsafeRawBufferPointer) -> Outcome { .done }

  /// Writes what `put` had to leave, waiting for the reader. The GIL need not be
  /// held; several threads take their turns, each with whole lines.
  public func finish(_ bytes: UnsafeRawBufferPointer) -> Outcome { .done }

  /// Hands on what is still in the window.
  public func flush() -> Outcome { .done }

  /// Whether several processes write to the same place.
  public var isShared: Bool { false }

  /// This process is a child that was forked: what is in the window is the parent's
  /// to write. Calls nothing that a child of a process with threads may not call.
  public func forked() {}
}
