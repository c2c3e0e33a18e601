import CPython
public import PythonInterop
public import TraceCore

/// The pair of trace functions, after `sys.settrace`'s own terms: `enter` is the
/// global one, asked about code that is entered; `line` the local one, called for
/// each line of code in scope. One for the interpreter, as its state is: the main
/// one, which a host program may end and start again (`Tracer+Process.swift`).
public final class Tracer {
  /// Set by the module's initialization; read while the GIL is held.
  nonisolated(unsafe) public internal(set) static var shared: Tracer?

  /// The one in force.
  public internal(set) var session: Session?
  /// What `sys.settrace(swifttrace.global_trace)` prints by while there is no
  /// session.
  public var pairSession: Session? { didSet { pairSession?.output.destination.ring?.arm() } }
  /// What children are told.
  public var variable = Variable(Bytes("SWIFTTRACE"))
  let code: CodeRegistry
  let hot: UnsafeMutablePointer<HotState>
  let calls: CallDepth
  let chooseEngine: (Tracer) throws(PythonError) -> Engine
  var engine: Engine?
  private var generations = 0

  /// - Parameter chooseEngine: the one that serves this interpreter best.
  init(_ chooseEngine: @escaping (Tracer) throws(PythonError) -> Engine) throws(PythonError) {
    self.chooseEngine = chooseEngine
    code = try CodeRegistry()
    hot = code.hot
    calls = CallDepth(code)
    hot.pointee.owner = UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
    code.whenMet = { [unowned(unsafe) self] in met($0) }
  }

  /// - Parameter standardLibrary: where `<frozen os>` has its text.
  public func configure(standardLibrary: Bytes) { code.finder.standardLibrary = standardLibrary }

  /// The directory at the start, which relative names are resolved against.
  public var start: Bytes { code.start }

  /// - Parameter observer: called as `observer(path, what)` for files; `None`: nobody.
  public func observe(by observer: Borrowed) { code.observe(by: observer) }

  /// The text of a code object and of those inside it, which lies in no file.
  /// - Parameter code: has to be a code object.
  public func hold(_ source: Bytes, for code: Borrowed) throws(PythonError) {
    try self.code.hold(source, for: CodeObject(code))
  }

  /// A number for a scope that no scope had before: files remember by it what was decided.
  public func newGeneration() -> Int {
    generations += 1
    return generations
  }

  /// The engine's name as `status()` has it.
  public var engineName: StaticString { engine?.name ?? "none" }
  /// Why that engine was chosen, in words for `status()`.
  public var engineReason: StaticString { engine?.reason ?? "never enabled" }

  // MARK: the global trace function

  /// Whether the code object, which is being entered, is in scope. Its lines are
  /// sent from now on where it is.
  /// - Returns: nil where there is no memory to say, or the handler of a signal has raised;
  ///   to be asked again.
  func enter(_ code: CodeObject) -> Bool? {
    guard let session else { return false }
    if let known = self.code.entry(known: code) {
      if known.isTraced { return true }
      if known.file.isDecided(session.generation), !session.meetsScripts { return false }
    }
    let isInScope = withExceptionsContained { () throws(PythonError) -> Bool in
      let entry = try self.code.entry(for: code)
      return session === self.session ? try decide(entry, session) : false
    }
    if isInScope == nil, !hasLostEvents { session.output.drop(.callOutOfMemory) }
    if DeferredException.pending.isEmpty { return isInScope }
    DeferredException.pending.raiseAgain()
    return PyErr_Occurred() == nil ? isInScope : nil
  }

  private var hasLostEvents: Bool {
    withExceptionsContained { () throws(PythonError) in try engine?.hasLost() ?? false } ?? false
  }

  /// Whether a code object is in scope whose frame does not run yet; nil if that can only be said
  /// once it runs.
  func foresee(_ code: CodeObject) -> Bool? {
    guard let session else { return nil }
    return withExceptionsContained { () throws(PythonError) -> Bool? in
      if session.meetsScripts, !session.hasMetMain { return nil }
      if session.meetsScripts, try code.isModule { return nil }
      let entry = try self.code.entry(for: code)
      return self.code.isDynamic(entry) ? nil : try decide(entry, session)
    }.flatMap { $0 }
  }

  func decide(_ entry: CodeEntry, _ session: Session) throws(PythonError) -> Bool {
    var entry = entry
    if session.meetsScripts {
      let finder = ScriptFinder(code: code, newGeneration: newGeneration)
      entry = try finder.meet(entry, session) { () throws(PythonError) in try decideTraced(session)
      }
    }
    if code.isDynamic(entry) { try code.findFile(of: entry) }
    let isWanted = session.isInScope(entry.file)
    guard session === self.session else { return false }
    try setTraced(entry, isWanted)
    return isWanted
  }

  /// A library's own lines are not the script's any more.
  private func decideTraced(_ session: Session) throws(PythonError) {
    code.forgetLookedUp()
    for entry in code.entries where entry.isTraced {
      try setTraced(entry, session.isInScope(entry.file))
    }
    if hot.pointee.countsCalls { calls.recount() }
  }

  func setTraced(_ entry: CodeEntry, _ isWanted: Bool) throws(PythonError) {
    let purpose = hot.pointee.purpose
    guard entry.isTraced != isWanted || isWanted && entry.purpose != purpose, let engine
    else { return }
    if entry.isTraced { try engine.detach(entry) }
    entry.isTraced = false
    if isWanted { try engine.attach(entry) }
    if isWanted { session?.hasMetScope = true }
    (entry.isTraced, entry.purpose) = (isWanted, purpose)
  }

  private func met(_ entry: CodeEntry) {
    _ = withExceptionsContained { () throws(PythonError) in try engine?.meet(entry) }
    if hot.pointee.countsCalls { calls.lookForGreenlets() }
  }

  // MARK: the local trace function

  /// Prints line `number` of the code object, where that is in scope.
  /// - Parameter offset: that the line begins at; nil: where the frame is.
  func line(_ code: CodeObject, _ number: Int, at offset: Int? = nil) {
    defer { DeferredException.pending.raiseAgain() }
    guard let session, !session.isPaused, !session.isLeftOut,
      let lines = lines(of: code, session)
    else { return }
    if let receiver = session.receiver, let entry = hot.pointee.entry {
      return receiver.line(entry, number, at: offset)
    }
    if session.writer.timesLines { return session.writer.timedLine(code, number) }
    guard let line = lines.shownLine(number) else { return }
    session.writer.noteThread()
    session.writer.write(line)
  }

  /// The lines of a code object, which are at hand then; nil: it is out of scope.
  func lines(of code: CodeObject, _ session: Session) -> RenderedLines? {
    if !isLookedUp(code) { lookUp(code, session) }
    if hot.pointee.rendered != nil, hot.pointee.thread == 0 {
      guard session.writer.moveRing() else { return nil }
      if !isLookedUp(code) { lookUp(code, session) }
    }
    return hot.pointee.rendered
  }

  private func isLookedUp(_ code: CodeObject) -> Bool {
    hot.pointee.code == code && hot.pointee.renderedCode == code
  }

  private func lookUp(_ code: CodeObject, _ session: Session) {
    let found = withExceptionsContained { () throws(PythonError) -> RenderedLines? in
      let entry = try self.code.entry(for: code)
      if !entry.isTraced, try !decide(entry, session) { return nil }
      // Another entry, where the code object has turned out to be the script.
      let met = try self.code.entry(for: code)
      try self.code.checkText(of: met)
      return session.writer.lines(of: met.file)
    }
    session.writer.look.raiseAgain()
    DeferredException.pending.raiseAgain()
    guard session === self.session else { return }
    guard let lines = found else {
      hot.pointee.forgetLookedUp()
      return session.output.drop(.outOfMemory)
    }
    let entry = self.code.entry(known: code)
    // What is not known for good is asked for again at the next line.
    let isKnown = lines == nil || entry?.file.isRead == true
    hot.pointee.point(at: entry, code, lines, isKnown: isKnown, isPrinted: session.isRendered)
  }

  /// The interpreter may not have said of each line that it ran.
  func missLines(_ why: StaticString) { session?.output.missLines(why) }

  // MARK: calls and exceptions

  /// - Parameter isNew: the frame begins; else it is resumed.
  func called(_ code: CodeObject, isNew: Bool, at offset: Int? = nil) {
    // One that was suspended before the trace began may be in a handler.
    if hot.pointee.leavesLinesOut, !isNew, let frame = Frame.running,
      session?.receiver?.knows(frame) == false
    {
      followExceptions(in: code)
    }
    receive(code, isCall: true) { $0.called($1, $2, isNew: isNew, at: offset) }
  }

  func returned(_ code: CodeObject, _ value: Borrowed, isYield: Bool, at offset: Int? = nil) {
    receive(code) { $0.returned($1, $2, value, isYield: isYield, at: offset) }
  }

  /// An exception has come to a frame: it was raised there, or by what was called there.
  func raised(_ code: CodeObject, _ raised: RaisedEvent) {
    receive(code) { $0.raised($1, $2, raised) }
    followExceptions(in: code)
  }

  /// Only where a line of the code object's runs next is it known what has become of an exception.
  func followExceptions(in code: CodeObject) {
    guard hot.pointee.leavesLinesOut, let entry = self.code.entry(known: code), entry.isTraced,
      !entry.meetsExceptions,
      entry.handlers?.all.isEmpty == false
    else { return }
    entry.meetsExceptions = true
    _ = withExceptionsContained { () throws(PythonError) in try engine?.attach(entry) }
  }

  /// A frame ends by an exception.
  /// - Parameter exception: nil where the interpreter does not say which.
  func unwound(_ code: CodeObject, _ exception: Borrowed?) {
    receive(code) { $0.unwound($1, $2, exception.map { ExceptionValue($0) }) }
  }

  /// An exception has come to a frame. The first one in scope that it comes to is where it
  /// came from, for the reader of the trace.
  func noteOrigin(_ code: CodeObject, _ raised: RaisedEvent) {
    guard !hot.pointee.isPaused, let writer = session?.fieldWriter,
      self.code.isTraced(code), !self.code.hasRaised(raised.exception, raised.traceback)
    else { return }
    writer.noteOrigin(raised.exception)
  }

  /// Runs `body` where the code is in scope of a session that shows more than lines.
  /// - Parameter isCall: the line that ran before goes on.
  private func receive(
    _ code: CodeObject, isCall: Bool = false, _ body: (EventReceiver, CodeEntry, Frame) -> Void
  ) {
    guard let session, !session.isLeftOut, let entry = self.code.entry(known: code),
      entry.isTraced, let frame = Frame.running
    else { return }
    let exception = RaisedException.fetch()
    if session.writer.timesLines {
      // Inner code is part of the statement that runs.
      let isInner = session.receiver?.isInner(frame) ?? false
      if !isInner, !isCall { session.writer.endLine() }
    }
    if let receiver = session.receiver, PyErr_Occurred() == nil { body(receiver, entry, frame) }
    DeferredException.pending.raiseAgain()
    if PyErr_Occurred() == nil { exception.restore() }
  }
}
