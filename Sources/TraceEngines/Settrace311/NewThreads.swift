import CPython
import PythonInterop

/// What `threading.settrace` has new threads call is ours while the trace is on and frames
/// are not ours to evaluate. They set then what was there before.
final class NewThreads {
  private let ours: PyRef
  private var theirs: PyRef?

  init(_ tracer: Tracer) throws(PythonError) {
    ours = try tracer.code.callables.make(
      { _, _, _, _ in PyRef.none.take() }, UnsafeMutableRawPointer(tracer.hot))
  }

  func start() throws(PythonError) {
    let threading = try PyRef.module("threading")
    let before = try threading.attribute("gettrace").call()
    let object = before.borrowed
    theirs = consume before
    try threading.attribute("settrace").call(ours.borrowed)
    SettraceMethod.standIn = (ours.borrowed, object)
  }

  func stop() throws(PythonError) {
    guard let before = theirs.take() else { return }
    SettraceMethod.standIn = (nil, nil)
    let threading = try PyRef.module("threading")
    guard try threading.attribute("gettrace").call().isSame(as: ours.borrowed) else { return }
    try threading.attribute("settrace").call(before.borrowed)
  }
}
