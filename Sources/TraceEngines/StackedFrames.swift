import CPython
import PythonInterop

/// The frames that were entered before: those on every thread's stack, and those of
/// the greenlets that wait, whose stacks lie elsewhere and go on without any event.
enum StackedFrames {
  static func codeObjects() throws(PythonError) -> PyRefs {
    var codes = PyRefs()
    try appendThreads(to: &codes)
    try appendGreenlets(to: &codes)
    return codes
  }

  private static func appendThreads(to codes: inout PyRefs) throws(PythonError) {
    let frames = try PyRef.module("sys").attribute("_current_frames").call()
    let innermost = try frames.attribute("values").call()
    let list = try check(PySequence_List(innermost.borrowed))
    for frame in items(of: list.borrowed) {
      try append(from: PyRef(retaining: frame), to: &codes)
    }
  }

  /// Their package keeps no list of them: the collector's is gone through.
  private static func appendGreenlets(to codes: inout PyRefs) throws(PythonError) {
    guard let package = try PyRef.loadedModule("greenlet._greenlet") else { return }
    let kind = try package.attribute("greenlet")
    let objects = try PyRef.module("gc").attribute("get_objects").call()
    for object in items(of: objects.borrowed)
    where cpython_is_a(object, kind.borrowed) != 0 {
      try append(from: try PyRef.attribute("gr_frame", of: object), to: &codes)
    }
  }

  private static func append(from innermost: consuming PyRef, to codes: inout PyRefs)
    throws(PythonError)
  {
    var frame = innermost
    while !frame.isNone {
      let code = try frame.attribute("f_code")
      codes.append(retaining: code.borrowed)
      frame = try frame.attribute("f_back")
    }
  }
}
