import CSystem

/// Which process this is. Its pid does not tell: each pid namespace counts its own, a container
/// for one, and the system gives pids again.
public enum ThisProcess {
  /// How many forks lie between this process and the one that has loaded us. Another pid
  /// would not tell: the first process of each pid namespace is 1.
  nonisolated(unsafe) public private(set) static var forks = 0

  /// Counts a fork. To be called in the child.
  public static func forked() { forks += 1 }

  /// When the run began that this process is part of, by the clock of file systems, in
  /// nanoseconds: as its first process loaded us, which tells the others.
  nonisolated(unsafe) public private(set) static var runStart = 0

  /// Begins a run with this process as the first one of it.
  public static func beginRun() { runStart = Int(csystem_file_clock()) }

  /// Joins the run of the process that has started this one.
  /// - Parameter start: that run's `runStart`, in nanoseconds.
  public static func joinRun(since start: Int) { runStart = start }

  /// `PID-START-NAMESPACE-BOOT`: the same before and after `exec`, and no other process's
  /// anywhere. What the system does not say is empty.
  public static var identity: Bytes {
    var text = Bytes(decimal: Int(getpid()))
    for part in [startTime, namespace, boot] {
      text.append("-")
      text += part
    }
    return text
  }

  /// In ticks since the system's start: the 22nd field of `/proc/self/stat`, whose second one
  /// may hold spaces and parentheses.
  private static var startTime: Bytes {
    let text = content(of: Bytes("/proc/self/stat"))
    guard let parenthesis = text.lastIndex(of: UInt8(ascii: ")")) else { return [] }
    let fields = Bytes(text[parenthesis...]).parts(between: Ascii.space)
    return fields.count > 20 ? fields[20] : []
  }

  /// The pid namespace's number: the link says `pid:[4026531836]`.
  private static var namespace: Bytes {
    var target = Bytes(repeating: 0, count: 64)
    let count = target.withUnsafeMutableBytes { buffer in
      Bytes("/proc/self/ns/pid").withCString { name in
        buffer.baseAddress.map { readlink(name, $0, buffer.count) } ?? -1
      }
    }
    return target.prefix(Swift.max(0, count)).filter(isDigit)
  }

  /// Another one after each start of the system.
  private static var boot: Bytes {
    content(of: Bytes("/proc/sys/kernel/random/boot_id")).filter {
      isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= Ascii.zero && byte < Ascii.zero + 10
  }

  /// The content of a short file of the system's, 1,024 bytes at most; empty if it cannot be read.
  private static func content(of path: Bytes) -> Bytes {
    guard let descriptor = try? SystemCalls.open(path, O_RDONLY) else { return [] }
    defer { close(descriptor) }
    var text = Bytes(repeating: 0, count: 1024)
    let count = text.withUnsafeMutableBytes { try? SystemCalls.read(descriptor, into: $0) }
    return Bytes(text.prefix(count ?? 0))
  }
}
