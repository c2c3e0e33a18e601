import CPython
import PythonInterop
import TraceCore

/// Which text a code object was made of.
///
/// A template engine compiles Python that it has generated, and gives it the template's name
/// and numbers of its own. A text that was not compiled is not shown as what runs.
extension CodeRegistry {
  /// Looks at it once, as the code object runs: its frame says who has loaded it.
  func checkText(of entry: CodeEntry) throws(PythonError) {
    guard !entry.isTextChecked, !entry.file.isScript, let frame = Frame.running,
      frame.code == entry.code
    else { return }
    if let other = try otherFile(of: entry, try frame.globals()) { move(entry, to: other) }
    entry.isTextChecked = true
  }

  /// The file that the code object belongs to instead of the one it names; nil if it is that one.
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

  // MARK: functions that came from another process

  /// Whether cloudpickle has made it, by this name, of a function that another process has.
  func isDynamic(_ entry: CodeEntry) -> Bool {
    !entry.isTextChecked && entry.file.name == Bytes("<dynamic-code>")
  }

  /// Gives it its module's file, which has come with it, where that has its text.
  func findFile(of entry: CodeEntry) throws(PythonError) {
    guard let frame = Frame.running, frame.code == entry.code else { return }
    let globals = try frame.globals()
    entry.isTextChecked = true
    guard let item = SourceFinder.item("__file__", of: globals),
      let name = Bytes(fileNameOf: item), !FilePath.isPseudo(name)
    else { return }
    try withFile(named: name) { file throws(PythonError) in
      if let text = file.text(find: findText), try CompiledText.isMade(entry.code, of: text) {
        move(entry, to: file)
      }
    }
  }
}
