import CSystem

/// Why a trace could not start or had to stop.
///
/// Embedded Swift has no existentials, so every failure of TraceCore is this one
/// type: what was tried, on what, and `errno` where the system gave one.
public struct TraceError: Error {
  /// What was tried, or what was wrong.
  public enum Code: Equatable, Sendable {
    case cannotOpen
    case cannotRead
    case cannotWrite
    case badDescriptor
    /// Another process has made the file shorter.
    case wasCut
    case wasRemoved
    case cannotMap
    /// What is to be mapped is no regular file.
    case notAFile
    /// What is to be mapped is where the program writes, too.
    case isOutput
    /// The name is a link, or another user's file, in a directory that everybody may write to.
    case isLink, isNotOwn
    /// The name is a link, or a file with a second name, in another user's directory.
    case isLinkOfAnother, hasSecondName
    /// A format that makes no sense; the subject says what of it.
    case badTemplate
  }

  /// What was tried, or what was wrong.
  public let code: Code
  /// `errno` as the failing call left it.
  public let errno: CInt
  /// The path, or the descriptor's number, that the call was about.
  public let subject: Bytes

  /// A signal came first: the call may be made again.
  public var isInterruption: Bool { errno == EINTR }

  static func badTemplate(_ message: Bytes) -> TraceError {
    TraceError(.badTemplate, errno: 0, subject: message)
  }

  /// A failure of a call to the system, or of ours with `errno` 0.
  public init(_ code: Code, errno: CInt, subject: Bytes) {
    self.code = code
    self.errno = errno
    self.subject = subject
  }
}

extension TraceError {
  /// Why a page of a mapped file could not be touched, though the file is as long as it was:
  /// what writing to it says. `wasCut` where that can be done: the file has grown again.
  static func lostPage(of descriptor: CInt, upTo end: Int) -> TraceError {
    let error = csystem_write_again(descriptor, off_t(end - 1))
    return TraceError(error == 0 ? .wasCut : .cannotWrite, errno: error, subject: [])
  }

  /// "cannot write: No space left on device". The corresponding C function is
  /// `strerror`.
  public var description: Bytes {
    var text = action
    if errno == 0 { return text }
    text.append(": ")
    if !subject.isEmpty {
      text.append(contentsOf: VisibleText.visible(subject))
      text.append(": ")
    }
    if let reason {
      text.append(reason)
    } else if let reason = strerror(errno) {
      text.append(contentsOf: UnsafeRawBufferPointer(start: reason, count: strlen(reason)))
    }
    return text
  }

  /// The reason in our own words, for failures that the system has no number for; nil for all
  /// others.
  public var reason: StaticString? {
    switch code {
    case .notAFile: "not a regular file"
    case .isOutput: "the program's own output goes there"
    case .isLink: "a symbolic link in a directory that everybody may write to"
    case .isNotOwn: "not your own file alone, in a directory that everybody may write to"
    case .isLinkOfAnother: "a symbolic link in another user's directory"
    case .hasSecondName: "a file with a second name, in another user's directory"
    default: nil
    }
  }

  private var action: Bytes {
    switch code {
    case .cannotOpen, .isOutput, .isLink, .isNotOwn, .isLinkOfAnother, .hasSecondName:
      Bytes("cannot open")
    case .cannotRead: Bytes("cannot read")
    case .cannotWrite: Bytes("cannot write")
    case .badDescriptor: Bytes("bad descriptor")
    case .wasCut: Bytes("the file was cut by another process")
    case .wasRemoved: Bytes("the file was removed")
    case .cannotMap: Bytes("cannot map")
    case .notAFile: Bytes("not a regular file")
    case .badTemplate: subject
    }
  }
}
