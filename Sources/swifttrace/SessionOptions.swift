import CPython
import CSystem
import PythonInterop
import TraceCore
import TraceEngines

/// What `Session(...)` is asked by its keywords, which `swifttrace.pyi` explains.
struct SessionOptions: ~Copyable {
  private let keywords: Keywords
  private let tracer: Tracer

  init(_ keywords: consuming Keywords, for tracer: Tracer) {
    self.keywords = keywords
    self.tracer = tracer
  }

  /// A session that is not in force yet. Nothing is opened where a keyword is wrong.
  func open() throws(PythonError) -> Session {
    let reach = try keywords.integer("reach")
    let style = try style(reach)
    let scope = try scope()
    let details = try details()
    let notes = try notes()
    let parentScript = try keywords.fileName("parent_script")
    let command = try keywords.bytes("command")
    let wanted = try wanted(style, reach)
    try keywords.checkAllWereAsked()
    var request = SessionRequest(style, scope, to: try wanted.open())
    (request.details, request.notes) = (details, notes)
    request.awaitsScript = try keywords.argument("scripts") == nil
    let session = request.open(by: tracer)
    (session.parentScript, session.command) = (parentScript, command)
    return session
  }

  // MARK: lines

  /// - Parameter reach: how many lines a report can be made of; they are fields then.
  private func style(_ reach: Int) throws(PythonError) -> SessionStyle {
    var shown = LineFields(rawValue: try keywords.integer("shown"))
    if reach > 0 { shown.insert(.calls) }
    return SessionStyle(
      try format(reach), shown: shown, depth: try keywords.integer("nesting", or: 1),
      look: try look())
  }

  private func format(_ reach: Int) throws(PythonError) -> LineFormat {
    let number = try keywords.needed("level").integer()
    let paths = try keywords.argument("paths")?.choice(of: ["short", "relative", "absolute"])
    if let text = try keywords.bytes("template") { return .template(try lineTemplate(text)) }
    if reach > 0 { return .fields }
    switch paths {
    case 1: return .placed(relativeTo: tracer.start)
    case 2: return .placed(relativeTo: [])
    default: break
    }
    guard let level = LineFormat(level: number) else {
      throw raise(cpython_value_error(), "swifttrace: no such level")
    }
    return level
  }

  private func look() throws(PythonError) -> SessionLook {
    var (fit, columns): (LineFit?, Int) = (nil, 0)
    if let wrap = try keywords.argument("wrap")?.integer() { (fit, columns) = (.wrap, wrap) }
    if let cut = try keywords.argument("cut")?.integer() { (fit, columns) = (.cut, cut) }
    return SessionLook(
      hasColours: try keywords.flag("has_colours"), fit: fit, columns: columns,
      paint: try keywords.function("paint"), join: try keywords.function("join"))
  }

  private func details() throws(PythonError) -> DetailOptions? {
    var shown: DetailOptions.Shown = []
    if try keywords.flag("values") { shown.insert(.values) }
    if try keywords.flag("calls") { shown.insert(.calls) }
    if try keywords.flag("lines") { shown.insert(.lines) }
    if try keywords.flag("secrets") { shown.insert(.secrets) }
    let functions = DetailOptions.Functions(
      hook: try keywords.function("hook"), stop: try keywords.function("stop"),
      show: try keywords.function("show"),
      looks: [
        try keywords.function("plan"), try keywords.function("begin"),
        try keywords.function("end"),
      ])
    let width = try keywords.integer("width", or: 120)
    guard let deepest = try keywords.argument("deepest")?.integer() else { return nil }
    return try DetailOptions(shown, deepest: deepest, width: width, functions)
  }

  private func notes() throws(PythonError) -> ProcessNotes {
    ProcessNotes(
      ProcessNotes.Wanted(rawValue: try keywords.integer("notes")) ?? .never,
      running: try keywords.fileNames("command_line"))
  }

  // MARK: what is traced

  private func scope() throws(PythonError) -> Scope {
    let choice = try keywords.needed("scope").choice(of: ["script", "project", "all"])
    let base: Scope.Base = choice == 0 ? .script : choice == 1 ? .project : .all
    let own = try keywords.needed("own").fileName()
    var scope = Scope(base, start: tracer.start, own: own)
    scope.scripts = try absolute("scripts")
    scope.roots = try absolute("roots")
    scope.include = try keywords.fileNames("include").map(PathPattern.init)
    scope.exclude = try keywords.fileNames("exclude").map(PathPattern.init)
    scope.libraries = try absolute("libraries")
    return scope
  }

  private func absolute(_ name: StaticString) throws(PythonError) -> [Bytes] {
    let start = tracer.start
    return try keywords.fileNames(name).map {
      FilePath.isPseudo($0) ? $0 : FilePath.absolute($0, from: start)
    }
  }

  // MARK: where lines go

  private func wanted(_ style: SessionStyle, _ reach: Int) throws(PythonError)
    -> WantedDestination
  {
    let recorder = try recorder()
    let resumed = try keywords.fileName("resumed")
    // A recording does not go on after `exec`: the next one is beside it.
    let mode = OwnFile.Mode(
      isChild: style.depth > 1 || recorder != nil && resumed != nil,
      resumed: recorder == nil ? resumed : nil, appends: try keywords.flag("appends"))
    let kept = try keptLines(style, reach)
    let descriptor = CInt(clamping: try keywords.integer("descriptor", or: 2))
    let output = try keywords.argument("output")
    if let output, let session = SessionType.session(output.object) {
      return .shared(session.output.destination)
    }
    let name = try output?.fileName()
    let path = name.map { OutputName(FilePath.absolute($0, from: tracer.start)) }
    if let recorder, let path { return .recorded(path, mode, recorder, style.depth) }
    return .new(path, descriptor, mode, kept)
  }

  /// What the lines are recorded with; nil if they are not.
  private func recorder() throws(PythonError) -> UnsafeMutablePointer<csystem_recorder>? {
    guard let capsule = try keywords.argument("recorder") else { return nil }
    guard let pointer = PyCapsule_GetPointer(capsule.object, csystem_recorder_name()) else {
      throw PythonError()
    }
    let recorder = pointer.assumingMemoryBound(to: csystem_recorder.self)
    if recorder.pointee.version == UInt32(CSYSTEM_RECORDER_VERSION) { return recorder }
    throw raise(cpython_value_error(), "swifttrace: writing.abi3.so is of another version")
  }

  /// What is kept of the lines; nil if they are written as they come.
  private func keptLines(_ style: SessionStyle, _ reach: Int) throws(PythonError)
    -> RingSink.Kept?
  {
    let last = try keywords.integer("last")
    let signal = CInt(clamping: try keywords.integer("signal"))
    if last == 0 { return nil }
    let shape = RingShape(
      last: last, tagged: style.look.tagOffset(depth: style.depth), isFields: reach > 0,
      reach: reach)
    return RingSink.Kept(shape, signal: signal)
  }
}

/// Where lines go, and how.
private enum WantedDestination {
  /// Where those of another session go, too.
  case shared(Destination)
  case recorded(OutputName, OwnFile.Mode, UnsafeMutablePointer<csystem_recorder>, Int)
  case new(OutputName?, CInt, OwnFile.Mode, RingSink.Kept?)

  /// With the GIL held, as which files are open is for one thread at a time to say; but without
  /// it where opening a FIFO waits for its reader, who may be a thread of this program.
  func open() throws(PythonError) -> Destination {
    while true {
      let state = mayWait ? PyEval_SaveThread() : nil
      let opened = Result { () throws(TraceError) in try tryToOpen() }
      if let state { PyEval_RestoreThread(state) }
      switch opened {
      case .success(let destination): return destination
      case .failure(let error) where !error.isInterruption: throw error.raiseAsPython()
      case .failure: try check(status: PyErr_CheckSignals())
      }
    }
  }

  private var mayWait: Bool {
    if case .new(let name?, _, _, _) = self { name.isWaitedFor } else { false }
  }

  private func tryToOpen() throws(TraceError) -> Destination {
    switch self {
    case .shared(let destination): return destination
    case .recorded(let name, let mode, let recorder, let depth):
      return .recording(try RecordingSink(by: recorder, to: name, as: mode, crosses: depth))
    case .new(let name, let descriptor, let mode, let kept?):
      return .ring(try RingSink(kept, to: name, descriptor, as: mode))
    case .new(let name?, _, let mode, nil): return Destination(try FileSink.open(name, as: mode))
    case .new(nil, let descriptor, _, nil):
      return Destination(try DescriptorSink(duplicating: descriptor))
    }
  }
}

/// Raises `ValueError` for one that is none.
func lineTemplate(_ text: Bytes) throws(PythonError) -> LineTemplate {
  do throws(TraceError) {
    return try LineTemplate(text)
  } catch {
    throw raise(cpython_value_error(), error.description)
  }
}
