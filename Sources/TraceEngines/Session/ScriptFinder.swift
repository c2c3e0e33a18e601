import CPython
import PythonInterop
import TraceCore

/// Which files the script is: what runs as `__main__`, and where that is a library's, as pdb,
/// coverage and pytest are, what is run or loaded by it. In a process that works for a script the
/// functions that it is sent are of that script, and what it runs itself is a module of a package.
struct ScriptFinder {
  let code: CodeRegistry
  let newGeneration: () -> Int

  /// What a module is that begins to run.
  private enum Role {
    /// `__main__`, the first or one that another has run.
    case main
    /// Loaded by a library, which is what runs as `__main__`.
    case loaded
  }

  /// Takes a module's code that is entered for the script's, where it is.
  /// - Parameter scopeShrinks: called where files are out of scope that were in it.
  /// - Returns: what is known of the code from here on.
  func meet(
    _ entry: CodeEntry, _ session: Session, scopeShrinks: () throws(PythonError) -> Void
  ) throws(PythonError) -> CodeEntry {
    guard let role = try role(of: entry, session) else { return entry }
    if role == .main, FilePath.isPseudo(entry.file.name), let command = session.takeCommand() {
      if isHelpers(command, session) {
        session.meet(script: session.parentScript, generation: newGeneration())
        return entry
      }
      try code.hold(command, for: entry.code)
      session.meet(script: nil, generation: newGeneration())
      if session.runner != nil { session.beginRunnerLines(of: entry.file.path) }
      return try code.entry(for: entry.code)
    }
    if role == .main, session.parentScript != nil, Scope.isInstalled(entry.file.path) {
      session.meet(script: session.parentScript, generation: newGeneration())
      return entry
    }
    if try meet(entry.file, role, session, scopeShrinks) {
      try PythonHooks.shared.tell(scriptAt: entry.file.path, runBy: session.runner)
    }
    return entry
  }

  /// Whether multiprocessing has a process of its own run it, which works for a runner.
  private func isHelpers(_ command: Bytes, _ session: Session) -> Bool {
    session.runner != nil && session.scope.base != .all
      && command.starts(with: Bytes("from multiprocessing."))
  }

  /// - Returns: whether processes that work for the script are to be told of it.
  private func meet(
    _ file: SourceFile, _ role: Role, _ session: Session,
    _ scopeShrinks: () throws(PythonError) -> Void
  ) throws(PythonError) -> Bool {
    let isRunner =
      role == .main && (session.scope.isLibrary(file.path) || file.path == session.runner)
    let isSilent = file.isScript || isRunner && isSilent(file, session)
    let isKnown = session.scope.scripts.contains(file.path)
    let hasLost = session.meet(
      script: isSilent ? nil : file.path, generation: newGeneration())
    if role == .main { session.runner = isRunner ? file.path : nil }
    session.forgetRunnerLines()
    if hasLost { try scopeShrinks() }
    if isRunner, !isSilent { session.beginRunnerLines(of: file.path) }
    return isRunner || !isSilent && !isKnown
  }

  /// Of a runner, which is not the project's, works for another one, or is known to run others.
  private func isSilent(_ file: SourceFile, _ session: Session) -> Bool {
    let isWorkers = !session.hasMetMain && session.runner.map { $0 != file.path } ?? false
    return isWorkers || session.scope.base == .project || runsOthers(file, session)
  }

  private func role(of entry: CodeEntry, _ session: Session) throws(PythonError) -> Role? {
    guard try entry.code.isModule, let frame = Frame.running, frame.code == entry.code,
      let name = try frame.moduleName
    else { return nil }
    guard let text = Bytes(textOf: name) else { return try unsaid() }
    if text == Bytes("__mp_main__") { return .main }
    if text == Bytes("__main__") { return isNextMain(entry.file, session) ? .main : nil }
    if session.runner == nil { return nil }
    return try isLoadedByLibrary(entry.file, frame, session) ? .loaded : nil
  }

  /// Answers nil for what is no text, and throws if there was no memory for one.
  private func unsaid() throws(PythonError) -> Role? {
    if PyErr_Occurred() != nil { throw PythonError() }
    return nil
  }

  /// The first `__main__`, or one that another has run. What has no file is none, as programs
  /// compile such code; but for what a library runs, and what is typed at the prompt.
  private func isNextMain(_ file: SourceFile, _ session: Session) -> Bool {
    if !session.hasMetMain {
      // Any code may be called so: it is the command's where that is awaited, or held.
      return file.name != Bytes("<string>") || file.isScript || session.awaitsCommand
    }
    // On 3.11 the same one is asked about again, where it goes on.
    if session.scope.base == .all || file.isScript || file.path == session.runner { return false }
    if session.scope.scripts.contains(file.path) || file.name == Bytes("<string>") { return false }
    return session.runner != nil || !FilePath.isPseudo(file.name) || Self.isTyped(file.name)
  }

  private static func isTyped(_ name: Bytes) -> Bool {
    name.starts(with: "<stdin") || name.starts(with: "<python-input-")
  }

  /// A module of a file outside the libraries, and whoever has it run is in one.
  private func isLoadedByLibrary(_ file: SourceFile, _ frame: Frame, _ session: Session)
    throws(PythonError) -> Bool
  {
    let scope = session.scope
    guard scope.base == .script, !FilePath.isPseudo(file.name), !scope.isLibrary(file.path),
      !scope.scripts.contains(file.path)
    else { return false }
    var isLoaded = false
    try frame.forEachCaller { caller throws(PythonError) in
      let path = try code.entry(for: caller.code).file.path
      if isImportSystem(path, scope) { return true }
      isLoaded = scope.isLibrary(path)
      return false
    }
    return isLoaded
  }

  private func isImportSystem(_ path: Bytes, _ scope: Scope) -> Bool {
    path.starts(with: "<frozen importlib")
      || scope.libraries.contains {
        FilePath.relative(path, to: $0)?.starts(with: Bytes("importlib/")) ?? false
      }
  }

  /// The interpreter's own prompt is such a module, too.
  private func runsOthers(_ file: SourceFile, _ session: Session) -> Bool {
    let isPrompt = session.scope.libraries.contains {
      FilePath.relative(file.path, to: $0)?.starts(with: Bytes("_pyrepl/")) ?? false
    }
    if isPrompt { return true }
    guard case .text(let text) = code.finder.text(of: file) else { return false }
    return Runner.isText(text)
  }
}
