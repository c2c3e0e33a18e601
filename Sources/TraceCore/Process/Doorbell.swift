import CSystem

/// A byte that other processes may set, and this one reads at no cost: they open
/// `/proc/PID/fd/NUMBER`, which is memory that both share, and write to it.
///
/// Children that are traced to the same place ring it as they start: from then on the
/// lines of this process have to be told from theirs.
public final class Doorbell {
  private let descriptor: Descriptor
  /// One byte, which is no longer 0 once it was rung.
  public let memory: UnsafeMutableRawPointer

  /// - Returns: nil where there is no such memory to be had.
  public init?() {
    let opened = csystem_memory_file(1)
    guard opened >= 0 else { return nil }
    defer { close(opened) }
    guard let copy = try? SystemCalls.duplicate(opened) else { return nil }
    descriptor = Descriptor(owning: copy)
    guard let memory = csystem_map_shared(copy, 0, 1) else { return nil }
    self.memory = memory
  }

  deinit { munmap(memory, 1) }

  /// The descriptor that is to be opened by others; closed on exec.
  public var number: Int { Int(descriptor.number) }

  /// Whether another process has rung. It costs one load, and holds for good.
  public var hasRung: Bool { memory.load(as: UInt8.self) != 0 }
}
