import CPython
import PythonInterop

/// What `threading.settrace` has new threads call is ours while the trace is on and frames
/// are not ours to evaluate. They set then what was there before.
final class NewThreads {
  private let ours: Borrowed
  private var theirs: Borrowed?

  init(_ tracer: Tracer) throws(PythonError) {
    ours = try tracer.callback(
      { _, _, _, _ in PyRef.none.take() }, UnsafeMutableRawPointer(tracer.hot)
    ).take()
  }

  func start() throws(PythonError) {
    let threading = try PyRef.module("threading")
    theirs = try threading.attribute("gettrace").call().take()
    try threading.attribute("settrace").call(ours)
    SettraceMethod.standIn = (ours, theirs)
  }

  func stop() throws(PythonError) {
    guard let before = theirs else { return }
    theirs = nil
    SettraceMethod.standIn = (nil, nil)
    defer { Py_DecRef(before) }
    let threading = try PyRef.module("threading")
    guard try threading.attribute("gettrace").call().isSame(as: ours) else { return }
    try threading.attribute("settrace").call(before)
  }
}
