import CPython
import PythonInterop

/// The frames that were entered before.
enum StackedFrames {
  /// Those on every thread's stack, and those of the greenlets that wait, whose stacks
  /// lie elsewhere and go on without any event.
  /// - Parameter refused: called where an audit hook does not let them be had.
  static func all(_ refused: () -> Void) throws(PythonError) -> PyRefs {
    do throws(PythonError) {
      var frames = PyRefs()
      try appendThreads(to: &frames)
      try appendGreenlets(to: &frames)
      return frames
    } catch {
      if isOutOfRoom { throw error }
      PyErr_Clear()
      refused()
      return try ofThisThread()
    }
  }

  /// The frames on the stack of the thread that runs, the innermost first.
  static func ofThisThread() throws(PythonError) -> PyRefs {
    var frames = PyRefs()
    if let running = Frame.running { try append(from: running, to: &frames) }
    return frames
  }

  private static func appendThreads(to frames: inout PyRefs) throws(PythonError) {
    let current = try PyRef.sys("_current_frames").call()
    let innermost = try current.attribute("values").call()
    let list = try check(PySequence_List(innermost.borrowed))
    for frame in items(of: list.borrowed) {
      try append(from: Frame(frame), to: &frames)
    }
  }

  /// Their package keeps no list of them: the collector's is gone through.
  private static func appendGreenlets(to frames: inout PyRefs) throws(PythonError) {
    guard let package = try PyRef.loadedModule("greenlet._greenlet") else { return }
    let kind = try package.attribute("greenlet")
    let objects = try PyRef.module("gc").attribute("get_objects").call()
    for object in items(of: objects.borrowed)
    where cpython_is_a(object, kind.borrowed) != 0 {
      let frame = try PyRef.attribute("gr_frame", of: object)
      if !frame.isNone { try append(from: Frame(frame.borrowed), to: &frames) }
    }
  }

  private static func append(from innermost: Frame, to frames: inout PyRefs) throws(PythonError) {
    var found = PyRefs()
    try innermost.forEachInStack { frame in
      found.append(retaining: frame.object)
      return true
    }
    for frame in found.borrowed { frames.append(retaining: frame) }
  }
}
