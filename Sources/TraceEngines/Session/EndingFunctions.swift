import CPython
import PythonInterop
import TraceCore

/// The functions of `os` after which a process runs no more lines, nor any end: the lines that
/// are held are printed before, and recordings are told the status.
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

/// Tells the recordings how the process ends.
/// - Parameter status: of `_exit`; no number: it will refuse it.
private func endRecordings(_ status: Borrowed) {
  guard cpython_is_integer(status) != 0 else { return }
  let number = PyLong_AsLong(status)
  if PyErr_Occurred() != nil { return PyErr_Clear() }
  OpenSessions.forEach {
    $0.output.destination.recording?.finish(Int32(truncatingIfNeeded: number))
  }
}

// What was there before.
nonisolated(unsafe) private var exit: PyCFunction?
nonisolated(unsafe) private var execute: PyCFunction?
nonisolated(unsafe) private var executeWith: PyCFunction?

private let newExit: EndingFunctions.WithKeywords = { module, arguments, count, keywords in
  guard EndingFunctions.endLines() else { return nil }
  if let arguments, count + (keywords == nil ? 0 : 1) == 1 { endRecordings(arguments[0]) }
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
