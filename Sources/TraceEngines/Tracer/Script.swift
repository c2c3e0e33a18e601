import CPython
import PythonInterop
import TraceCore

/// Which files the script is: what runs as `__main__`, and where that is a library's, as pdb,
/// coverage and pytest are, what is run or loaded by it.
extension Tracer {
  /// What a module is that begins to run.
  private enum Role {
    /// `__main__`, the first or one that another has run.
    case main
    /// Loaded by a library, which is what runs as `__main__`.
    case loaded
  }

  /// Takes a module's code that is entered for the script's, where it is.
  /// - Returns: what is known of the code from here on.
  func meetScript(_ entry: CodeEntry, _ session: Session) throws(PythonError) -> CodeEntry {
    guard let role = try role(of: entry, session) else { return entry }
    if role == .main, FilePath.isPseudo(entry.file.name), let command = session.takeCommand() {
      if isHelpers(command, session) {
        session.meet(script: session.parentScript, generation: newGeneration())
        return entry
      }
      try hold(command, for: entry.code)
      session.meet(script: nil, generation: newGeneration())
      if session.runner != nil { beginRunnerLines(of: entry.file.path, session) }
      return try self.entry(for: entry.code)
    }
    if role == .main, isWorkers(entry.file.path, session) {
      session.meet(script: session.parentScript, generation: newGeneration())
      return entry
    }
    try meetFile(entry.file, role, session)
    return entry
  }

  private func meetFile(_ file: SourceFile, _ role: Role, _ session: Session) throws(PythonError) {
    let isRunner =
      role == .main && (session.scope.isLibrary(file.path) || file.path == session.runner)
    let isSilent = file.isScript || isRunner && isSilent(file, session)
    let isKnown = session.scope.scripts.contains(file.path)
    let hasChanged = session.meet(
      script: isSilent ? nil : file.path, generation: newGeneration())
    if role == .main { session.runner = isRunner ? file.path : nil }
    forgetRunnerLines(session)
    if hasChanged { try decideAgain(session) }
    if isRunner, !isSilent { beginRunnerLines(of: file.path, session) }
    if isRunner || !isSilent && !isKnown { try tell(scriptAt: file.path, session) }
  }

  /// Of a runner, which is not the project's, works for another one, or is known to run others.
  private func isSilent(_ file: SourceFile, _ session: Session) -> Bool {
    let isWorkers = !session.hasMetMain && session.runner.map { $0 != file.path } ?? false
    return isWorkers || session.scope.base == .project || runsOthers(file, session)
  }

  private func role(of entry: CodeEntry, _ session: Session) throws(PythonError) -> Role? {
    guard try Self.isModule(entry.code), let frame = PyEval_GetFrame(), runs(entry.code, frame)
    else { return nil }
    let globals = try PyRef.attribute("f_globals", of: Borrowed(frame))
    guard cpython_is_dict(globals.borrowed) != 0,
      let name = PyDict_GetItemString(globals.borrowed, StaticString("__name__").chars)
    else { return nil }
    guard let text = Bytes(textOf: name) else { return try unsaid() }
    if text == Bytes("__mp_main__") { return .main }
    if text == Bytes("__main__") { return isNextMain(entry.file, session) ? .main : nil }
    guard session.runner != nil, try isLoadedByLibrary(entry.file, Borrowed(frame), session) else {
      return nil
    }
    return .loaded
  }

  /// The first `__main__`, or one that another has run. What has no file is none, as programs
  /// compile such code; but for what a library runs, and what is typed at the prompt.
  private func isNextMain(_ file: SourceFile, _ session: Session) -> Bool {
    if !session.hasMetMain {
      // Any code may be called so: it is the command's where that is awaited, or held.
      return file.name != Bytes("<string>") || file.isScript || session.awaitsCommand
    }
    if session.scope.base == .all || file.isScript { return false }
    if session.scope.scripts.contains(file.path) || file.name == Bytes("<string>") { return false }
    return session.runner != nil || !FilePath.isPseudo(file.name) || Self.isTyped(file.name)
  }

  private static func isTyped(_ name: Bytes) -> Bool {
    name.starts(with: "<stdin") || name.starts(with: "<python-input-")
  }

  /// A module of a file outside the libraries, and whoever has it run is in one.
  private func isLoadedByLibrary(_ file: SourceFile, _ frame: Borrowed, _ session: Session)
    throws(PythonError) -> Bool
  {
    let scope = session.scope
    guard scope.base == .script, !FilePath.isPseudo(file.name), !scope.isLibrary(file.path),
      !scope.scripts.contains(file.path)
    else { return false }
    var caller = try PyRef.attribute("f_back", of: frame)
    while !caller.isNone {
      let code = PyRef.code(of: caller.borrowed)
      let path = try entry(for: code.borrowed).file.path
      if !isImportSystem(path, scope) { return scope.isLibrary(path) }
      caller = try caller.attribute("f_back")
    }
    return false
  }

  private func isImportSystem(_ path: Bytes, _ scope: Scope) -> Bool {
    path.starts(with: "<frozen importlib")
      || scope.libraries.contains {
        FilePath.relative(path, to: $0)?.starts(with: Bytes("importlib/")) ?? false
      }
  }

  private func runs(_ code: Borrowed, _ frame: OpaquePointer) -> Bool {
    guard let running = PyFrame_GetCode(frame) else { return false }
    Py_DecRef(Borrowed(running))
    return Borrowed(running) == code
  }

  /// The interpreter's own prompt is such a module, too.
  private func runsOthers(_ file: SourceFile, _ session: Session) -> Bool {
    let isPrompt = session.scope.libraries.contains {
      FilePath.relative(file.path, to: $0)?.starts(with: Bytes("_pyrepl/")) ?? false
    }
    if isPrompt { return true }
    guard case .text(let text) = finder.text(of: file) else { return false }
    return Runner.isText(text)
  }

  /// Of what is no text: nil; where there was no memory for one that is unsaid.
  private func unsaid() throws(PythonError) -> Role? {
    if PyErr_Occurred() != nil { throw PythonError() }
    return nil
  }

  /// The library's own lines are not the script's any more.
  private func decideAgain(_ session: Session) throws(PythonError) {
    resetHot()
    hot.pointee.recent.forgetAll()
    for entry in table.entries where entry.isTraced {
      try setTraced(entry, isInScope(entry.file, session))
    }
    if hot.pointee.countsCalls { recountDepth() }
  }
}
