import CPython
import PythonInterop
import TraceCore

/// The functions of `os` that close descriptors or put others in their place, made to have
/// sinks ask at the next line whether theirs is still what it was. To ask at each line would
/// make each half as dear again.
enum DescriptorFunctions {
  fileprivate typealias WithKeywords =
    @convention(c) (Borrowed?, UnsafePointer<Borrowed>?, Int, Borrowed?) -> Borrowed?

  static func watch() {
    guard let posix = try? PyRef.module("posix") else { return PyErr_Clear() }
    let keywords = METH_FASTCALL | METH_KEYWORDS
    dup2 = posix.replace("dup2", keywords, by: asMethod(newDup2))
    close = posix.replace("close", keywords, by: asMethod(newClose))
    closeRange = posix.replace("closerange", METH_FASTCALL, by: asMethod(newCloseRange))
  }

  private static func asMethod<F>(_ function: F) -> PyCFunction {
    unsafeBitCast(function, to: PyCFunction.self)
  }
}

// What was there before.
nonisolated(unsafe) private var dup2: PyCFunction?
nonisolated(unsafe) private var close: PyCFunction?
nonisolated(unsafe) private var closeRange: PyCFunction?

private let newDup2: DescriptorFunctions.WithKeywords = { module, arguments, count, keywords in
  defer { Doubt.arise() }
  return unsafeBitCast(dup2, to: DescriptorFunctions.WithKeywords.self)(
    module, arguments, count, keywords)
}

private let newClose: DescriptorFunctions.WithKeywords = { module, arguments, count, keywords in
  defer { Doubt.arise() }
  return unsafeBitCast(close, to: DescriptorFunctions.WithKeywords.self)(
    module, arguments, count, keywords)
}

private let newCloseRange: cpython_fastcall = { module, arguments, count in
  defer { Doubt.arise() }
  return unsafeBitCast(closeRange, to: cpython_fastcall.self)(module, arguments, count)
}
