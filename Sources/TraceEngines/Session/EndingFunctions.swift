import CPython
import PythonInterop

/// The functions of `os` after which a process runs no more lines, nor any end: the lines that
/// are held are printed before.
enum EndingFunctions {
  fileprivate typealias WithKeywords =
    @convention(c) (Borrowed?, UnsafePointer<Borrowed>?, Int, Borrowed?) -> Borrowed?

  static func watch() {
    guard let posix = try? PyRef.module("posix") else { return PyErr_Clear() }
    let keywords = METH_FASTCALL | METH_KEYWORDS
    exit = posix.replace("_exit", keywords, by: unsafeBitCast(newExit, to: PyCFunction.self))
    execute = posix.replace(
      "execv", METH_FASTCALL, by: unsafeBitCast(newExecute, to: PyCFunction.self))
    executeWith = posix.replace(
      "execve", keywords, by: unsafeBitCast(newExecuteWith, to: PyCFunction.self))
  }

  /// - Returns: false where the handler of a signal has raised meanwhile.
  fileprivate static func endLines() -> Bool {
    OpenSessions.forEach { $0.writer.endLines() }
    return PyErr_Occurred() == nil
  }
}

// What was there before.
nonisolated(unsafe) private var exit: PyCFunction?
nonisolated(unsafe) private var execute: PyCFunction?
nonisolated(unsafe) private var executeWith: PyCFunction?

private let newExit: EndingFunctions.WithKeywords = { module, arguments, count, keywords in
  guard EndingFunctions.endLines() else { return nil }
  return unsafeBitCast(exit, to: EndingFunctions.WithKeywords.self)(
    module, arguments, count, keywords)
}

private let newExecute: cpython_fastcall = { module, arguments, count in
  guard EndingFunctions.endLines() else { return nil }
  return unsafeBitCast(execute, to: cpython_fastcall.self)(module, arguments, count)
}

private let newExecuteWith: EndingFunctions.WithKeywords = { module, arguments, count, keywords in
  guard EndingFunctions.endLines() else { return nil }
  return unsafeBitCast(executeWith, to: EndingFunctions.WithKeywords.self)(
    module, arguments, count, keywords)
}
