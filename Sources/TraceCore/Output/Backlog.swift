/// The lines that a sink's reader has kept waiting, in their order.
///
/// Callers hold Python's GIL, but for `write`.
public final class Backlog {
  /// Beyond this many bytes a line whose thread will not wait is dropped.
  static let mostBytes = 64 * 1024

  /// Behind what is being written.
  private var queue = Bytes()
  /// What one thread writes, without the GIL. Touched within `turn` alone: a thread may have
  /// claimed it that has not begun yet.
  private var piece = Bytes()
  private var isBeingWritten = false
  private var isAncestors = false
  private let turn = Turn()
  /// How many bytes there have been, and how many of them are written.
  public private(set) var end = 0
  /// How many of the bytes that were appended have been written.
  public private(set) var written = 0

  /// An empty backlog.
  public init() {}

  /// Whether all that was appended is written.
  public var isEmpty: Bool { end == written }

  /// Where `written` has to be for the next line to be taken.
  public var roomAt: Int { end - Self.mostBytes }
  /// Whether the next line can be taken: no more than `mostBytes` wait.
  public var hasRoom: Bool { written >= roomAt }

  /// How many bytes wait.
  public var pending: Int { end - written }

  /// Puts a line behind those that wait. The bytes are copied.
  public func append(_ line: UnsafeRawBufferPointer) {
    dropAncestors()
    queue.append(contentsOf: line)
    end += line.count
  }

  /// Takes what there is to be written. `settle` is then to be called, with the GIL.
  /// - Returns: false where another thread does.
  public func claim() -> Bool {
    if isBeingWritten { return false }
    dropAncestors()
    turn.take { piece.append(contentsOf: queue) }
    queue.removeAll(keepingCapacity: true)
    isBeingWritten = true
    return true
  }

  /// Writes what was claimed; otherwise lets the thread that did go first.
  public func write(to sink: Sink, _ patience: Patience, claimed: Bool) -> TraceError? {
    turn.take {
      if !claimed { return nil }
      let (outcome, rest) = piece.withUnsafeBytes { Self.finish($0, sink, patience) }
      piece.removeFirst(max(piece.count - rest, 0))
      if case .failed(let error) = outcome { return error }
      return nil
    }
  }

  private static func finish(_ bytes: UnsafeRawBufferPointer, _ sink: Sink, _ patience: Patience)
    -> (outcome: Sink.Outcome, rest: Int)
  {
    let outcome = sink.finish(bytes, patience)
    if case .mustWait(let rest) = outcome { return (outcome, rest.count) }
    return (outcome, 0)
  }

  /// Counts what the thread that had claimed it has written. To be called with the GIL, after
  /// `write`.
  public func settle() {
    isBeingWritten = false
    written = end - turn.take { piece.count } - queue.count
  }

  /// At the process's end: a thread that writes will not come back for the GIL.
  /// - Returns: what it has left, and all behind it.
  public func takeAll() -> Bytes {
    dropAncestors()
    let left = turn.take {
      defer { piece = [] }
      return piece
    }
    defer { (queue, isBeingWritten) = ([], false) }
    written = end
    return left + queue
  }

  /// In a child that was forked: the lines are the parent's to write. Frees nothing.
  public func forked() {
    turn.forked()
    isAncestors = !isEmpty || isAncestors
    isBeingWritten = false
    written = end
  }

  private func dropAncestors() {
    if !isAncestors { return }
    isAncestors = false
    (piece, queue) = ([], [])
  }
}
