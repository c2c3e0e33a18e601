import Foundation
import Testing

@testable import TraceCore

@Suite struct OutputNameTests {
  private let number = Bytes("\(getpid())".utf8)

  @Test(
    "%p stands for the process, every time",
    arguments: [
      ("/t-%p.log", ["/t-", ".log"]), ("/%p/%p", ["/", "/", ""]), ("%p", ["", ""]),
      ("/%%p", ["/%", ""]), ("/%p%", ["/", "%"]),
    ] as [(Bytes, [Bytes])])
  func place(template: Bytes, around: [Bytes]) {
    let name = OutputName(template)
    #expect(name.path(1) == Bytes(around.joined(separator: number)))
    #expect(name.pathOfChild(1) == name.path(1))
  }

  @Test(
    "a name without %p is the file's, and a child's has its number behind it",
    arguments: ["/t.log", "/%", "/%d", "/%P", "/p%", "/%\u{E9}p", ""] as [Bytes])
  func noPlace(template: Bytes) {
    let name = OutputName(template)
    #expect(name.path(1) == template)
    #expect(name.pathOfChild(1) == template + "." + number)
  }

  @Test("a device is for the children, too")
  func device() {
    #expect(OutputName("/dev/null").pathOfChild(1) == "/dev/null")
  }

  @Test("a name of any bytes is kept")
  func anyBytes() {
    #expect(OutputName([0x2F, 0xFF]).path(1) == [0x2F, 0xFF])
  }
}
