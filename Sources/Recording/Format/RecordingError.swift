import CSystem

/// Why a recording could not be written or read.
public struct RecordingError: Error, Equatable {
  /// What was wrong, or what could not be done.
  public enum Code: Equatable, Sendable {
    case cannotOpen, cannotRead, cannotWrite
    case notAFile
    case notARecording
    case laterVersion
    /// A recording that has ways in the place of events.
    case folded
    /// The file ends before its header does.
    case cut
    /// What a block says cannot be so.
    case damaged
    /// More of something than a reader takes.
    case tooMuch
  }

  /// The kind of failure.
  public let code: Code
  /// `errno` as the failing call left it; 0: the system gave none.
  public let errno: CInt
  /// Where in the file, in bytes.
  public let offset: Int

  init(_ code: Code, errno: CInt = 0, at offset: Int = 0) {
    (self.code, self.errno, self.offset) = (code, errno, offset)
  }

  /// Whoever gives the blocks has none, and knows why.
  public static var noBlock: RecordingError { RecordingError(.cannotWrite) }

  /// "damaged at byte 65536". The corresponding C function is `strerror`.
  public var description: [UInt8] {
    var text = action.withUTF8Buffer { [UInt8]($0) }
    if errno != 0, let reason = strerror(errno) {
      text += [UInt8](StaticString(": "))
      text += UnsafeRawBufferPointer(start: reason, count: strlen(reason))
    }
    if code == .damaged || code == .tooMuch {
      text += [UInt8](StaticString(" at byte "))
      text += digits(of: offset)
    }
    return text
  }

  private var action: StaticString {
    switch code {
    case .cannotOpen: "cannot open"
    case .cannotRead: "cannot read"
    case .cannotWrite: "cannot write"
    case .notAFile: "not a regular file"
    case .notARecording: "not a recording"
    case .laterVersion: "a recording of a later version of swifttrace"
    case .folded: "a folded recording, which only `swifttrace show` reads"
    case .cut: "a recording that was cut within its header"
    case .damaged: "the recording is damaged"
    case .tooMuch: "the recording has more than can be read"
    }
  }
}

extension [UInt8] {
  init(_ text: StaticString) { self = text.withUTF8Buffer { [UInt8]($0) } }
}

/// As `"%d" % number` writes it.
public func digits(of number: Int) -> [UInt8] {
  var (rest, text) = (number.magnitude, [UInt8]())
  repeat {
    text.append(UInt8(ascii: "0") + UInt8(rest % 10))
    rest /= 10
  } while rest > 0
  if number < 0 { text.append(UInt8(ascii: "-")) }
  return text.reversed()
}
