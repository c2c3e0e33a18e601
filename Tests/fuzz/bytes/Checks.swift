/// What has to hold of each input; where it does not, the fuzzer is told by a crash.
enum Checks {
  static func demand(_ holds: Bool, _ what: StaticString) {
    if !holds { fatalError("\(what)") }
  }

  /// One line as it is printed: UTF-8, nothing that a terminal acts on but the tab, and a
  /// newline at its end.
  static func isSafe(_ line: Bytes, _ what: StaticString) {
    demand(line.last == 0x0A, what)
    areSafe(Bytes(line.dropLast()), what)
  }

  static func areSafe(_ bytes: Bytes, _ what: StaticString) {
    let text = String(decoding: bytes, as: UTF8.self)
    demand(text.utf8.elementsEqual(bytes), what)
    demand(text.unicodeScalars.allSatisfy { !isActedOn($0.value) }, what)
  }

  private static func isActedOn(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x09: false
    case 0x00..<0x20, 0x7F..<0xA0: true
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
