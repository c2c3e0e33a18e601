import Foundation
import Testing

@testable import TraceCore

@Suite struct TraceErrorTests {
  @Test(
    "a failure says what was tried, on what, and why",
    arguments: [
      (.cannotOpen, ENOENT, "/tmp/t.log", "cannot open: /tmp/t.log: No such file or directory"),
      (.cannotRead, EACCES, "a.py", "cannot read: a.py: Permission denied"),
      (.cannotWrite, ENOSPC, "", "cannot write: No space left on device"),
      (.badDescriptor, EBADF, "7", "bad descriptor: 7: Bad file descriptor"),
      (.wasCut, 0, "", "the file was cut by another process"),
    ] as [(TraceError.Code, CInt, Bytes, Bytes)])
  func description(code: TraceError.Code, error: CInt, subject: Bytes, expected: Bytes) {
    #expect(TraceError(code, errno: error, subject: subject).description == expected)
  }

  @Test("a reason the system has no name for is still one", arguments: [-1, 99999] as [CInt])
  func unknownReason(error: CInt) {
    let text = TraceError(.cannotWrite, errno: error, subject: []).description
    #expect(text.count > "cannot write: ".count)
  }

  @Test("of a path nothing reaches a terminal that it acts on")
  func anyPath() {
    let error = TraceError(.cannotOpen, errno: ENOENT, subject: [0x2F, 0xFF, 0x1B])
    #expect(error.description == "cannot open: /\\xff\\x1b: No such file or directory")
  }
}
