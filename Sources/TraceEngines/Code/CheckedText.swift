import CPython
import PythonInterop
import TraceCore

/// Whether a code object was made of the text that its file has.
///
/// A template engine compiles Python that it has generated, and gives it the template's name
/// and numbers of its own. A text that was not compiled is not shown as what runs.
extension Tracer {
  /// Looks at it once, as the code object runs: its frame says who has loaded it.
  func checkText(of entry: CodeEntry) throws(PythonError) {
    guard !entry.isTextChecked, !entry.file.isScript else { return }
    guard let frame = PyEval_GetFrame() else { return }
    let running = PyRef.code(of: Borrowed(frame))
    guard running.isSame(as: entry.code) else { return }
    let globals = try PyRef.attribute("f_globals", of: Borrowed(frame))
    if let other = try otherFile(of: entry, globals) {
      cache.adopt(other)
      cache.release(entry.file)
      entry.file = other
    }
    entry.isTextChecked = true
  }

  /// nil: the file is its own.
  private func otherFile(of entry: CodeEntry, _ globals: borrowing PyRef) throws(PythonError)
    -> SourceFile?
  {
    let file = entry.file
    if isLoaded(file, globals) { return nil }
    if let map = try CompiledText.lineMap(of: entry.code, globals) {
      if file.text(find: findText) != nil { return SourceFile(file, map: map) }
      return SourceFile(file, map: map, text: SourceFinder.fromJinja(globals))
    }
    guard !FilePath.isPseudo(file.name) else { return nil }
    if case .text(let source) = SourceFinder.registered(file.name) {
      let text = source.withUnsafeBufferPointer { SourceText($0) }
      if try CompiledText.isMade(entry.code, of: text) { return SourceFile(file, text: text) }
    }
    guard let text = file.text(find: findText) else { return nil }
    return try CompiledText.isMade(entry.code, of: text) ? nil : SourceFile(file, text: nil)
  }

  /// Whether an importer, or the interpreter itself, has loaded the module from the file.
  private func isLoaded(_ file: SourceFile, _ globals: borrowing PyRef) -> Bool {
    func isThere(_ name: StaticString) -> Bool {
      SourceFinder.item(name, of: globals).map { $0 != cpython_none() } ?? false
    }
    guard isThere("__spec__") || isThere("__loader__"),
      let name = SourceFinder.item("__file__", of: globals)
    else { return false }
    return Bytes(fileNameOf: name) == file.name
  }
}

enum CompiledText {
  /// What Jinja2 has left in the names of the module that it has generated; that itself, which
  /// has the map among its constants, is no part of the template.
  static func lineMap(of code: Borrowed, _ globals: borrowing PyRef) throws(PythonError) -> LineMap?
  {
    if let text = SourceFinder.item("debug_info", of: globals).flatMap({ Bytes(textOf: $0) }) {
      return LineMap(text)
    }
    let names = try texts("co_names", of: code)
    guard names.contains(Bytes("debug_info")), names.contains(Bytes("blocks")) else { return nil }
    return try texts("co_consts", of: code).contains { LineMap($0) != nil } ? .ofNone : nil
  }

  /// Whether it may be: all lines are there, functions and classes begin where their names
  /// are, and each name is somewhere in the text. So it is with every text that was compiled.
  static func isMade(_ code: Borrowed, of text: SourceText) throws(PythonError) -> Bool {
    if try isOfAnnotations(code) { return true }
    guard try begins(code, in: text), try lastLine(of: code) <= text.lineCount,
      try names(of: code).allSatisfy({ text.contains($0) })
    else { return false }
    let constants = try PyRef.attribute("co_consts", of: code)
    for constant in items(of: constants.borrowed)
    where cpython_type(constant) == cpython_type(code) {
      if try !isMade(constant, of: text) { return false }
    }
    return true
  }

  /// From 3.14 on the compiler makes functions of them, with a name and an argument of its own.
  private static func isOfAnnotations(_ code: Borrowed) throws(PythonError) -> Bool {
    guard let name = try PyRef.attribute("co_name", of: code).text else { throw PythonError() }
    return name == Bytes("__annotate__")
  }

  /// At a decorator, or at the name. What the compiler has named begins anywhere.
  private static func begins(_ code: Borrowed, in text: SourceText) throws(PythonError) -> Bool {
    guard let name = try PyRef.attribute("co_name", of: code).text else { throw PythonError() }
    if !isWritten(name) { return true }
    guard let line = text.line(try PyRef.attribute("co_firstlineno", of: code).integer) else {
      return false
    }
    let first = line.first { $0 != Ascii.space && $0 != Ascii.tab }
    return first == UInt8(ascii: "@") || line.last == UInt8(ascii: "\\") || line.contains(name)
  }

  private static func lastLine(of code: Borrowed) throws(PythonError) -> Int {
    let lines = try PyRef.attribute("co_lines", of: code).call()
    var last = 0
    while let line = PyIter_Next(lines.borrowed) {
      last = max(last, items(of: line).last.map { PyLong_AsLong($0) } ?? 0)
      Py_DecRef(line)
      if PyErr_ExceptionMatches(cpython_memory_error()) == 0 { PyErr_Clear() }  // `None`
    }
    if PyErr_Occurred() != nil { throw PythonError() }
    return last
  }

  private static func names(of code: Borrowed) throws(PythonError) -> [Bytes] {
    let dotted = try texts("co_names", of: code) + texts("co_varnames", of: code)
    return dotted.filter(isWritten).flatMap { $0.split(separator: UInt8(ascii: ".")) }
      .map { Bytes($0) }
  }

  /// Not what the compiler has made or changed: `<lambda>`, `.0`, `__class__`, `_Class__name`,
  /// and identifiers beyond ASCII, which it normalizes.
  private static func isWritten(_ name: Bytes) -> Bool {
    guard let first = name.first, first != UInt8(ascii: "<"), first != UInt8(ascii: "."),
      name.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "\\") })
    else { return false }
    let mark = UInt8(ascii: "_")
    return !zip(name, name.dropFirst()).contains { $0 == mark && $1 == mark }
  }

  private static func texts(_ attribute: StaticString, of code: Borrowed) throws(PythonError)
    -> [Bytes]
  {
    let tuple = try PyRef.attribute(attribute, of: code)
    let texts = items(of: tuple.borrowed).compactMap { Bytes(textOf: $0) }
    if PyErr_Occurred() != nil { throw PythonError() }
    return texts
  }
}
