import CSystem
import Foundation
public import Testing

@testable import TraceCore

// A literal is its UTF-8: expectations read as what a user sees printed.
extension Array: @retroactive ExpressibleByUnicodeScalarLiteral where Element == UInt8 {
  public init(unicodeScalarLiteral text: String) { self = Bytes(text.utf8) }
}

extension Array: @retroactive ExpressibleByExtendedGraphemeClusterLiteral
where Element == UInt8 {
  public init(extendedGraphemeClusterLiteral text: String) { self = Bytes(text.utf8) }
}

extension Array: @retroactive ExpressibleByStringLiteral where Element == UInt8 {
  public init(stringLiteral text: String) { self = Bytes(text.utf8) }
}

extension Array: @retroactive CustomTestStringConvertible where Element == UInt8 {
  /// As Python writes a `bytes`, so that a failed comparison can be read.
  public var testDescription: String {
    let shown = prefix(400).map { byte in
      switch byte {
      case 0x0A: "\\n"
      case 0x20..<0x7F: String(UnicodeScalar(byte))
      default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
    return "b\"\(shown.joined())\"" + (count > 400 ? "… (\(count) bytes)" : "")
  }
}

extension Sequence<UInt8> {
  var string: String { String(decoding: Bytes(self), as: UTF8.self) }
}

/// What `body` appends.
func appended(_ body: (inout Bytes) -> Void) -> Bytes {
  var output = Bytes()
  body(&output)
  return output
}

extension Bytes {
  /// `body`'s view of these bytes, copied out.
  func viewed(by body: (BytesView) -> BytesView) -> Bytes {
    withUnsafeBufferPointer { Bytes(body($0)) }
  }
}

extension SourceText {
  convenience init(_ source: Bytes) {
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: source.count)
    defer { copy.deallocate() }
    _ = copy.initialize(from: source)
    self.init(BytesView(copy))
  }

  /// A copy of the line: the view itself ends with the text.
  func bytes(_ number: Int) -> Bytes? {
    withExtendedLifetime(self) { line(number).map { Bytes($0) } }
  }

  /// All its lines, from the first.
  var allLines: [Bytes] { (0..<lineCount).compactMap { bytes($0 + 1) } }
}

extension RenderedLine {
  /// Its file's `RenderedLines` has to be alive.
  var bytes: Bytes { Bytes(UnsafeRawBufferPointer(start: start, count: count)) }
}

extension RenderedLines {
  /// A copy of the line: the line itself ends with its lines.
  func bytes(_ number: Int) -> Bytes {
    withExtendedLifetime(self) { line(number).bytes }
  }
}

extension Sink {
  func put(_ bytes: Bytes) -> Outcome { bytes.withUnsafeBytes { put($0).kept } }
  func putLast(_ bytes: Bytes) -> Outcome { bytes.withUnsafeBytes { putLast($0).kept } }
  func finish(_ bytes: Bytes) -> Outcome { bytes.withUnsafeBytes { finish($0, .endless).kept } }
}

extension Sink.Outcome {
  var isDone: Bool { if case .done = self { true } else { false } }

  var error: TraceError? { if case .failed(let error) = self { error } else { nil } }

  /// What is still to be written.
  var rest: Bytes? { if case .mustWait(let rest) = self { Bytes(rest) } else { nil } }

  /// With bytes of its own: those it was given end with the call. Never freed; a
  /// test leaves a few lines behind.
  fileprivate var kept: Sink.Outcome {
    guard case .mustWait(let rest) = self else { return self }
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: rest.count, alignment: 1)
    copy.copyMemory(from: rest)
    return .mustWait(UnsafeRawBufferPointer(copy))
  }
}

/// The error that `body` throws.
func thrownError(_ body: () throws -> Void) -> TraceError? {
  do {
    try body()
    return nil
  } catch {
    return error as? TraceError
  }
}

struct SystemError: Error {
  let call: String
  let reason = String(cString: strerror(errno))
}

@discardableResult
func checked(_ call: String, _ result: CInt) throws -> CInt {
  if result < 0 { throw SystemError(call: call) }
  return result
}

/// Runs `body` in a child and waits for it: it has to say that all went well.
/// - Returns: the child's number.
func fork(_ body: () -> Bool) throws -> pid_t {
  // Swift hides `fork`, as little may be done in the child of a process with threads.
  typealias Fork = @convention(c) () -> pid_t
  let symbol = try #require(dlsym(dlopen(nil, RTLD_NOW), "fork"))
  let child = try checked("fork", unsafeBitCast(symbol, to: Fork.self)())
  if child == 0 {
    ThisProcess.forked()
    _exit(body() ? 0 : 1)
  }
  var status: CInt = 0
  try checked("waitpid", waitpid(child, &status, 0))
  #expect(status == 0)
  return child
}

/// Raises a signal in this thread, where it may be blocked: those of the test library are.
func send(_ number: CInt) {
  var set = sigset_t()
  sigemptyset(&set)
  sigaddset(&set, number)
  pthread_sigmask(SIG_UNBLOCK, &set, nil)
  raise(number)
}

/// This process's descriptors that are open on the file, or the pipe, that `path`
/// or `descriptor` is.
func descriptors(openOn path: Bytes) -> Set<CInt> {
  var status = stat()
  return stat(path.string, &status) == 0 ? descriptors(openOn: status) : []
}

func descriptors(openAs descriptor: CInt) -> Set<CInt> {
  var status = stat()
  return fstat(descriptor, &status) == 0 ? descriptors(openOn: status) : []
}

private func descriptors(openOn wanted: stat) -> Set<CInt> {
  Set(
    (0..<1024).filter {
      var status = stat()
      return fstat($0, &status) == 0 && status.st_dev == wanted.st_dev
        && status.st_ino == wanted.st_ino
    })
}

/// How much memory this process holds, in bytes.
func memoryInUse() throws -> Int {
  #if os(Linux)
    let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(
      separator: " ")
    return try #require(Int(pages[1])) * sysconf(CInt(_SC_PAGESIZE))
  #else
    return mstats().bytes_used
  #endif
}
