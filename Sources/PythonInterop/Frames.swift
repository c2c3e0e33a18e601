import CPython

// Frames, code objects and tracebacks, asked for so that no audit hook hears of it (PEP 578):
// one may raise, and what the program does not do itself is not to be in its log.
extension PyRef {
  /// Whether it is a frame, as the one that runs is.
  public static func isFrame(_ object: Borrowed) -> Bool {
    guard let running = PyEval_GetFrame() else { return false }
    return cpython_class(object) == cpython_class(Borrowed(running))
  }

  /// `frame.f_code`; it has to be one. The corresponding C function is `PyFrame_GetCode`.
  public static func code(of frame: Borrowed) -> PyRef {
    PyRef(stealing: Borrowed(PyFrame_GetCode(OpaquePointer(frame)).unsafelyUnwrapped))
  }

  /// `traceback.tb_frame`, as the collector finds it; borrowed. nil where no frame runs, by
  /// which to know one.
  public static func frame(of traceback: Borrowed) -> Borrowed? {
    guard let running = PyEval_GetFrame() else { return nil }
    return cpython_referent(traceback, cpython_class(Borrowed(running)))
  }

  /// `sys._getframe(depth)`; nil where there are not so many.
  public static func frame(depth: Int) throws(PythonError) -> PyRef? {
    guard let running = PyEval_GetFrame() else { return nil }
    var frame = PyRef(retaining: Borrowed(running))
    for _ in 0..<max(depth, 0) where !frame.isNone { frame = try frame.attribute("f_back") }
    if frame.isNone { return nil }
    return frame
  }
}
