import CPython
import PythonInterop
import TraceCore

/// The text of a file: from the disk or, where there is none, from whoever in the
/// interpreter has it. Never raises; what Python code raises on the way is
/// contained.
struct SourceFinder {
  /// Where the standard library's own files are, for `<frozen os>`.
  var standardLibrary: Bytes = []

  func text(of file: SourceFile) -> SourceText? {
    if let source = file.readFromDisk() { return decoded(source) }
    if let source = frozen(file.name) { return decoded(source) }
    if let source = Self.registered(file.name) { return Self.text(source) }
    if FilePath.isPseudo(file.name) { return nil }
    return Self.fromLoader(file.name).map(Self.text)
  }

  /// Where the text of a file was found, for people.
  func origin(of file: SourceFile, _ isFound: Bool) -> Bytes {
    if !isFound { return Bytes("no source") }
    guard let source = file.readFromDisk() else { return Bytes("read, from the interpreter") }
    let encoding = source.withUnsafeBufferPointer { SourceEncoding(of: $0) }
    return Bytes("read, as ") + (encoding.cookie ?? Bytes("utf-8"))
  }

  private static func text(_ source: Bytes) -> SourceText {
    source.withUnsafeBufferPointer { SourceText($0) }
  }

  /// What is not UTF-8 goes through Python's codecs, once for the file; where
  /// there is no such codec the bytes stay, and show as escapes.
  private func decoded(_ source: Bytes) -> SourceText {
    let encoding = source.withUnsafeBufferPointer { SourceEncoding(of: $0) }
    guard !encoding.isUTF8, let cookie = encoding.cookie else { return Self.text(source) }
    let text = withExceptionsContained { () throws(PythonError) -> Bytes? in
      try Self.decode(source, from: cookie).text
    }
    return Self.text(text.flatMap { $0 } ?? source)
  }

  private static func decode(_ source: Bytes, from encoding: Bytes) throws(PythonError) -> PyRef {
    let name = encoding + [0]
    return try check(
      source.withUnsafeBytes { source in
        name.withUnsafeBytes { name in
          PyUnicode_Decode(
            source.baseAddress?.assumingMemoryBound(to: CChar.self), source.count,
            name.baseAddress?.assumingMemoryBound(to: CChar.self), "replace")
        }
      })
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
  static func registered(_ name: Bytes) -> Bytes? {
    if isAnonymous(name) { return nil }
    return withExceptionsContained { () throws(PythonError) -> Bytes? in
      let moduleName = try PyRef.string("linecache")
      guard let module = PyImport_GetModule(moduleName.borrowed) else { return nil }
      let linecache = PyRef(stealing: module)
      let cache = try linecache.attribute("cache")
      let key = try PyRef.fileName(name)
      if cpython_is_dict(cache.borrowed) != 0,
        let entry = PyDict_GetItemWithError(cache.borrowed, key.borrowed)
      {
        return try text(ofEntry: PyRef(retaining: entry))
      }
      // doctest answers for its examples by a `getlines` of its own. linecache's
      // would find nothing more, and imports modules to do so; a mock counts calls.
      let getLines = try linecache.attribute("getlines")
      guard try getLines.attribute("__module__").text == Bytes("doctest") else { return nil }
      return joined(try getLines.call(key.borrowed))
    }.flatMap { $0 }
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

  /// `loader.get_source(module)` of the module whose code is running, where that
  /// is the file's module: a zip import has its text there.
  private static func fromLoader(_ name: Bytes) -> Bytes? {
    withExceptionsContained { () throws(PythonError) -> Bytes? in
      guard let frame = PyEval_GetFrame() else { return nil }
      let globals = try PyRef.attribute("f_globals", of: Borrowed(frame))
      guard let file = item("__file__", of: globals), Bytes(fileNameOf: file) == name,
        let module = item("__name__", of: globals), let loader = try loader(in: globals)
      else { return nil }
      return try loader.attribute("get_source").call(module).text
    }.flatMap { $0 }
  }

  private static func loader(in globals: borrowing PyRef) throws(PythonError) -> PyRef? {
    if let spec = item("__spec__", of: globals), spec != cpython_none() {
      return try PyRef.attribute("loader", of: spec)
    }
    return item("__loader__", of: globals).map { PyRef(retaining: $0) }
  }

  private static func item(_ key: StaticString, of dict: borrowing PyRef) -> Borrowed? {
    cpython_is_dict(dict.borrowed) == 0 ? nil : PyDict_GetItemString(dict.borrowed, key.chars)
  }
}
