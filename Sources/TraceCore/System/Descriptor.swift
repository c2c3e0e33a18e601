import CSystem

/// How long a reader that is behind is waited for, in milliseconds.
public enum Patience: CInt, Sendable {
  case none = 0
  /// Where several threads may have to wait, and one of them has others wait.
  case short = 2
  /// Until a signal, or for long enough to look for one that came to another thread.
  case some = 100
  case endless = -1
}

/// An open file that belongs to the trace alone; closed with it.
final class Descriptor {
  let number: CInt
  /// A regular file takes what it is given; a pipe, a terminal or a socket may
  /// keep a writer waiting.
  let isRegularFile: Bool

  /// What a pipe takes whole once `poll` says that it takes anything.
  private static let pieceSize = 4096

  /// What the number stood for: a program that closes all descriptors and opens files
  /// of its own may get the number for one of them.
  private let identity: FileIdentity?
  private var trust: Trust

  init(owning number: CInt) {
    self.number = number
    trust = Trust(in: number)
    identity = FileIdentity(of: number)
    var size: off_t = 0
    isRegularFile = csystem_is_regular_file(number, &size) != 0
  }

  /// The number it was opened with may be one the program counts on getting.
  /// - Throws: `badDescriptor`.
  convenience init(moving opened: CInt) throws(TraceError) {
    defer { close(opened) }
    self.init(owning: try SystemCalls.duplicate(opened))
  }

  deinit { if isOurs { close(number) } }

  /// In a child that was forked, which has a file of its own: that the parent's is being
  /// written is to be seen for as long as the parent has it open.
  func closeInChild() { if isOurs { close(number) } }

  /// Whether the number still stands for what was opened. The corresponding C function
  /// is `fstat`.
  var isOurs: Bool { identity != nil && FileIdentity(of: number) == identity }

  /// Whether the program's standard output or error goes to the same regular file.
  var isOutput: Bool {
    isRegularFile && identity != nil
      && (FileIdentity(of: STDOUT_FILENO) == identity
        || FileIdentity(of: STDERR_FILENO) == identity)
  }

  /// Whether both stand for one file.
  func isSameFile(as other: Descriptor) -> Bool { identity != nil && identity == other.identity }

  /// Where the program has closed it: takes the number again, if that is free and `source`
  /// is open for the same file. The corresponding C call is
  /// `fcntl(source, F_DUPFD_CLOEXEC, number)`.
  func restore(from source: CInt) -> Bool {
    guard identity != nil, FileIdentity(of: source) == identity else { return false }
    csystem_duplicate_to(source, number)
    return isOurs
  }

  /// The same file by its name, where the program has closed it: by this number, if that is free.
  func again(at path: Bytes) -> Descriptor? {
    guard FileStamp(of: path)?.isRegularFile ?? false,
      let opened = try? OutputFile.open(path, O_RDWR)
    else { return nil }
    defer { close(opened) }
    if restore(from: opened) { return self }
    guard let copy = try? SystemCalls.duplicate(opened) else { return nil }
    let again = Descriptor(owning: copy)
    return again.isSameFile(as: self) ? again : nil
  }

  /// Whether what is written is read by this very process, or by a child for it.
  var isReadHere: Bool { csystem_waits_for_itself(number) != 0 }

  /// How long the file is. The corresponding C function is `fstat`.
  var size: Int {
    var size: off_t = 0
    return csystem_is_regular_file(number, &size) == 0 ? 0 : Int(size)
  }

  /// The corresponding C function is `ftruncate`.
  /// - Throws: `cannotOpen` with the path.
  func empty(_ path: Bytes) throws(TraceError) {
    if ftruncate(number, 0) == 0 { return }
    throw TraceError(.cannotOpen, errno: csystem_errno(), subject: path)
  }

  /// Of a regular file.
  var direct: DirectWrite {
    isRegularFile ? DirectWrite(number: number, trust: trust) : DirectWrite()
  }

  /// Writes all of `bytes`, short writes and EINTR handled.
  /// The corresponding C function is `write`.
  func write(_ bytes: UnsafeRawBufferPointer, patience: Patience) -> Sink.Outcome {
    guard trust.isFresh || trust.renew({ isOurs }) else { return .failed(failure(EBADF)) }
    var rest = bytes
    while !rest.isEmpty {
      if !isRegularFile {
        let readiness = waitUntilWritable(patience)
        if readiness == 0 { return .mustWait(rest) }
        if readiness < 0 { return .failed(failure(EPIPE)) }
      }
      let count = writePiece(of: rest)
      if count >= 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      } else if let outcome = outcome(of: csystem_errno(), rest: rest, patience) {
        return outcome
      }
    }
    return .done
  }

  /// The corresponding C function is `write`.
  private func writePiece(of bytes: UnsafeRawBufferPointer) -> Int {
    guard let start = bytes.baseAddress else { return 0 }
    if isRegularFile { return CSystem.write(number, start, bytes.count) }
    return csystem_write_quietly(number, start, Swift.min(bytes.count, Self.pieceSize))
  }

  /// What an error of `write` means: it has failed, or must wait. nil means that it is to be tried
  /// again.
  private func outcome(of error: CInt, rest: UnsafeRawBufferPointer, _ patience: Patience) -> Sink
    .Outcome?
  {
    if error == EINTR { return nil }
    if error == EAGAIN || error == EWOULDBLOCK { return patience == .none ? .mustWait(rest) : nil }
    return .failed(failure(error))
  }

  /// 1 where a write would not wait, 0 where it would, -1 where nobody reads.
  /// The corresponding C function is `poll`.
  private func waitUntilWritable(_ patience: Patience) -> Int {
    var request = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
    while true {
      let count = poll(&request, 1, patience.rawValue)
      if count == 0 { return 0 }
      if count > 0 {
        // A socket says POLLHUP alone; POLLNVAL is left to `write`'s EBADF.
        return request.revents & Int16(POLLERR | POLLHUP) == 0 ? 1 : -1
      }
      if csystem_errno() != EINTR { return 1 }
      if patience != .endless { return 0 }
    }
  }

  private func failure(_ error: CInt) -> TraceError {
    TraceError(.cannotWrite, errno: error, subject: [])
  }
}

/// A regular file that lines may be written to at once: nobody waits for a reader of it.
public struct DirectWrite {
  fileprivate var number: CInt = -1
  fileprivate var trust = Trust(in: -1)

  /// Whether it is known what the descriptor stands for.
  public var isFresh: Bool { trust.isFresh }

  /// Returns how much was written, or -1. The corresponding C function is `write`.
  public func write(_ start: UnsafeRawPointer, _ count: Int) -> Int {
    CSystem.write(number, start, count)
  }
}

/// For how long a descriptor that was ours is taken to be: asking at each line would make
/// each half as dear again.
///
/// A number that far up becomes another file's only where somebody closes it and opens
/// hundreds of files, or by `dup2` to that very number. What Python functions do of that is
/// heard of (`Doubt`): the time is for C code, which nobody hears of.
struct Trust {
  /// In ticks, since it was asked: 20 to 100 microseconds.
  private static let instant: UInt64 = 100_000

  private let isPossible: Bool
  private var since: UInt64 = 0
  private var doubts: UInt = 0

  init(in number: CInt) { isPossible = number >= CInt(CSYSTEM_FAR) }

  var isFresh: Bool {
    isPossible && doubts == Doubt.count && csystem_ticks() &- since < Self.instant
  }

  /// - Returns: the answer.
  mutating func renew(_ ask: () -> Bool) -> Bool {
    let doubts = Doubt.count  // More may arise meanwhile, in another thread.
    guard ask() else { return false }
    if isPossible { (since, self.doubts) = (csystem_ticks(), doubts) }
    return true
  }
}

/// Counts the events after which a descriptor may no longer be what it was: it is asked before the
/// next line.
public enum Doubt {
  nonisolated(unsafe) fileprivate static var count: UInt = 0

  /// A descriptor may have been closed or replaced.
  public static func arise() { count &+= 1 }
}

/// Held while a thread waits for a reader. The corresponding C type is
/// `pthread_mutex_t`.
final class Turn {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  init() {
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
  }

  /// Makes the lock anew, in a child that was forked: the thread that held it does not exist there.
  func forked() {
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func take<R>(_ body: () -> R) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }
}
