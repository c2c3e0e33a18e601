import CPython
import PythonInterop
import Recording
import TraceCore

private var followerName: UnsafePointer<CChar> { StaticString("swifttrace.follower").chars }

/// A recording that is followed, and what Python has been told of it.
private final class Follower {
  let live: LiveRecording
  var files = 0
  var places = 0

  init(_ live: LiveRecording) { self.live = live }
}

/// `follow(path)`
let follow: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let path = try arguments.fileName(0)
    let live: LiveRecording
    do throws(RecordingError) {
      live = try LiveRecording(FileSource(path: path, isConsumed: true))
    } catch {
      throw raise(error)
    }
    let held = Unmanaged.passRetained(Follower(live))
    let capsule = PyCapsule_New(held.toOpaque(), followerName) { capsule in
      guard let pointer = PyCapsule_GetPointer(capsule, followerName) else { return }
      Unmanaged<Follower>.fromOpaque(pointer).release()
    }
    guard let capsule else {
      held.release()
      throw PythonError()
    }
    return PyRef(stealing: capsule)
  }
}

private func follower(_ arguments: Arguments) throws(PythonError) -> Follower {
  guard let pointer = PyCapsule_GetPointer(try arguments.object(0), followerName) else {
    throw PythonError()
  }
  return Unmanaged<Follower>.fromOpaque(pointer).takeUnretainedValue()
}

/// `news(follower)`
let news: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let follower = try follower(arguments)
    let hasAdvanced: Bool
    do throws(RecordingError) {
      hasAdvanced = try follower.live.advance()
    } catch {
      throw raise(error)
    }
    let definitions = follower.live.definitions
    let text = JSONText.news(
      follower.live, hasAdvanced: hasAdvanced, since: (follower.files, follower.places))
    (follower.files, follower.places) = (definitions.fileCount, definitions.places.count)
    return try .bytes(text)
  }
}

/// `ways(follower)`
let ways: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    try .bytes(JSONText.ways(try follower(arguments).live.folder))
  }
}
