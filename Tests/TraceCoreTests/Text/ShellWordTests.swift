import Foundation
import Testing

@testable import TraceCore

@Suite struct ShellWordTests {
  private func word(_ bytes: Bytes) -> Bytes { appended { ShellWord.append(bytes, to: &$0) } }

  @Test(
    "a word that needs no quotes has none",
    arguments: ["python", "/usr/bin/python3.13", "--level=2", "a_b-c,d:e@f%g+h", "10"] as [Bytes])
  func plain(bytes: Bytes) {
    #expect(word(bytes) == bytes)
  }

  @Test(
    "any other is quoted as shlex.quote does",
    arguments: [
      ("", "''"), ("two words", "'two words'"), ("it's", "'it'\"'\"'s'"), ("$HOME", "'$HOME'"),
      ("a\\b", "'a\\b'"), ("~", "'~'"), ("\t", "'\t'"), ("é", "'é'"), ("a;b", "'a;b'"),
    ] as [(Bytes, Bytes)])
  func quoted(bytes: Bytes, expected: Bytes) {
    #expect(word(bytes) == expected)
  }

  @Test(
    "what would not be seen is written out",
    arguments: [
      ("a\nb", "$'a\\x0ab'"), ("\u{1B}[31m", "$'\\x1b[31m'"), ([0xFF], "$'\\xff'"),
      ("it's\n", "$'it\\'s\\x0a'"), ("\\n\n", "$'\\\\n\\x0a'"), ("\u{202E}", "$'\\u202e'"),
    ] as [(Bytes, Bytes)])
  func escaped(bytes: Bytes, expected: Bytes) {
    #expect(word(bytes) == expected)
  }
}
