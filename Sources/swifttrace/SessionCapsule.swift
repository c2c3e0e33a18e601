import CPython
import PythonInterop
import TraceCore
import TraceEngines

/// A session as Python holds it. The corresponding C type is `PyCapsule`.
enum SessionCapsule {
  private static var name: UnsafePointer<CChar> { StaticString("swifttrace.Session").chars }

  static func make(_ session: Session) throws(PythonError) -> PyRef {
    let context = Unmanaged.passRetained(session)
    let capsule = PyCapsule_New(context.toOpaque(), name) { capsule in
      guard let context = PyCapsule_GetPointer(capsule, SessionCapsule.name) else { return }
      let session = Unmanaged<Session>.fromOpaque(context)
      if Tracer.shared?.letGo(session.takeUnretainedValue()) ?? true { session.release() }
    }
    guard let capsule else {
      context.release()
      throw PythonError()
    }
    return PyRef(stealing: capsule)
  }

  /// Whether an argument is a session and not something else.
  static func isSession(_ object: Borrowed) -> Bool { PyCapsule_IsValid(object, name) != 0 }

  static func session(_ capsule: Borrowed) throws(PythonError) -> Session {
    guard let context = PyCapsule_GetPointer(capsule, name) else { throw PythonError() }
    return Unmanaged<Session>.fromOpaque(context).takeUnretainedValue()
  }
}

/// `open_session(level, scope, scripts | None, roots, include, exclude, libraries,
/// own, output | None, descriptor, shown, depth, command | None, continues, last,
/// dump_signal, template | None, banner, command_line, details | None,
/// look | None)`;
/// `scripts=None` leaves the script to be met, whose text is `command` where it is
/// `-c`'s; `output` may be a session, whose sink is then this one's too; `continues` has
/// the file go on that this process wrote before `exec`; `last` is how many lines are kept
/// and not written, 0 for none; `template` is used in place of the level's format; `banner`
/// where there are start and end lines: 0 nowhere, 1 from the second process on, 2 always.
/// `details` are what is shown besides the lines, as numbers: `Details.Shown`, and how deep
/// calls may be; `hook | None`, called at each event, and `stop | None`, called where that has
/// found something; and `show | None`, which says what a value looks like that only its own
/// code can show. `look` is `None` or
/// `(has_colours, paint | None, fit, columns)`: `Look`.
let openSession: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    guard let tracer = Tracer.shared, let levels = LineFormat(level: try arguments.integer(0))
    else { throw raise(cpython_value_error(), "swifttrace: no such level") }
    let style = Session.Style(
      try template(of: arguments) ?? levels, shown: LineFields(rawValue: try arguments.integer(10)),
      depth: try arguments.integer(11), look: try look(of: arguments))
    let session = Session(
      style, try scope(of: arguments, start: tracer.start),
      try sink(of: arguments, start: tracer.start, style),
      try details(of: arguments),
      generation: tracer.newGeneration(), awaitsScript: try arguments.optional(2) == nil)
    session.command = try arguments.optional(12).flatMap { Bytes(bytesObject: $0) }
    session.notes = try notes(of: arguments)
    return try SessionCapsule.make(session)
  }
}

private func details(of arguments: Arguments) throws(PythonError) -> Details? {
  guard let asked = try arguments.optional(19) else { return nil }
  let fields = items(of: asked)
  guard fields.count == 5 else { return nil }
  func function(_ place: Int) -> Borrowed? {
    fields[place] == cpython_none() ? nil : fields[place]
  }
  return try Details(
    Details.Shown(rawValue: PyLong_AsLong(fields[0])), deepest: PyLong_AsLong(fields[1]),
    hook: function(2), stop: function(3), show: function(4))
}

private func look(of arguments: Arguments) throws(PythonError) -> Look {
  let fields = try arguments.optional(20).map { items(of: $0) } ?? []
  guard fields.count == 4 else { return Look(hasColours: false, fit: nil, columns: 0, paint: nil) }
  return Look(
    hasColours: fields[0] == cpython_true(), fit: LineFit(rawValue: PyLong_AsLong(fields[2])),
    columns: PyLong_AsLong(fields[3]), paint: fields[1] == cpython_none() ? nil : fields[1])
}

private func scope(of arguments: Arguments, start: Bytes) throws(PythonError) -> Scope {
  let bases: [Scope.Base] = [.script, .project, .all]
  let number = try arguments.integer(1)
  guard bases.indices.contains(number) else {
    throw raise(cpython_value_error(), "swifttrace: no such scope")
  }
  var scope = Scope(bases[number], start: start, own: try arguments.fileName(7))
  func absolute(_ place: Int) throws(PythonError) -> [Bytes] {
    try arguments.fileNames(place).map {
      FilePath.isPseudo($0) ? $0 : FilePath.absolute($0, from: start)
    }
  }
  scope.scripts = try absolute(2)
  scope.roots = try absolute(3)
  scope.include = try arguments.fileNames(4).map(PathPattern.init)
  scope.exclude = try arguments.fileNames(5).map(PathPattern.init)
  scope.libraries = try absolute(6)
  return scope
}

private func openMode(of arguments: Arguments, _ style: Session.Style) throws(PythonError)
  -> FileSink.Mode
{
  FileSink.Mode(isChild: style.depth > 1, continues: try arguments.integer(13) != 0)
}

private func sink(of arguments: Arguments, start: Bytes, _ style: Session.Style)
  throws(PythonError) -> Sink
{
  if let other = try arguments.optional(8), SessionCapsule.isSession(other) {
    return try SessionCapsule.session(other).sink
  }
  let mode = try openMode(of: arguments, style)
  let output = try arguments.optional(8).flatMap { Bytes(fileNameOf: $0) }
  let name = output.map { OutputName(FilePath.absolute($0, from: start)) }
  let descriptor = CInt(clamping: try arguments.integer(9))
  let kept = try keptLines(of: arguments, style)
  while true {
    // The reader that opening a FIFO waits for may be a thread of this program.
    let state = PyEval_SaveThread()
    let opened = Result { () throws(TraceError) in
      if let kept { return try RingSink(kept, to: name, descriptor, isChild: mode.isChild) as Sink }
      guard let name else { return try DescriptorSink(duplicating: descriptor) }
      return try FileSink.open(name, as: mode)
    }
    PyEval_RestoreThread(state)
    switch opened {
    case .success(let sink): return sink
    case .failure(let error) where !error.isInterruption: throw error.raiseAsPython()
    case .failure: try check(status: PyErr_CheckSignals())
    }
  }
}

private func template(of arguments: Arguments) throws(PythonError) -> LineFormat? {
  guard let text = try arguments.optional(16).flatMap({ Bytes(bytesObject: $0) }) else {
    return nil
  }
  return .template(try template(text))
}

func template(_ text: Bytes) throws(PythonError) -> LineTemplate {
  do throws(TraceError) {
    return try LineTemplate(text)
  } catch {
    throw raise(cpython_value_error(), error.description)
  }
}

private func notes(of arguments: Arguments) throws(PythonError) -> ProcessNotes {
  ProcessNotes(
    ProcessNotes.Wanted(rawValue: try arguments.integer(17)) ?? .never,
    running: try arguments.fileNames(18))
}

/// nil where lines are written as they come.
private func keptLines(of arguments: Arguments, _ style: Session.Style) throws(PythonError)
  -> RingSink.Kept?
{
  let last = try arguments.integer(14)
  if last == 0 { return nil }
  return RingSink.Kept(
    last: last, tagged: style.look.placeOfTag(depth: style.depth),
    signal: CInt(clamping: try arguments.integer(15)),
    isFields: LineFormat(level: try arguments.integer(0)) == .fields)
}
