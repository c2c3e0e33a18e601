import CSystem

/// A file of the trace's own. Lines gather in a buffer; `flush` writes them.
///
/// A child that was forked writes a file of its own, each line as it runs: such a
/// child often ends by `_exit`, which no buffer survives.
public final class FileSink: Sink {
  static let capacity = 64 * 1024
  private var descriptor: Descriptor
  private let name: OutputName
  private var isForked = false
  private var hasOwnFile = false

  /// The sink for `path`: what is not a regular file (a FIFO, a terminal) is
  /// written line by line.
  /// - Throws: `cannotOpen` with the path and `errno`.
  /// - Parameter isChild: the name alone is an ancestor's.
  public static func open(_ name: OutputName, isChild: Bool = false) throws(TraceError) -> Sink {
    let descriptor = try open(path: isChild ? name.pathOfChild : name.path)
    return descriptor.isRegularFile ? FileSink(descriptor, name) : DescriptorSink(descriptor)
  }

  private static func open(path: Bytes) throws(TraceError) -> Descriptor {
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    return Descriptor(owning: try SystemCalls.open(path, flags, mode: 0o600))
  }

  private init(_ descriptor: Descriptor, _ name: OutputName) {
    self.descriptor = descriptor
    self.name = name
    super.init(capacity: Self.capacity)
  }

  deinit { _ = flush() }

  public override func put(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    if isForked { return putAsChild(bytes) }
    if case .failed(let error) = flush() { return .failed(error) }
    if bytes.count > Self.capacity { return descriptor.write(bytes, waits: true) }
    window.pointee.next.copyMemory(from: bytes.baseAddress.unsafelyUnwrapped, byteCount: bytes.count)
    window.pointee.next += bytes.count
    window.pointee.free -= bytes.count
    return .done
  }

  /// The child's file is opened with its first line: most children only `exec`.
  private func putAsChild(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    do throws(TraceError) {
      if !hasOwnFile { descriptor = try Self.open(path: name.pathOfChild) }
      hasOwnFile = true
    } catch {
      return .failed(error)
    }
    return descriptor.write(bytes, waits: true)
  }

  public override func finish(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    descriptor.write(bytes, waits: true)
  }

  public override func flush() -> Outcome {
    if isForked { return .done }
    return descriptor.write(takeWindow(capacity: Self.capacity), waits: true)
  }

  public override func forked() {
    (isForked, hasOwnFile) = (true, false)
    window.pointee.free = 0
  }
}
