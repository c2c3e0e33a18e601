import CPython

/// How far the interpreter has ended. Finalizers, weak references' callbacks and what else
/// `Py_FinalizeEx` runs are code of the program's, whose lines come to a callback as ever:
/// the one place that says what a callback may still ask of the interpreter.
///
/// | step of `Py_FinalizeEx` | state | `sys.modules` | `import` | codecs | Python code of ours |
/// | --- | --- | --- | --- | --- | --- |
/// | threads, `atexit` functions | `whole` | whole | works | work | works |
/// | threads' states, collection | `whole` | whole | works | work | works, but begins no thread |
/// | `sys.meta_path` and so on | `withoutImports` | whole | fails | those known | works |
/// | modules go, are emptied | `withoutImports` | emptied | fails | those known | may find None |
/// | `sys`, `builtins` emptied | `withoutSys` | None, then NULL | fails, 3.11 may crash | those known | finds None |
/// | `PyInterpreterState_Clear` | `withoutSys` | NULL | fails | 3.13 and later crash | finds None |
///
/// `PyImport_GetModuleDict` is fatal where it is NULL, `PySys_GetObject` is not. Weak
/// references, frames, built-in functions that are held and what the limited API says of
/// built-in types are of use to the last.
public enum InterpreterLifetime {
  case whole, withoutImports, withoutSys

  /// How far the end has come by now. To be asked with the GIL held.
  public static var now: InterpreterLifetime {
    if Py_IsInitialized() != 0 { return .whole }
    guard let modules else { return .withoutSys }
    let ours = PyDict_GetItemString(modules, StaticString("swifttrace.swifttrace").chars)
    return isThere(ours) && isThere(ofSys("meta_path")) ? .whole : .withoutImports
  }

  /// `sys.modules`; nil: there is none any more.
  public static var modules: Borrowed? {
    let modules = Py_IsInitialized() != 0 ? PyImport_GetModuleDict() : ofSys("modules")
    guard let modules, cpython_is_dict(modules) != 0 else { return nil }
    return modules
  }

  /// `sys.name`, without an import of `sys`: that fails before `sys` itself is gone.
  static func ofSys(_ name: StaticString) -> Borrowed? { PySys_GetObject(name.chars) }

  private static func isThere(_ object: Borrowed?) -> Bool {
    object != nil && object != cpython_none()
  }

  /// A weak reference to the native module, which shows the collector the functions of ours that
  /// are held: all weak references to what it takes down are dead before the first of that is
  /// cleared, and a function that is cleared crashes when it is called.
  nonisolated(unsafe) private static var module: Borrowed?

  /// Remembers the native module by a weak reference, from which `hasOurs` learns whether functions
  /// of our package can still be called.
  public static func watch(_ module: Borrowed) throws(PythonError) {
    self.module = try check(PyWeakref_NewRef(module, nil)).take()
  }

  /// Whether functions of ours can be called.
  static var hasOurs: Bool {
    if Py_IsInitialized() != 0 { return true }
    return now != .withoutSys && module.map { isThere(PyWeakref_GetObject($0)) } ?? false
  }

  static var error: PythonError {
    raise(cpython_runtime_error(), "swifttrace: the interpreter is ending")
  }
}

extension PyRef {
  /// `sys.name`. Raises `RuntimeError` where that is gone.
  public static func sys(_ name: StaticString) throws(PythonError) -> PyRef {
    guard let found = InterpreterLifetime.ofSys(name), found != cpython_none() else {
      throw InterpreterLifetime.error
    }
    return PyRef(retaining: found)
  }

  /// `self(*arguments)` of a function of our package's. While the interpreter takes modules
  /// down what ours raise is theirs, not the program's: the names they look up may be None.
  /// - Returns: nil where it was not called, or raised so.
  public borrowing func callOurs(_ arguments: Borrowed...) throws(PythonError) -> PyRef? {
    if !InterpreterLifetime.hasOurs { return nil }
    do throws(PythonError) {
      return try call(all: arguments)
    } catch {
      if InterpreterLifetime.now == .whole { throw error }
      PyErr_Clear()
      return nil
    }
  }
}
