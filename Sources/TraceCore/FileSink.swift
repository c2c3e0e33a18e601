import CSystem

/// A file of the trace's own. Lines gather in a buffer; `flush` writes them.
public final class FileSink: Sink {
  static let capacity = 64 * 1024
  private let descriptor: Descriptor

  /// The sink for `path`: what is not a regular file (a FIFO, a terminal) is
  /// written line by line.
  /// - Throws: `cannotOpen` with the path and `errno`.
  public static func open(_ path: Bytes) throws(TraceError) -> Sink {
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    let descriptor = Descriptor(owning: try SystemCalls.open(path, flags, mode: 0o600))
    return descriptor.isRegularFile ? FileSink(descriptor) : DescriptorSink(descriptor)
  }

  private init(_ descriptor: Descriptor) {
    self.descriptor = descriptor
    super.init(capacity: Self.capacity)
  }

  deinit { _ = flush() }

  public override func put(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    if case .failed(let error) = flush() { return .failed(error) }
    if bytes.count > Self.capacity { return descriptor.write(bytes, waits: true) }
    window.pointee.next.copyMemory(
      from: bytes.baseAddress.unsafelyUnwrapped, byteCount: bytes.count)
    window.pointee.next += bytes.count
    window.pointee.free -= bytes.count
    return .done
  }

  public override func finish(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    descriptor.write(bytes, waits: true)
  }

  public override func flush() -> Outcome {
    descriptor.write(takeWindow(capacity: Self.capacity), waits: true)
  }
}
