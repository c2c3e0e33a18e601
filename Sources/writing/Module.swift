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
  let table = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: 2)
  (table + 0).initialize(
    to: cpython_method(
      StaticString("recorder").chars, recorder,
      StaticString("recorder(fields, size, age, keeps_failed, /)\n\nWhat a session records with.")
        .chars))
  (table + 1).initialize(to: PyMethodDef())
  return table
}()

/// `recorder(fields, size, age, keeps_failed)`: pairs of a `HeaderField` and its `bytes`; the most
/// bytes of a file and the most nanoseconds of an event, or 0; whether a file is removed at the
/// end of a process with status 0.
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
    let recorder = Unmanaged.passRetained(Recorder(fields, limits))
    let table = recorder.takeUnretainedValue().table
    table.pointee.keeps_failed = try arguments.integer(3) != 0 ? 1 : 0
    return try capsule(recorder)
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
