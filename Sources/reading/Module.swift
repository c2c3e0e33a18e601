public import CPython
import PythonInterop
import Recording
import TraceCore

/// The initialization function of `swifttrace/reading.abi3.so` (PEP 489), which reads
/// recordings. A program that is traced never loads it.
@_cdecl("PyInit_reading")
public func moduleInit() -> UnsafeMutablePointer<PyObject>? {
  cpython_module(
    StaticString("swifttrace.reading").chars, methodTable, { _ in 0 }, { _, _, _ in 0 }, { _ in 0 })
}

nonisolated(unsafe) private let methodTable: UnsafeMutablePointer<PyMethodDef> = {
  let table = UnsafeMutablePointer<PyMethodDef>.allocate(capacity: methods.count + 1)
  table.initialize(from: methods, count: methods.count)
  (table + methods.count).initialize(to: PyMethodDef())
  return table
}()

nonisolated(unsafe) private let methods: [PyMethodDef] = [
  method("describe", describe, "describe(path, /) -> JSON\n\nWhat a recording says of itself."),
  method("count", count, "count(path, /) -> JSON\n\nHow often each line has run."),
  method("fold", fold, "fold(path, /) -> JSON\n\nEach way through a loop once."),
  method(
    "tail", tail,
    "tail(path, level, last, root, crosses, /) -> JSON\n\nThe last lines with their times."),
  method("follow", follow, "follow(path, /) -> Follower\n\nFold a recording as it is written."),
  method("news", news, "news(follower, /) -> JSON\n\nWhat is new since the last time."),
  method("ways", ways, "ways(follower, /) -> JSON\n\nHow often each way was taken so far."),
  method("sources", sources, "sources(path, /) -> [bytes | None]\n\nThe text of each file."),
  method(
    "show", show,
    "show(path, descriptor, level, last, lines, context, thread, since, until, wanted, near, ..., /)"
  ),
]

private func method(_ name: StaticString, _ function: cpython_fastcall, _ doc: StaticString)
  -> PyMethodDef
{
  cpython_method(name.chars, function, doc.chars)
}

/// Raises `ValueError` with what is wrong in one line; `OSError` where the system says it.
func raise(_ error: RecordingError) -> PythonError {
  switch error.code {
  case .cannotOpen: TraceError(.cannotOpen, errno: error.errno, subject: []).raiseAsPython()
  case .cannotRead: TraceError(.cannotRead, errno: error.errno, subject: []).raiseAsPython()
  case .cannotWrite: TraceError(.cannotWrite, errno: error.errno, subject: []).raiseAsPython()
  default: PythonInterop.raise(cpython_value_error(), error.description)
  }
}

private func reader(_ arguments: Arguments) throws(PythonError) -> RecordingReader {
  let path = try arguments.fileName(0)
  do throws(RecordingError) {
    return try RecordingReader(FileSource(path: path))
  } catch {
    throw raise(error)
  }
}

private func playAll(_ reader: RecordingReader, to receiver: EventReceiver, from block: Int = 0)
  throws(PythonError)
{
  do throws(RecordingError) {
    try reader.play(to: receiver, from: block)
  } catch {
    throw raise(error)
  }
}

/// `describe(path)`
private let describe: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let reader = try reader(arguments)
    return try .bytes(JSONText.describe(reader))
  }
}

/// `count(path)`
private let count: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let reader = try reader(arguments)
    let counter = LineCounter(reader.definitions)
    try playAll(reader, to: counter)
    return try .bytes(JSONText.count(counter, reader))
  }
}

/// `fold(path)`
private let fold: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let reader = try reader(arguments)
    let folder = Folder(reader.definitions)
    try playAll(reader, to: folder)
    return try .bytes(JSONText.fold(folder.finished(), folder.definitionPlaces, reader))
  }
}

/// At `root` there is what paths are relative to, `b""` for absolute ones, or `None`: as the level
/// has them; then the number of crosses.
private func form(of arguments: Arguments, level: Int, root: Int) throws(PythonError) -> LineForm {
  let levels = LineFormat(level: try arguments.integer(level)) ?? .located
  let start = try arguments.optional(root).flatMap { Bytes(bytesObject: $0) }
  let crosses = min(max(try arguments.integer(root + 1), 1), 1000)
  return LineForm(format: start.map { .placed(relativeTo: $0) } ?? levels, crosses: crosses)
}

/// `tail(path, level, last, root, crosses)`
private let tail: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let reader = try reader(arguments)
    var selection = LineSelection()
    selection.last = max(try arguments.integer(2), 0)
    let form = try form(of: arguments, level: 1, root: 3)
    let shower = LineShower(reader, form, selection, DescriptorOutput(-1))
    try shower.play(reader)
    return try .bytes(JSONText.tail(shower, reader.header))
  }
}

/// `sources(path)`
private let sources: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let definitions = try reader(arguments).definitions
    let list = try check(PyList_New(0))
    for file in 0..<definitions.fileCount {
      let source = definitions.source(ofFile: file + 1)
      let item = try source.map { bytes throws(PythonError) in try PyRef.bytes(bytes) } ?? .none
      try check(status: PyList_Append(list.borrowed, item.borrowed))
    }
    return list
  }
}

/// `show(path, descriptor, level, last, lines, context, thread, since, until, wanted, near, root,
/// crosses)`: -1 stands for what is not asked for. Returns how many lines there were besides.
private let show: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    let reader = try reader(arguments)
    var selection = LineSelection()
    selection.last = try arguments.integer(3)
    selection.most = try arguments.integer(4)
    selection.context = try arguments.integer(5)
    selection.thread = try arguments.integer(6)
    selection.since = try arguments.integer(7)
    selection.until = try arguments.integer(8)
    selection.wanted = try arguments.bytes(9)
    selection.near = try arguments.bytes(10)
    let form = try form(of: arguments, level: 2, root: 11)
    let output = DescriptorOutput(CInt(try arguments.integer(1)))
    let shower = LineShower(reader, form, selection, output)
    try shower.play(reader)
    shower.finish()
    if let error = output.error {
      throw TraceError(.cannotWrite, errno: error, subject: []).raiseAsPython()
    }
    return try PyRef.integer(shower.left)
  }
}

extension LineShower {
  /// Of the last lines alone, no more blocks than have them.
  fileprivate func play(_ reader: RecordingReader) throws(PythonError) {
    var wanted = selection.last
    if wanted < 0 || selection.isPartial {
      try playAll(reader, to: self)
    } else {
      wanted = min(wanted, reader.linesOfClosedBlocks.lines + 1 << 20)
      try playAll(reader, to: self, from: reader.block(with: wanted))
    }
  }
}
