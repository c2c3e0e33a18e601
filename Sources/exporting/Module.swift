public import CPython
import PythonInterop
import Recording
import TraceCore

/// The initialization function of `swifttrace/exporting.abi3.so` (PEP 489), which finds the calls
/// of a recording. A program that is traced never loads it.
@_cdecl("PyInit_exporting")
public func moduleInit() -> UnsafeMutablePointer<PyObject>? {
  cpython_module(
    StaticString("swifttrace.exporting").chars, methodTable, { _ in 0 }, { _, _, _ in 0 },
    { _ in 0 })
}

nonisolated(unsafe) private let methodTable: UnsafeMutablePointer<PyMethodDef> = {
  let table = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: 2)
  (table + 0).initialize(
    to: cpython_method(
      StaticString("play").chars, play,
      StaticString(
        "play(path, functions, wanted, sequence, track, take, /)\n\nTell of a recording's calls."
      ).chars))
  (table + 1).initialize(to: PyMethodDef())
  return table
}()

/// `play(path, functions, wanted, sequence, track, take)`: `functions` has a number of 32 bits for
/// each place; `wanted` is a sum of `Wanted`; `sequence` and `track` are of packets. `take(kind,
/// data)` gets what there is. Raises `ValueError`, `OSError`, and what `take` raises.
private let play: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let path = try arguments.fileName(0)
    let taker = Taker(try arguments.object(5), wanted: try arguments.integer(2))
    let packets = PacketForm(
      sequence: UInt64(clamping: try arguments.integer(3)),
      track: UInt64(clamping: try arguments.integer(4)))
    let functions = numbers(in: try arguments.bytes(1))
    do throws(RecordingError) {
      try tell(taker, of: try RecordingReader(FileSource(path: path)), functions, packets)
    } catch {
      if taker.hasFailed { throw PythonError() }
      throw raise(error)
    }
    if taker.hasFailed { throw PythonError() }
    return PyRef(retaining: cpython_none())
  }
}

/// Up to where Python wants no more.
private func tell(
  _ taker: Taker, of reader: RecordingReader, _ functions: [UInt32], _ packets: PacketForm
) throws(RecordingError) {
  taker.give(reader.definitions)
  if taker.hasFailed { return }
  let output = PackedCalls(to: taker, packets)
  let player = CallPlayer(reader, functions: functions, to: output)
  try reader.play(to: player)
  player.finish()
  output.flush()
  taker.give(player)
}

private func numbers(in bytes: Bytes) -> [UInt32] {
  bytes.withUnsafeBytes { buffer in
    (0..<buffer.count / 4).map {
      UInt32(littleEndian: buffer.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self))
    }
  }
}

/// Raises `ValueError` with what is wrong in one line; `OSError` where the system says it.
private func raise(_ error: RecordingError) -> PythonError {
  switch error.code {
  case .cannotOpen: TraceError(.cannotOpen, errno: error.errno, subject: []).raiseAsPython()
  case .cannotRead: TraceError(.cannotRead, errno: error.errno, subject: []).raiseAsPython()
  case .cannotWrite: TraceError(.cannotWrite, errno: error.errno, subject: []).raiseAsPython()
  default: PythonInterop.raise(cpython_value_error(), error.description)
  }
}
