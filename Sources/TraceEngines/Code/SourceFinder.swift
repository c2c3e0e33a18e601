import CPython
import PythonInterop
import TraceCore

/// The text of a file: from the disk or, where there is none, from whoever in the
/// interpreter has it. Never raises; what Python code raises on the way is
/// contained, and what the handler of a signal raises there is held for the program.
struct SourceFinder {
  /// Where the standard library's own files are, for `<frozen os>`.
  var standardLibrary: Bytes = []

  func text(of file: SourceFile) -> SourceFile.Finding {
    if let source = file.readFromDisk() { return decoded(source) }
    if let source = frozen(file.name) { return decoded(source) }
    let registered = Self.registered(file.name)
    guard case .none = registered, !FilePath.isPseudo(file.name) else { return registered.finding }
    return Self.fromLoader(file.name).finding
  }

  /// Where the text of a file was found, for people.
  func origin(of file: SourceFile, _ found: SourceFile.Finding) -> Bytes {
    guard case .text = found else { return Bytes("no source") }
    guard let source = file.readFromDisk() else { return Bytes("read, from the interpreter") }
    let encoding = source.withUnsafeBufferPointer { SourceEncoding(of: $0) }
    return Bytes("read, as ") + (encoding.cookie ?? Bytes("utf-8"))
  }

  /// What Python code says when it is asked for a text.
  enum Answer {
    case text(Bytes)
    case none
    /// There was no room for an answer, or the handler of a signal has raised meanwhile.
    case notNow

    var finding: SourceFile.Finding {
      switch self {
      case .text(let source): .text(source.withUnsafeBufferPointer { SourceText($0) })
      case .none: .none
      case .notNow: .notNow
      }
    }
  }

  private static func ask(_ body: () throws(PythonError) -> Bytes?) -> Answer {
    var text: Bytes?
    let ending = containingOwnExceptions { () throws(PythonError) in text = try body() }
    return ending == .raised ? .none : ending == .done ? text.map { .text($0) } ?? .none : .notNow
  }

  /// What is not UTF-8 goes through Python's codecs, once for the file; where
  /// there is no such codec the bytes stay, and show as escapes.
  private func decoded(_ source: Bytes) -> SourceFile.Finding {
    let encoding = source.withUnsafeBufferPointer { SourceEncoding(of: $0) }
    guard !encoding.isUTF8, let cookie = encoding.cookie else {
      return Answer.text(source).finding
    }
    let answer = Self.ask { () throws(PythonError) in try Self.decode(source, from: cookie) }
    if case .none = answer { return Answer.text(source).finding }
    return answer.finding
  }

  /// The corresponding C function is `PyUnicode_Decode`, but that up to 3.11 raises another
  /// exception in place of a handler's.
  private static func decode(_ source: Bytes, from encoding: Bytes) throws(PythonError) -> Bytes? {
    if InterpreterLifetime.now == .withoutSys { return nil }
    let name = encoding + [0]
    let decoder = try check(
      name.withUnsafeBytes { PyCodec_Decoder($0.baseAddress?.assumingMemoryBound(to: CChar.self)) })
    let bytes = try PyRef.bytes(source)
    let errors = try PyRef.string("replace")
    let answer = try decoder.call(bytes.borrowed, errors.borrowed)
    return items(of: answer.borrowed).first.flatMap { Bytes(textOf: $0) }
  }

  /// `<frozen importlib._bootstrap>` is `importlib/_bootstrap.py` of the library.
  private func frozen(_ name: Bytes) -> Bytes? {
    let opening = Bytes("<frozen ")
    guard FilePath.isPseudo(name), name.starts(with: opening), !standardLibrary.isEmpty else {
      return nil
    }
    let module = name.dropFirst(opening.count).dropLast()
    let path =
      standardLibrary + Bytes("/") + module.map { $0 == UInt8(ascii: ".") ? UInt8(ascii: "/") : $0 }
    return SourceReader.read(path + Bytes(".py")) ?? SourceReader.read(path + Bytes("/__init__.py"))
  }

  /// The text that `linecache` has under the name: doctest's, IPython's, and what
  /// a program registered with `exec`.
  static func registered(_ name: Bytes) -> Answer {
    if isAnonymous(name) { return .none }
    return ask { () throws(PythonError) in
      guard let linecache = try PyRef.loadedModule("linecache") else { return nil }
      let cache = try linecache.attribute("cache")
      let key = try PyRef.fileName(name)
      if cpython_is_dict(cache.borrowed) != 0,
        let entry = PyDict_GetItemWithError(cache.borrowed, key.borrowed)
      {
        return try text(ofEntry: PyRef(retaining: entry))
      }
      if let entry = typed(name, in: linecache.borrowed) {
        return try text(ofEntry: PyRef(retaining: entry))
      }
      // doctest answers for its examples by a `getlines` of its own. linecache's
      // would find nothing more, and imports modules to do so; a mock counts calls.
      let getLines = try linecache.attribute("getlines")
      guard try getLines.attribute("__module__").text == Bytes("doctest") else { return nil }
      return joined(try getLines.call(key.borrowed))
    }
  }

  /// What was typed at the prompt, from 3.14 on: entries by the file's name, the qualified name
  /// and the first line of each code object.
  private static func typed(_ name: Bytes, in linecache: Borrowed) -> Borrowed? {
    guard let names = PyModule_GetDict(linecache),
      let cache = PyDict_GetItemString(names, StaticString("_interactive_cache").chars),
      cpython_is_dict(cache) != 0
    else { return nil }
    var (position, key, entry): (Int, Borrowed?, Borrowed?) = (0, nil, nil)
    while PyDict_Next(cache, &position, &key, &entry) != 0 {
      guard let key, let file = items(of: key).first, Bytes(textOf: file) == name else { continue }
      return entry
    }
    return nil
  }

  /// Names that any code may have: what is registered under them is some text.
  private static func isAnonymous(_ name: Bytes) -> Bool {
    name == Bytes("<string>") || name == Bytes("<stdin>")
  }

  private static func joined(_ lines: borrowing PyRef) -> Bytes? {
    let text = items(of: lines.borrowed).reduce(into: Bytes()) { $0 += Bytes(textOf: $1) ?? [] }
    return text.isEmpty ? nil : text
  }

  /// `(size, mtime, lines, name)`, or `(get_source,)` for what is read later.
  private static func text(ofEntry entry: borrowing PyRef) throws(PythonError) -> Bytes? {
    let fields = items(of: entry.borrowed)
    if fields.count == 1 {
      return try PyRef(retaining: fields[0]).call().text
    }
    guard fields.count == 4 else { return nil }
    return joined(PyRef(retaining: fields[2]))
  }

  /// The text of a template that lies in a dictionary: `environment.loader.mapping[name]`, by the
  /// names of the module that Jinja2 has generated. A loader that is a function is the program's.
  static func fromJinja(_ globals: borrowing PyRef) -> SourceText? {
    guard let environment = item("environment", of: globals), let name = item("name", of: globals),
      cpython_is_string(name) != 0
    else { return nil }
    let found = ask { () throws(PythonError) in
      let mapping = try PyRef.attribute("loader", of: environment).attribute("mapping")
      guard cpython_is_dict(mapping.borrowed) != 0 else { return nil }
      return PyDict_GetItemWithError(mapping.borrowed, name).flatMap { Bytes(textOf: $0) }
    }
    if case .text(let text) = found.finding { return text }
    return nil
  }

  /// `loader.get_source(module)` of the module whose code is running, where that
  /// is the file's module: a zip import has its text there. A module that has no file, as
  /// Mako makes them, may be of any name.
  static func fromLoader(_ name: Bytes) -> Answer {
    ask { () throws(PythonError) in
      if InterpreterLifetime.now == .withoutSys { return nil }
      guard let globals = try Frame.running?.globals() else { return nil }
      if let file = item("__file__", of: globals), Bytes(fileNameOf: file) != name { return nil }
      guard let module = try module(in: globals), let loader = try loader(in: globals) else {
        return nil
      }
      return try loader.attribute("get_source").call(module.borrowed).text
    }
  }

  /// The name that the loader knows: the one that runs is `__main__`.
  private static func module(in globals: borrowing PyRef) throws(PythonError) -> PyRef? {
    if let spec = item("__spec__", of: globals), spec != cpython_none() {
      return try PyRef.attribute("name", of: spec)
    }
    return item("__name__", of: globals).map { PyRef(retaining: $0) }
  }

  private static func loader(in globals: borrowing PyRef) throws(PythonError) -> PyRef? {
    if let spec = item("__spec__", of: globals), spec != cpython_none() {
      return try PyRef.attribute("loader", of: spec)
    }
    return item("__loader__", of: globals).map { PyRef(retaining: $0) }
  }

  static func item(_ key: StaticString, of dict: borrowing PyRef) -> Borrowed? {
    cpython_is_dict(dict.borrowed) == 0 ? nil : PyDict_GetItemString(dict.borrowed, key.chars)
  }
}
