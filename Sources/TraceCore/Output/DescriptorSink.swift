import CSystem

/// Standard error, or a descriptor the user names: each line is written as it
/// runs, so that it keeps its place among the program's own output.
public final class DescriptorSink: Sink {
  private var descriptor: Descriptor
  /// What it is a duplicate of; nil where the descriptor is ours alone.
  private let original: CInt?
  private let turn = Turn()
  private let directWrite = UnsafeMutablePointer<DirectWrite>.allocate(capacity: 1)

  /// - Parameter number: what to write to; a private duplicate of it is taken.
  /// - Throws: `badDescriptor` where it is not open.
  public init(duplicating number: CInt) throws(TraceError) {
    descriptor = Descriptor(owning: try SystemCalls.duplicate(number))
    original = number
    directWrite.initialize(to: DirectWrite())
    super.init()
  }

  init(_ descriptor: Descriptor) {
    self.descriptor = descriptor
    original = nil
    directWrite.initialize(to: DirectWrite())
    super.init()
  }

  deinit { directWrite.deallocate() }

  public override var direct: UnsafeMutablePointer<DirectWrite>? { directWrite }

  var number: CInt { descriptor.number }

  /// Whether the program has left it open.
  var isOurs: Bool { descriptor.isOurs }

  public override var isShared: Bool { true }

  public override var sharedDescriptor: Int? { Int(descriptor.number) }

  public override var isReadHere: Bool { descriptor.isReadHere }

  public override func forked() { turn.forked() }

  public override func put(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    let outcome = write(bytes, .none)
    directWrite.pointee = descriptor.direct
    return outcome
  }

  public override func putLast(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    if descriptor.isOurs || restore() { return put(bytes) }
    return .failed(TraceError(.cannotWrite, errno: EBADF, subject: []))
  }

  public override func finish(_ bytes: UnsafeRawBufferPointer, _ patience: Patience) -> Outcome {
    turn.take { write(bytes, patience) }
  }

  private func write(_ bytes: UnsafeRawBufferPointer, _ patience: Patience) -> Outcome {
    let outcome = descriptor.write(bytes, patience: patience)
    guard case .failed(let error) = outcome, error.errno == EBADF, restore() else {
      return outcome
    }
    return descriptor.write(bytes, patience: patience)
  }

  /// A daemon closes all but the first three descriptors. Where it has put another file in the
  /// place of ours we take another number.
  private func restore() -> Bool {
    guard let original else { return false }
    if descriptor.restore(from: original) { return true }
    guard let copy = try? SystemCalls.duplicate(original) else { return false }
    let again = Descriptor(owning: copy)
    guard again.isSameFile(as: descriptor) else { return false }
    descriptor = again
    return true
  }
}

/// The process's standard error, for what the tracer itself has to say.
public enum StandardError {
  /// Says nothing where nothing can be written.
  public static func write(_ text: Bytes) {
    guard let sink = try? DescriptorSink(duplicating: 2) else { return }
    text.withUnsafeBytes { _ = sink.finishSoon($0) }
  }
}
