import Testing

@testable import TraceCore

/// A project in /shop, whose virtual environment lies in it, with its script.
private func shop(_ base: Scope.Base) -> Scope {
  var scope = Scope(base, start: "/shop", own: "/shop/.venv/lib/site-packages/swifttrace")
  scope.scripts = ["/shop/main.py"]
  scope.roots = ["/shop"]
  scope.libraries = ["/usr/lib/python3.12"]
  return scope
}

extension Scope {
  fileprivate func contains(_ path: Bytes, isScript: Bool = false) -> Bool {
    contains(name: path, path: path, isScript: isScript)
  }
}

@Suite struct ScopeTests {
  @Test(
    "the scope script holds the script's files alone",
    arguments: [
      ("/shop/main.py", true), ("/shop/other.py", false), ("/shop/main.pyc", false),
      ("<string>", false),
    ] as [(Bytes, Bool)])
  func script(path: Bytes, expected: Bool) {
    #expect(shop(.script).contains(path) == expected)
  }

  @Test(
    "a text the launcher was given is the script", arguments: ["<string>", "<stdin>"] as [Bytes])
  func heldText(name: Bytes) {
    #expect(shop(.script).contains(name, isScript: true))
  }

  @Test(
    "the scope project holds what is below its root and is not installed",
    arguments: [
      ("/shop/main.py", true), ("/shop/src/cart.py", true), ("/other/a.py", false),
      ("/shopping/a.py", false), ("/usr/lib/python3.12/json/decoder.py", false),
      ("/shop/.venv/lib/site-packages/requests/api.py", false),
      ("/shop/dist-packages/a.py", false), ("/shop/my-site-packages/a.py", true),
      ("<string>", false), ("<frozen os>", false),
    ] as [(Bytes, Bool)])
  func project(path: Bytes, expected: Bool) {
    #expect(shop(.project).contains(path) == expected)
  }

  @Test("a project in the root directory holds no name that stands for no file")
  func rootProject() {
    var scope = shop(.project)
    scope.roots = ["/"]
    #expect(scope.contains("/anywhere/a.py"))
    #expect(!scope.contains("/usr/lib/python3.12/os.py"))
    #expect(!scope.contains("<string>"))
    #expect(!scope.contains("<frozen os>"))
  }

  @Test("the script is of the project wherever it lies")
  func scriptElsewhere() {
    var scope = shop(.project)
    scope.scripts = ["/usr/lib/python3.12/timeit.py"]
    #expect(scope.contains("/usr/lib/python3.12/timeit.py"))
  }

  @Test("a project may lie in several places, as a symbolic link makes it")
  func severalRoots() {
    var scope = shop(.project)
    scope.roots = ["/shop", "/data/shop"]
    #expect(scope.contains("/data/shop/a.py"))
    #expect(scope.contains("/shop/a.py"))
  }

  @Test("whoever works on a library has it in the project")
  func libraryProject() {
    var scope = shop(.project)
    scope.roots = ["/usr/lib/python3.12/site-packages/mine"]
    #expect(scope.contains("/usr/lib/python3.12/site-packages/mine/a.py"))
    scope.roots = ["/usr/lib/python3.12"]
    #expect(scope.contains("/usr/lib/python3.12/os.py"))
  }

  @Test("the standard library below the project's root is not the project's")
  func libraryInside() {
    var scope = shop(.project)
    scope.libraries = ["/shop/python/lib"]
    #expect(!scope.contains("/shop/python/lib/os.py"))
    #expect(scope.contains("/shop/python/tool.py"))
  }

  @Test(
    "the scope all holds everything",
    arguments: ["/shop/main.py", "/usr/lib/python3.12/os.py", "<string>", "<frozen os>"] as [Bytes])
  func all(path: Bytes) {
    #expect(shop(.all).contains(path))
  }

  @Test(
    "a scope of which nothing else is said holds all or nothing",
    arguments: [(.all, true), (.project, false), (.script, false)] as [(Scope.Base, Bool)])
  func bare(base: Scope.Base, expected: Bool) {
    #expect(Scope(base).contains("/shop/main.py") == expected)
  }

  @Test(
    "the tracer's own lines never show",
    arguments: [.script, .project, .all] as [Scope.Base])
  func own(base: Scope.Base) {
    var scope = shop(base)
    let path: Bytes = "/shop/.venv/lib/site-packages/swifttrace/cli.py"
    scope.include = [PathPattern("*")]
    scope.scripts = [path]
    #expect(!scope.contains(path))
    #expect(!scope.contains(path, isScript: true))
  }

  @Test("a module whose name only starts as the tracer's is not the tracer's")
  func ownNeighbour() {
    #expect(shop(.all).contains("/shop/.venv/lib/site-packages/swifttrace_plugin/a.py"))
  }
}

@Suite struct ScopePatternTests {
  @Test(
    "include adds files to a scope",
    arguments: ["json", "decoder.py", "/usr/lib/python3.12/json/*", "*/json/*"] as [Bytes])
  func include(pattern: Bytes) {
    var scope = shop(.script)
    scope.include = [PathPattern("nothing"), PathPattern(pattern)]
    let isMatched = scope.contains("/usr/lib/python3.12/json/decoder.py")
    // A bare directory name is for one below the start or a root.
    #expect(isMatched == (pattern != "json"))
    #expect(!scope.contains("/usr/lib/python3.12/ast.py"))
    #expect(scope.contains("/shop/main.py"))
  }

  @Test(
    "exclude wins over the scope, over include and over being the script",
    arguments: ["main.py", "/shop/main.py", "/shop", "*"] as [Bytes])
  func exclude(pattern: Bytes) {
    var scope = shop(.all)
    scope.include = [PathPattern("main.py")]
    scope.exclude = [PathPattern(pattern)]
    #expect(!scope.contains("/shop/main.py"))
    #expect(!scope.contains("/shop/main.py", isScript: true))
  }

  @Test(
    "a relative pattern is for files below the start and below the roots",
    arguments: [
      ("tests", "/shop/tests/a.py", true), ("tests/*", "/shop/tests/a.py", true),
      ("tests", "/data/shop/tests/a.py", true), ("tests", "/other/tests/a.py", false),
      ("src/cart.py", "/shop/src/cart.py", true), ("cart.py", "/other/src/cart.py", true),
    ] as [(Bytes, Bytes, Bool)])
  func relative(pattern: Bytes, path: Bytes, expected: Bool) {
    var scope = shop(.script)
    scope.roots = ["/data/shop"]
    scope.include = [PathPattern(pattern)]
    #expect(scope.contains(path) == expected)
  }

  @Test("a pattern may be for the name as the code object has it")
  func givenName() {
    var scope = shop(.all)
    scope.exclude = [PathPattern("./gen/a.py")]
    #expect(!scope.contains(name: "./gen/a.py", path: "/elsewhere/gen/a.py", isScript: false))
    #expect(scope.contains(name: "gen/a.py", path: "/elsewhere/gen/a.py", isScript: false))
  }

  @Test("names that stand for no file can be included and excluded")
  func pseudo() {
    var scope = shop(.script)
    scope.include = [PathPattern("<frozen *>")]
    #expect(scope.contains("<frozen os>"))
    #expect(!scope.contains("<string>"))
  }

  @Test("an empty pattern changes nothing")
  func emptyPattern() {
    var scope = shop(.project)
    (scope.include, scope.exclude) = ([PathPattern("")], [PathPattern("")])
    #expect(scope.contains("/shop/a.py"))
    #expect(!scope.contains("/usr/lib/python3.12/os.py"))
  }
}
