import Testing

@testable import TraceCore

@Suite struct SecretTextTests {
  private func masked(_ text: Bytes) -> Bytes? { SecretText.masked(text) { _ in Bytes("***") } }

  @Test(
    "a secret within a text is hidden",
    arguments: [
      ("a://b:c@d", "a://b:***@d"), ("--token=a b", "--token=*** b"), ("--token a", "--token ***"),
      ("pw='a b' c", "pw='***' c"), ("pw = \"a\"", "pw = \"***\""), ("pw=b'a", "pw=b'***"),
      ("{\"pin\": 1, \"a\": 2}", "{\"pin\": ***, \"a\": 2}"), ("Cookie: a=b", "Cookie: ***"),
      ("a=1&sas=2&b=3", "a=1&sas=***&b=3"), ("bearer a1", "bearer ***"),
    ] as [(Bytes, Bytes)])
  func hidden(text: Bytes, expected: Bytes) {
    #expect(masked(text) == expected)
  }

  @Test(
    "a text without one is left alone",
    arguments: [
      "", "=", ":", "://", "a://", "a://@", "a://:@", "a://b:1/c@d", "pw=", "pw==a", "pw=None",
      "\"pw\":", "--token", "--token --pw", "--", "-", "b", "bearer", "bearer ", "bearer of it",
    ] as [Bytes])
  func open(text: Bytes) {
    #expect(masked(text) == nil)
  }

  @Test("of a command the word behind an option as well")
  func arguments() {
    let shown = SecretText.masked(arguments: ["a", "--token", "b", "--pw=c", "d"]) { _ in
      Bytes("***")
    }
    #expect(shown == ["a", "--token", "***", "--pw=***", "d"] as [Bytes])
  }
}
