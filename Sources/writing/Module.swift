public import CPython
import CSystem
import PythonInterop
import Recording
import TraceCore

/// The initialization function of `swifttrace/writing.abi3.so` (PEP 489), which writes
/// recordings. It is loaded where one is asked for.
@_cdecl("PyInit_writing")
public func moduleInit() -> UnsafeMutablePointer<PyObject>? {
  cpython_module(
    StaticString("swifttrace.writing").chars, methodTable, { _ in 0 }, { _, _, _ in 0 }, { _ in 0 })
}

nonisolated(unsafe) private let methodTable: UnsafeMutablePointer<PyMethodDef> = {
  let table = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: 3)
  (table + 0).initialize(
    to: cpython_method(
      StaticString("recorder").chars, recorder,
      StaticString(
        "recorder(fields, size, age, keeps_failed, libraries, followed, /)\n\nWhat a session records with."
      ).chars))
  (table + 1).initialize(
    to: cpython_method(
      StaticString("folded").chars, folded,
      StaticString("folded(path, /) -> (bytes, bytes)\n\nThe definitions and the final state.")
        .chars))
  (table + 2).initialize(to: PyMethodDef())
  return table
}()

/// `recorder(fields, size, age, keeps_failed, libraries, followed)`: pairs of a `HeaderField` and its `bytes`;
/// the most bytes of a file and the most nanoseconds of an event, or 0; whether a file is removed at
/// the end of a process with status 0; where the files lie whose sources a folded recording leaves
/// out, or `None` for one that is not folded; whether another process reads it meanwhile.
private let recorder: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    var fields: [(field: HeaderField, bytes: [UInt8])] = []
    for pair in items(of: try arguments.object(0)) {
      let pair = items(of: pair)
      guard pair.count == 2, let bytes = Bytes(bytesObject: pair[1]),
        let field = HeaderField(rawValue: UInt8(truncatingIfNeeded: PyLong_AsLong(pair[0])))
      else { continue }
      fields.append((field, bytes))
    }
    var limits = KeptLimits()
    limits.size = UInt64(clamping: try arguments.integer(1))
    limits.age = UInt64(clamping: try arguments.integer(2))
    let libraries = try arguments.optional(4).map {
      items(of: $0).compactMap { Bytes(bytesObject: $0) }
    }
    let isFollowed = try arguments.integer(5) != 0
    let recorder = Unmanaged.passRetained(
      Recorder(fields, limits, without: libraries, isFollowed: isFollowed))
    let table = recorder.takeUnretainedValue().table
    table.pointee.keeps_failed = try arguments.integer(3) != 0 ? 1 : 0
    return try capsule(recorder)
  }
}

/// `folded(path)`: raises `ValueError` with what is wrong, `OSError` where the system says it.
private let folded: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let path = try arguments.fileName(0)
    let recording: FoldedRecording
    do throws(RecordingError) {
      recording = try FoldedRecording(FileSource(path: path))
    } catch {
      throw raise(cpython_value_error(), error.description)
    }
    let pair = try check(PyTuple_New(2))
    for (index, bytes) in [recording.definitions, recording.state].enumerated() {
      let bytes = try PyRef.bytes(bytes)
      try check(status: PyTuple_SetItem(pair.borrowed, index, bytes.take()))
    }
    return pair
  }
}

/// Holds the recorder until a session has taken it.
private func capsule(_ recorder: Unmanaged<Recorder>) throws(PythonError) -> PyRef {
  let table = recorder.takeUnretainedValue().table
  let capsule = PyCapsule_New(table, csystem_recorder_name()) { capsule in
    guard let pointer = PyCapsule_GetPointer(capsule, csystem_recorder_name()) else { return }
    let table = pointer.assumingMemoryBound(to: csystem_recorder.self)
    if table.pointee.is_taken == 0 { table.pointee.free(table.pointee.context) }
  }
  guard let capsule else {
    recorder.release()
    throw PythonError()
  }
  return PyRef(stealing: capsule)
}
