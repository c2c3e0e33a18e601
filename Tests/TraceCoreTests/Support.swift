import Foundation
import Testing

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

extension Array: CustomTestStringConvertible where Element == UInt8 {
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

  /// All its lines, from the first.
  var allLines: [Bytes] {
    (0..<lineCount).compactMap { line($0 + 1).map(Bytes.init) }
  }
}

extension RenderedLine {
  var bytes: Bytes { Bytes(UnsafeRawBufferPointer(start: start, count: count)) }
}

extension Sink {
  func put(_ bytes: Bytes) -> Outcome { bytes.withUnsafeBytes { put($0).kept } }
  func finish(_ bytes: Bytes) -> Outcome { bytes.withUnsafeBytes { finish($0).kept } }
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

/// The descriptors this process has open.
func openDescriptors() -> Set<CInt> {
  Set((0..<4096).filter { fcntl($0, F_GETFD) >= 0 })
}

/// How much memory this process ever had at a time, in bytes.
func peakMemory() -> Int {
  var usage = rusage()
  #if os(Linux)
    getrusage(RUSAGE_SELF, &usage)
    return usage.ru_maxrss * 1024
  #else
    getrusage(RUSAGE_SELF, &usage)
    return usage.ru_maxrss
  #endif
}
