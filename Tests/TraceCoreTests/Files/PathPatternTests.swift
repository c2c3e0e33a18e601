import Testing

@testable import TraceCore

@Suite struct PathPatternTests {
  @Test(
    "a pattern without a slash is for the last component",
    arguments: [
      ("test_*.py", "/shop/tests/test_a.py", true), ("test_*.py", "test_a.py", true),
      ("test_*.py", "/test_x/a.py", false), ("a.py", "/shop/a.py", true),
      ("a.py", "/shop/ba.py", false), ("*.py", "/shop/a.pyc", false), ("?.py", "/shop/a.py", true),
      ("[ab].py", "/shop/b.py", true), ("[!ab].py", "/shop/b.py", false),
      ("*", "/shop/.hidden.py", true), ("<string>", "<string>", true),
      ("<frozen *>", "<frozen os>", true), ("\\*.py", "/shop/a.py", false),
    ] as [(Bytes, Bytes, Bool)])
  func lastComponent(pattern: Bytes, path: Bytes, expected: Bool) {
    #expect(PathPattern(pattern).matches(path) == expected)
  }

  @Test(
    "a pattern with a slash is for the whole name, and * for slashes too",
    arguments: [
      ("/shop/*", "/shop/src/a.py", true), ("/shop/*.py", "/shop/src/a.py", true),
      ("/shop/a.py", "/shop/a.py", true), ("/shop/a.py", "/x/shop/a.py", false),
      ("src/*.py", "src/a/b.py", true), ("src/*.py", "/shop/src/a.py", false),
      ("*/src/*", "/shop/src/a.py", true), ("a/b.py", "b.py", false),
    ] as [(Bytes, Bytes, Bool)])
  func wholeName(pattern: Bytes, path: Bytes, expected: Bool) {
    #expect(PathPattern(pattern).matches(path) == expected)
  }

  @Test(
    "a pattern that names a directory is for all below it",
    arguments: [
      ("/shop/src", "/shop/src/a/b.py", true), ("/shop/src/", "/shop/src/a.py", true),
      ("/shop/src", "/shop/src2/a.py", false), ("src", "src/a.py", true),
      ("src/", "src/a.py", true), ("src", "src2/a.py", false),
      ("/shop/*/gen", "/shop/a/gen/b.py", true),
      ("/", "/shop/a.py", true), ("/", "<string>", false),
    ] as [(Bytes, Bytes, Bool)])
  func directory(pattern: Bytes, path: Bytes, expected: Bool) {
    #expect(PathPattern(pattern).matches(path) == expected)
  }

  @Test("a pattern with a slash at its end is for a directory, not for a file of that name")
  func directoryOnly() {
    #expect(!PathPattern("gen/").matches("/shop/gen"))
    #expect(PathPattern("gen").matches("/shop/gen"))
  }

  @Test(
    "an empty pattern is for nothing", arguments: ["/shop/a.py", "a.py", "<string>", ""] as [Bytes])
  func empty(path: Bytes) {
    #expect(!PathPattern("").matches(path))
  }

  @Test("a bracket that is never closed stands for itself")
  func openBracket() {
    #expect(PathPattern("[a.py").matches("/shop/[a.py"))
    #expect(!PathPattern("[a.py").matches("/shop/a.py"))
  }

  @Test("bytes that are no UTF-8 match themselves")
  func invalid() {
    #expect(PathPattern([0x2A, 0xFF]).matches([0x2F, 0x61, 0xFF]))
    #expect(PathPattern("*.py").matches([0x2F, 0xFF] + ".py"))
  }

  @Test("the same pattern is equal to itself, with and without its slash")
  func equal() {
    #expect(PathPattern("a/b/") == PathPattern("a/b"))
    #expect(PathPattern("gen/") != PathPattern("gen"))
  }
}
