import CPython
public import PythonInterop
import TraceCore

/// The functions of our package's that are called when a process forks or the script is met.
public final class PythonHooks {
  /// The hooks of the interpreter that runs.
  nonisolated(unsafe) public internal(set) static var shared = PythonHooks()

  /// Called before a fork, and after it in the parent.
  private var beforeFork: PyRef?
  private var afterFork: PyRef?
  /// Called, with no arguments, at the first line in a child that was forked.
  private var inChild: PyRef?
  /// Called with the name of the script's file, once that is met, and with that of the runner
  /// which runs it, or None.
  private var scriptMet: PyRef?
  /// Says what a value that has no built-in type looks like.
  private var describer: PyRef?
  /// What it has said of objects that it names.
  let known = KnownObjects()
  /// A fork made this process, and no line of it was printed yet.
  var isNewProcess = false

  /// - Parameter callables: makes what `os.register_at_fork` is given. The interpreter keeps that
  ///   to its very end: it refers to nothing.
  /// - Returns: before, after in the parent, after in the child.
  func setForkHooks(
    before: Borrowed, after: Borrowed, inChild: Borrowed, _ callables: borrowing CallableType
  ) throws(PythonError) -> PyRef {
    replace(&beforeFork, retaining: before)
    replace(&afterFork, retaining: after)
    replace(&self.inChild, retaining: inChild)
    let context = Unmanaged.passUnretained(self).toOpaque()
    let before = try callables.make(calledBeforeFork, context)
    let after = try callables.make(calledAfterFork, context)
    let child = try callables.make(calledInChild, context)
    return try check(cpython_triple(before.borrowed, after.borrowed, child.borrowed))
  }

  /// Sets the function that is called when the script is met.
  /// - Parameter function: retained.
  public func setScriptHook(_ function: Borrowed) {
    replace(&scriptMet, retaining: function)
  }

  /// Sets the function that says what values look like: `describe(value, is_deep)`.
  /// - Parameter function: retained.
  public func setDescriber(_ function: Borrowed) {
    replace(&describer, retaining: function)
  }

  /// What it says of a value; nil: nothing. A new reference.
  func description(of value: Borrowed, isDeep: Bool) -> Borrowed? {
    guard let function = describer?.borrowed else { return nil }
    return Self.answer(of: function, value, isDeep ? cpython_true() : cpython_false())
  }

  /// What a function of ours returns that runs nothing of the program's. A new reference; nil:
  /// there was none, or it has raised.
  static func answer(of function: Borrowed, _ argument: Borrowed, _ other: Borrowed? = nil)
    -> Borrowed?
  {
    let function = PyRef(retaining: function)
    let kept = PyRef(retaining: argument)
    var answer: Borrowed?
    containingOwnExceptions { () throws(PythonError) in
      if let other {
        answer = try function.callOurs(kept.borrowed, other)?.take()
      } else {
        answer = try function.callOurs(kept.borrowed)?.take()
      }
    }
    return answer
  }

  /// At the first line of a child: the interpreter has not heard of a fork that was
  /// made in C, and what Python code keeps of the process is the parent's.
  func tellOfFork() {
    guard let hook = inChild?.borrowed else { return }
    containingOwnExceptions { () throws(PythonError) in
      _ = try PyRef(retaining: hook).callOurs()
    }
  }

  /// Has the processes that work for the script be told of it, and of what runs it.
  func tell(scriptAt path: Bytes, runBy runner: Bytes?) throws(PythonError) {
    guard let hook = scriptMet?.borrowed, !FilePath.isPseudo(path) else { return }
    let name = try PyRef.fileName(path)
    let runnerName = try PyRef.fileName(runner ?? [])
    containingOwnExceptions { () throws(PythonError) in
      _ = try PyRef(retaining: hook).callOurs(
        name.borrowed, runner == nil ? cpython_none() : runnerName.borrowed)
    }
  }

  /// All that are held.
  var functions: [Borrowed?] {
    [
      inChild?.borrowed, scriptMet?.borrowed, beforeFork?.borrowed, afterFork?.borrowed,
      describer?.borrowed,
    ]
  }

  func forgetFunctions() {
    release(&beforeFork)
    release(&afterFork)
    release(&inChild)
    release(&scriptMet)
    release(&describer)
    known.forgetAll()
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

  fileprivate var hookBefore: Borrowed? { beforeFork?.borrowed }
  fileprivate var hookAfter: Borrowed? { afterFork?.borrowed }
  fileprivate var hookInChild: Borrowed? { inChild?.borrowed }
}

private let calledBeforeFork: cpython_vectorcall = { _, _, _, _ in
  PythonHooks.call(PythonHooks.shared.hookBefore)
}

private let calledAfterFork: cpython_vectorcall = { _, _, _, _ in
  PythonHooks.call(PythonHooks.shared.hookAfter)
}

private let calledInChild: cpython_vectorcall = { _, _, _, _ in
  PythonHooks.call(PythonHooks.shared.hookInChild)
}
