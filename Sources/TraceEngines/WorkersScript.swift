import CPython
import PythonInterop
import TraceCore

/// The script in the processes that work for it: the functions that they are sent are of the
/// script that they work for, and what they run themselves is a module of a package.
extension Tracer {
  /// The module that runs as `__main__` is met.
  func meet(scriptAt path: Bytes, _ session: Session) throws(PythonError) {
    if session.parentScript != nil, Scope.isInstalled(path) {
      return session.meet(script: session.parentScript, generation: newGeneration())
    }
    session.meet(script: path, generation: newGeneration())
    guard let scriptHook, !FilePath.isPseudo(path) else { return }
    let name = try PyRef.fileName(path)
    containingOwnExceptions { () throws(PythonError) in
      try PyRef(retaining: scriptHook).call(name.borrowed)
    }
  }

  /// Whether cloudpickle has made it, by this name, of a function that another process has.
  func isDynamic(_ entry: CodeEntry) -> Bool {
    !entry.isTextChecked && entry.file.name == Bytes("<dynamic-code>")
  }

  /// Its module's file, which has come with it, where that has its text.
  func findFile(of entry: CodeEntry) throws(PythonError) {
    guard let frame = PyEval_GetFrame() else { return }
    let running = PyRef.code(of: Borrowed(frame))
    guard running.isSame(as: entry.code) else { return }
    let globals = try PyRef.attribute("f_globals", of: Borrowed(frame))
    entry.isTextChecked = true
    guard let item = SourceFinder.item("__file__", of: globals),
      let name = Bytes(fileNameOf: item), !FilePath.isPseudo(name)
    else { return }
    let file = cache.file(named: name, isModule: false)
    if let text = file.text(find: findText), try CompiledText.isMade(entry.code, of: text) {
      cache.release(entry.file)
      entry.file = file
    } else {
      cache.release(file)
    }
  }
}
