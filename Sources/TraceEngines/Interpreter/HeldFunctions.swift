import CPython
public import PythonInterop

/// The functions of our package's that we hold, and with them all that their modules refer to.
///
/// While the interpreter ends the collector is shown them as the native module's, so that the
/// package goes with the other modules: held from outside it would keep `os` and much more,
/// and finalizers of what the program has hung there would run when `builtins` is empty.
/// Before that they stay out of its sight: what is traced needs them, whoever else does.
extension Tracer {
  /// The module that has them; one, though a program may import it anew.
  nonisolated(unsafe) private static var module: Borrowed?

  public static func holdFunctions(in module: Borrowed) { Self.module = module }

  private static func shows(in module: Borrowed?) -> Bool {
    Py_IsInitialized() == 0 && module != nil && module == Self.module
  }

  /// `m_traverse`: `visit` is called for each, as often as it is held.
  public static func visitFunctions(of module: Borrowed?, _ visit: (Borrowed) -> CInt) -> CInt {
    guard shows(in: module), let shared else { return 0 }
    var answer: CInt = 0
    func show(_ function: Borrowed?) {
      if answer == 0, let function { answer = visit(function) }
    }
    show(shared.observer)
    show(shared.forkHook)
    show(shared.scriptHook)
    show(shared.forkLocks.before)
    show(shared.forkLocks.after)
    OpenSessions.forEach { session in
      session.details?.functions.forEach { show($0) }
      session.look.functions.forEach { show($0) }
    }
    return answer
  }

  /// `m_clear`: holds none any more.
  public static func forgetFunctions(of module: Borrowed?) {
    guard shows(in: module), let shared else { return }
    let held = [
      shared.observer, shared.forkHook, shared.scriptHook, shared.forkLocks.before,
      shared.forkLocks.after,
    ]
    (shared.observer, shared.forkHook, shared.scriptHook) = (nil, nil, nil)
    shared.forkLocks = (nil, nil)
    held.forEach { Py_DecRef($0) }
    OpenSessions.forEach { session in
      session.details?.forgetFunctions()
      session.look.forgetFunctions()
    }
  }
}

// MARK: os.register_at_fork

/// The interpreter keeps what it is given there to its very end: these refer to nothing.
extension Tracer {
  /// - Returns: what `os.register_at_fork` is to be given: before, after in the parent, after in
  ///   the child.
  public func forkCallbacks() throws(PythonError) -> PyRef {
    let context = UnsafeMutableRawPointer(hot)
    let before = try callback(calledBeforeFork, context)
    let after = try callback(calledAfterFork, context)
    let child = try callback(calledInChild, context)
    return try check(cpython_triple(before.borrowed, after.borrowed, child.borrowed))
  }

  fileprivate static func call(_ function: Borrowed?) -> Borrowed? {
    guard let function else { return PyRef.none.take() }
    do throws(PythonError) {
      guard let answer = try PyRef(retaining: function).callOurs() else {
        return PyRef.none.take()
      }
      return answer.take()
    } catch {
      return nil
    }
  }
}

private let calledBeforeFork: cpython_vectorcall = { _, _, _, _ in
  Tracer.call(Tracer.shared?.forkLocks.before)
}

private let calledAfterFork: cpython_vectorcall = { _, _, _, _ in
  Tracer.call(Tracer.shared?.forkLocks.after)
}

private let calledInChild: cpython_vectorcall = { _, _, _, _ in
  Tracer.call(Tracer.shared?.forkHook)
}
