import CPython
import PythonInterop

/// The frames that are on a stack already, of every thread.
enum StackedFrames {
  static func codeObjects() throws(PythonError) -> PyRefs {
    let frames = try PyRef.module("sys").attribute("_current_frames").call()
    let innermost = try frames.attribute("values").call()
    let list = try check(PySequence_List(innermost.borrowed))
    var codes = PyRefs()
    for frame in items(of: list.borrowed) {
      try append(from: PyRef(retaining: frame), to: &codes)
    }
    return codes
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
