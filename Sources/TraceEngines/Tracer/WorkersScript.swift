import CPython
import PythonInterop
import TraceCore

/// The script in the processes that work for it: the functions that they are sent are of the
/// script that they work for, and what they run themselves is a module of a package.
extension Tracer {
  /// Whether it is a module of a package that a process runs which works for a script.
  func isWorkers(_ path: Bytes, _ session: Session) -> Bool {
    session.parentScript != nil && Scope.isInstalled(path)
  }

  /// Whether multiprocessing has a process of its own run it, which works for a runner.
  func isHelpers(_ command: Bytes, _ session: Session) -> Bool {
    session.runner != nil && session.scope.base != .all
      && command.starts(with: Bytes("from multiprocessing."))
  }

  /// Has the processes that work for the script be told of it, and of what runs it.
  func tell(scriptAt path: Bytes, _ session: Session) throws(PythonError) {
    guard let scriptHook, !FilePath.isPseudo(path) else { return }
    let name = try PyRef.fileName(path)
    let runner = try PyRef.fileName(session.runner ?? [])
    containingOwnExceptions { () throws(PythonError) in
      _ = try PyRef(retaining: scriptHook).callOurs(
        name.borrowed, session.runner == nil ? cpython_none() : runner.borrowed)
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
