/// Memory that lines may be copied into without asking the sink.
public struct OutputWindow {
  /// The first free byte; nil if nothing is free.
  public var next: UnsafeMutableRawPointer?
  /// How many bytes are free from `next` on.
  public var free: Int

  static var empty: OutputWindow { OutputWindow(next: nil, free: 0) }

  /// Copies a rendered line if it fits.
  /// - Returns: whether it was copied.
  @inlinable @inline(__always)
  public mutating func copy(_ line: RenderedLine) -> Bool {
    copy(UnsafeRawBufferPointer(start: line.start, count: line.count))
  }

  /// Copies bytes if they fit, all or none of them.
  /// - Returns: whether they were copied.
  @inlinable @inline(__always)
  public mutating func copy(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let count = bytes.count
    guard count <= free, let next, let start = bytes.baseAddress else { return false }
    next.copyMemory(from: start, byteCount: count)
    self.next = next + count
    free &-= count
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

  /// Empty in a sink with no memory of its own.
  public let window: UnsafeMutablePointer<OutputWindow>

  /// Drops what it is given.
  nonisolated(unsafe) public static let none = Sink()

  init() {
    window = .allocate(capacity: 1)
    window.initialize(to: .empty)
  }

  deinit { window.deallocate() }

  /// Takes bytes that did not fit into the window; never waits for a reader.
  public func put(_ bytes: UnsafeRawBufferPointer) -> Outcome { .done }

  /// Writes what `put` had to leave, waiting for the reader. The GIL need not be
  /// held; several threads take their turns, each with whole lines.
  public func finish(_ bytes: UnsafeRawBufferPointer, _ patience: Patience) -> Outcome { .done }

  /// A reader that does not read is waited for no longer than a second: it may be this very
  /// process.
  public final func finishSoon(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    var (outcome, left, tries) = (Outcome.mustWait(bytes), bytes.count, 0)
    while case .mustWait(let rest) = outcome, tries < 10 {
      (left, tries) = (rest.count, rest.count < left ? 0 : tries + 1)
      outcome = finish(rest, .some)
    }
    return outcome
  }

  /// Hands on what is in the window. Nothing is lost without: it is for who looks at
  /// the end of the file.
  public func flush() -> Outcome { .done }

  /// Takes what comes after the last line, once that is flushed, also of a trace that
  /// failed.
  public func putLast(_ bytes: UnsafeRawBufferPointer) -> Outcome { put(bytes) }

  /// The file that is this process's alone; nil where there is none, or none yet.
  public var filePath: Bytes? { nil }

  /// In a child that was forked, at its first line: finds its file, where it has one.
  public func settle() {}

  /// Whether the reader may be a thread of this process.
  public var isReadHere: Bool { false }

  /// Whether several processes write to the same place.
  public var isShared: Bool { false }

  /// The descriptor for what is printed to a place that processes may share.
  public var sharedDescriptor: Int? { nil }

  /// Lines may be copied into `window`: there is memory for them, now or later.
  public var hasWindow: Bool { false }

  /// What a line may be written to at once, while that is fresh. It stays where it is.
  public var direct: UnsafeMutablePointer<DirectWrite>? { nil }

  /// The memory that lines for this sink are rendered in.
  public var lines: LineMemory { .heap }

  /// This process is a child that was forked: what is in the window is the parent's.
  /// Calls nothing that a child of a process with threads may not call.
  public func forked() {}
}
