import CPython
import PythonInterop
import TraceCore

/// Whether a code object was made of a text.
enum CompiledText {
  /// What Jinja2 has left in the names of the module that it has generated; that itself, which
  /// has the map among its constants, is no part of the template.
  static func lineMap(of code: CodeObject, _ globals: borrowing PyRef) throws(PythonError)
    -> LineMap?
  {
    if let text = SourceFinder.item("debug_info", of: globals).flatMap({ Bytes(textOf: $0) }) {
      return LineMap(text)
    }
    let names = try texts(code.names(.used))
    guard names.contains(Bytes("debug_info")), names.contains(Bytes("blocks")) else { return nil }
    return try texts(code.constants()).contains { LineMap($0) != nil } ? .ofNone : nil
  }

  /// Whether it may be: all lines are there, functions and classes begin where their names
  /// are, and each name is somewhere in the text. So it is with every text that was compiled.
  static func isMade(_ code: CodeObject, of text: SourceText) throws(PythonError) -> Bool {
    if try isOfAnnotations(code) { return true }
    guard try begins(code, in: text), try lastLine(of: code) <= text.lineCount,
      try names(of: code).allSatisfy({ text.contains($0) })
    else { return false }
    var isMade = true
    try code.forEachInner { inner throws(PythonError) in
      if isMade { isMade = try Self.isMade(inner, of: text) }
    }
    return isMade
  }

  /// From 3.14 on the compiler makes functions of them, with a name and an argument of its own.
  private static func isOfAnnotations(_ code: CodeObject) throws(PythonError) -> Bool {
    try code.name == Bytes("__annotate__")
  }

  /// At a decorator, or at the name. What the compiler has named begins anywhere.
  private static func begins(_ code: CodeObject, in text: SourceText) throws(PythonError) -> Bool {
    let name = try code.name
    if !isWritten(name) { return true }
    guard let line = text.line(try code.firstLine) else { return false }
    let first = line.first { $0 != Ascii.space && $0 != Ascii.tab }
    return first == UInt8(ascii: "@") || line.last == UInt8(ascii: "\\") || line.contains(name)
  }

  private static func lastLine(of code: CodeObject) throws(PythonError) -> Int {
    let lines = try code.lines()
    var last = 0
    while let line = PyIter_Next(lines.borrowed) {
      last = max(last, items(of: line).last.map { PyLong_AsLong($0) } ?? 0)
      Py_DecRef(line)
      if PyErr_ExceptionMatches(cpython_memory_error()) == 0 { PyErr_Clear() }  // `None`
    }
    if PyErr_Occurred() != nil { throw PythonError() }
    return last
  }

  private static func names(of code: CodeObject) throws(PythonError) -> [Bytes] {
    let dotted = try texts(code.names(.used)) + texts(code.names(.local))
    return dotted.filter(isWritten).flatMap { $0.parts(between: UInt8(ascii: ".")) }
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

  private static func texts(_ tuple: borrowing PyRef) throws(PythonError) -> [Bytes] {
    let texts = items(of: tuple.borrowed).compactMap { Bytes(textOf: $0) }
    if PyErr_Occurred() != nil { throw PythonError() }
    return texts
  }
}
