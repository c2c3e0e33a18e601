import CPython
import PythonInterop
import TraceCore
import TraceEngines

/// What `open_session` is asked, in the order of `swifttrace.pyi` and of `Settings.open`.
private enum Asked: Int {
  case level, scope
  /// `None` leaves the script to be met, whose text is `command` where it is `-c`'s.
  case scripts
  case roots, include, exclude, libraries, own
  /// May be a session, whose sink is then this one's too.
  case output
  case descriptor, shown, depth, command
  /// `None` or the file that this process wrote before `exec`.
  case resumed
  /// Whether files of earlier runs go on.
  case appends
  /// How many lines are kept and not written; 0: none.
  case last
  case dumpSignal
  /// Used in place of the level's format.
  case template
  /// `ProcessNotes.Wanted`
  case banner
  case commandLine
  /// `None` or `(DetailOptions.Shown, how deep calls may be, hook | None, stop | None, show | None)`:
  /// `hook` is called at each event, `stop` where that has found something; `show` says what a
  /// value looks like that only its own code can.
  case details
  /// `None` or `(has_colours, paint | None, fit, columns, join | None)`: `SessionLook`.
  case look
  /// `None`, or the file of the script that the process works for which started this one.
  case parentScript
  /// Of the files in lines: 0: as the level has them, 1: relative to where we started, 2: absolute.
  case paths
  /// How many lines can be had by `last_lines`, where that is more than `last`.
  case reach
}

extension Arguments {
  fileprivate func optional(_ asked: Asked) throws(PythonError) -> Borrowed? {
    try optional(asked.rawValue)
  }
  fileprivate func integer(_ asked: Asked) throws(PythonError) -> Int {
    try integer(asked.rawValue)
  }
  fileprivate func fileName(_ asked: Asked) throws(PythonError) -> Bytes {
    try fileName(asked.rawValue)
  }
  fileprivate func fileNames(_ asked: Asked) throws(PythonError) -> [Bytes] {
    try fileNames(asked.rawValue)
  }
}

/// `open_session(...)`: what `Asked` names.
let openSession: cpython_fastcall = { _, start, count in
  trampoline(start, count) { arguments throws(PythonError) in
    guard let tracer = Tracer.shared, let levels = LineFormat(level: try arguments.integer(.level))
    else { throw raise(cpython_value_error(), "swifttrace: no such level") }
    let level = placed(levels, try arguments.integer(.paths), tracer.start)
    let style = SessionStyle(
      try template(of: arguments) ?? level,
      shown: LineFields(rawValue: try arguments.integer(.shown)),
      depth: try arguments.integer(.depth), look: try look(of: arguments))
    var request = SessionRequest(
      style, try scope(of: arguments, start: tracer.start),
      to: try destination(of: arguments, start: tracer.start, style))
    request.details = try details(of: arguments)
    request.awaitsScript = try arguments.optional(.scripts) == nil
    request.notes = try notes(of: arguments)
    let session = request.open(by: tracer)
    session.parentScript = try arguments.optional(.parentScript).flatMap { Bytes(fileNameOf: $0) }
    session.command = try arguments.optional(.command).flatMap { Bytes(bytesObject: $0) }
    return try SessionCapsule.make(session)
  }
}

private func details(of arguments: Arguments) throws(PythonError) -> DetailOptions? {
  guard let asked = try arguments.optional(.details) else { return nil }
  let fields = items(of: asked)
  guard fields.count == 5 else { return nil }
  func function(_ index: Int) -> Borrowed? {
    fields[index] == cpython_none() ? nil : fields[index]
  }
  return try DetailOptions(
    DetailOptions.Shown(rawValue: PyLong_AsLong(fields[0])), deepest: PyLong_AsLong(fields[1]),
    DetailOptions.Functions(hook: function(2), stop: function(3), show: function(4)))
}

private func look(of arguments: Arguments) throws(PythonError) -> SessionLook {
  let fields = try arguments.optional(.look).map { items(of: $0) } ?? []
  guard fields.count == 5 else {
    return SessionLook(hasColours: false, fit: nil, columns: 0, paint: nil)
  }
  return SessionLook(
    hasColours: fields[0] == cpython_true(), fit: LineFit(rawValue: PyLong_AsLong(fields[2])),
    columns: PyLong_AsLong(fields[3]), paint: fields[1] == cpython_none() ? nil : fields[1],
    join: fields[4] == cpython_none() ? nil : fields[4])
}

private func scope(of arguments: Arguments, start: Bytes) throws(PythonError) -> Scope {
  let bases: [Scope.Base] = [.script, .project, .all]
  let number = try arguments.integer(.scope)
  guard bases.indices.contains(number) else {
    throw raise(cpython_value_error(), "swifttrace: no such scope")
  }
  var scope = Scope(bases[number], start: start, own: try arguments.fileName(.own))
  func absolute(_ asked: Asked) throws(PythonError) -> [Bytes] {
    try arguments.fileNames(asked).map {
      FilePath.isPseudo($0) ? $0 : FilePath.absolute($0, from: start)
    }
  }
  scope.scripts = try absolute(.scripts)
  scope.roots = try absolute(.roots)
  scope.include = try arguments.fileNames(.include).map(PathPattern.init)
  scope.exclude = try arguments.fileNames(.exclude).map(PathPattern.init)
  scope.libraries = try absolute(.libraries)
  return scope
}

private func placed(_ level: LineFormat, _ paths: Int, _ start: Bytes) -> LineFormat {
  switch paths {
  case 1: .placed(relativeTo: start)
  case 2: .placed(relativeTo: [])
  default: level
  }
}

private func openMode(of arguments: Arguments, _ style: SessionStyle) throws(PythonError)
  -> OwnFile.Mode
{
  OwnFile.Mode(
    isChild: style.depth > 1,
    resumed: try arguments.optional(.resumed).flatMap { Bytes(fileNameOf: $0) },
    appends: try arguments.integer(.appends) != 0)
}

private func destination(of arguments: Arguments, start: Bytes, _ style: SessionStyle)
  throws(PythonError) -> Destination
{
  let output = try arguments.optional(.output)
  if let output, SessionCapsule.isSession(output) {
    return try SessionCapsule.session(output).output.destination
  }
  let wanted = DestinationName(
    name: output.flatMap { Bytes(fileNameOf: $0) }
      .map { OutputName(FilePath.absolute($0, from: start)) },
    descriptor: CInt(clamping: try arguments.integer(.descriptor)),
    mode: try openMode(of: arguments, style), kept: try keptLines(of: arguments, style))
  return try opened(wanted)
}

/// Where lines go, and how.
private struct DestinationName {
  let name: OutputName?
  let descriptor: CInt
  let mode: OwnFile.Mode
  let kept: RingSink.Kept?

  /// Whether opening it may have to wait for a reader.
  var mayWait: Bool { name?.isWaitedFor ?? false }

  func open() throws(TraceError) -> Destination {
    if let kept { return .ring(try RingSink(kept, to: name, descriptor, as: mode)) }
    guard let name else { return Destination(try DescriptorSink(duplicating: descriptor)) }
    return Destination(try FileSink.open(name, as: mode))
  }
}

/// With the GIL held, as which files are open is for one thread at a time to say; but without
/// it where opening a FIFO waits for its reader, who may be a thread of this program.
private func opened(_ wanted: DestinationName) throws(PythonError) -> Destination {
  while true {
    let state = wanted.mayWait ? PyEval_SaveThread() : nil
    let opened = Result { () throws(TraceError) in try wanted.open() }
    if let state { PyEval_RestoreThread(state) }
    switch opened {
    case .success(let destination): return destination
    case .failure(let error) where !error.isInterruption: throw error.raiseAsPython()
    case .failure: try check(status: PyErr_CheckSignals())
    }
  }
}

private func template(of arguments: Arguments) throws(PythonError) -> LineFormat? {
  guard let text = try arguments.optional(.template).flatMap({ Bytes(bytesObject: $0) }) else {
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
    ProcessNotes.Wanted(rawValue: try arguments.integer(.banner)) ?? .never,
    running: try arguments.fileNames(.commandLine))
}

/// What is kept of the lines; nil if they are written as they come.
private func keptLines(of arguments: Arguments, _ style: SessionStyle) throws(PythonError)
  -> RingSink.Kept?
{
  let last = try arguments.integer(.last)
  if last == 0 { return nil }
  let shape = RingShape(
    last: last, tagged: style.look.tagOffset(depth: style.depth),
    isFields: LineFormat(level: try arguments.integer(.level)) == .fields,
    reach: try arguments.integer(.reach))
  return RingSink.Kept(shape, signal: CInt(clamping: try arguments.integer(.dumpSignal)))
}
