import CPython
public import PythonInterop

/// The functions of our package's that we hold, and with them all that their modules refer to.
///
/// While the interpreter ends the collector is shown them as the native module's, so that the
/// package goes with the other modules: held from outside it would keep `os` and much more,
/// and finalizers of what the program has hung there would run when `builtins` is empty.
/// Before that they stay out of its sight: what is traced needs them, whoever else does.
public enum HeldFunctions {
  /// The module that has them; one, though a program may import it anew.
  nonisolated(unsafe) private static var module: Borrowed?

  /// Names the native module, whose functions the collector is shown. The address is compared and
  /// not followed.
  public static func hold(in module: Borrowed) { Self.module = module }

  private static func shows(in module: Borrowed?) -> Bool {
    Py_IsInitialized() == 0 && module != nil && module == Self.module
  }

  /// `m_traverse`: `visit` is called for each, as often as it is held.
  public static func visit(of module: Borrowed?, _ visit: (Borrowed) -> CInt) -> CInt {
    guard shows(in: module), let code = CodeRegistry.shared else { return 0 }
    var answer: CInt = 0
    func show(_ function: Borrowed?) {
      if answer == 0, let function { answer = visit(function) }
    }
    show(code.observer?.borrowed)
    // Their objects are of classes of ours, whose functions lead on as those that are held do.
    for entry in code.entries { show(entry.linePlan?.kept.borrowed) }
    PythonHooks.shared.functions.forEach { show($0) }
    OpenSessions.forEach { session in
      session.receiver?.functions.forEach { show($0) }
      session.writer.look.functions.forEach { show($0) }
    }
    return answer
  }

  /// `m_clear`: holds none any more.
  public static func forget(of module: Borrowed?) {
    guard shows(in: module), let code = CodeRegistry.shared else { return }
    release(&code.observer)
    for entry in code.entries { entry.linePlan = nil }
    PythonHooks.shared.forgetFunctions()
    OpenSessions.forEach { session in
      session.receiver?.forgetFunctions()
      session.writer.look.forgetFunctions()
    }
  }
}
