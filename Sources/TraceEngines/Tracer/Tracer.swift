import CPython
public import PythonInterop
public import TraceCore

/// The pair of trace functions, after `sys.settrace`'s own terms: `enter` is the
/// global one, asked about code that is entered; `line` the local one, called for
/// each line of code in scope. One for the interpreter, as its state is: the main
/// one, which a host program may end and start again (`Lives.swift`).
public final class Tracer {
  /// Set by the module's initialization; read while the GIL is held.
  nonisolated(unsafe) public static var shared: Tracer?

  public internal(set) var session: Session?
  /// What `sys.settrace(swifttrace.global_trace)` prints by while there is no
  /// session.
  public var pairSession: Session? { didSet { pairSession?.sink.ringSink?.arm() } }
  /// Kept; nil: nobody listens.
  var observer: Borrowed?
  var held = HeldException()
  /// Called, with no arguments, at the first line in a child that was forked.
  public var forkHook: Borrowed?
  /// Called before a fork and after it in the parent.
  public var forkLocks: (before: Borrowed?, after: Borrowed?) = (nil, nil)
  /// Called with the name of the script's file, once that is met, and with that of the runner
  /// which runs it, or None.
  public var scriptHook: Borrowed?
  /// What children are told.
  public var variable = Variable(Bytes("SWIFTTRACE"))
  /// A fork made this process, and no line of it was printed yet.
  var isNewProcess = false
  let hot: UnsafeMutablePointer<HotState>
  private let directory: Bytes
  private let callbackType: Borrowed
  var engine: Engine?
  var table = CodeTable()
  var cache: LineCache
  private(set) var finder = SourceFinder()
  private var generations = 0
  var depths = CallDepths()
  /// The threads that run the handlers of signals while they wait for a reader, each as
  /// often as it does so within itself.
  var handling: [UInt] = []
  /// The lines of the code object that was looked up last; nil: it is out of scope.
  private var atHand: RenderedLines?
  private(set) var atHandCode: Borrowed?
  /// What is known of that code object.
  var entryAtHand: CodeEntry?

  public init() throws(PythonError) {
    directory = FilePath.currentDirectory()
    cache = LineCache(start: directory)
    callbackType = try check(cpython_new_callable_type()).take()
    hot = .allocate(capacity: 1)
    hot.initialize(
      to: HotState(lines: HotState.noLines, window: Sink.none.window, tracer: self))
  }

  /// - Parameter standardLibrary: where `<frozen os>` has its text.
  public func configure(standardLibrary: Bytes) {
    finder.standardLibrary = standardLibrary
  }

  /// The directory at the start, which relative names are resolved against.
  public var start: Bytes { directory }

  func callback(_ function: cpython_vectorcall, _ context: UnsafeMutableRawPointer)
    throws(PythonError) -> PyRef
  {
    try check(cpython_new_callable(callbackType, function, context))
  }

  public func newGeneration() -> Int {
    generations += 1
    return generations
  }

  public var engineName: StaticString { engine?.name ?? "none" }
  public var engineReason: StaticString { engine?.reason ?? "never enabled" }

  // MARK: the global trace function

  /// Whether the code object, which is being entered, is in scope. Its lines are
  /// sent from now on where it is.
  /// - Returns: nil where there is no memory to say, or the handler of a signal has raised;
  ///   to be asked again.
  func enter(_ code: Borrowed) -> Bool? {
    guard let session else { return false }
    if let known = table[code], known.isTraced { return true }
    let isInScope = withExceptionsContained { () throws(PythonError) -> Bool in
      let entry = try entry(for: code)
      return session === self.session ? try decide(entry, session) : false
    }
    if isInScope == nil, !hasLostEvents() { drop(.callOutOfMemory, session) }
    if held.isEmpty { return isInScope }
    held.raiseAgain()
    return PyErr_Occurred() == nil ? isInScope : nil
  }

  private func hasLostEvents() -> Bool {
    withExceptionsContained { () throws(PythonError) in try engine?.hasLost() ?? false } ?? false
  }

  /// The same of a code object whose frame does not run yet; nil: that will say it.
  func foresee(_ code: Borrowed) -> Bool? {
    guard let session else { return nil }
    return withExceptionsContained { () throws(PythonError) -> Bool? in
      if session.meetsScripts, !session.hasMetMain { return nil }
      if session.meetsScripts, try Self.isModule(code) { return nil }
      let entry = try entry(for: code)
      return isDynamic(entry) ? nil : try decide(entry, session)
    }.flatMap { $0 }
  }

  func decide(_ entry: CodeEntry, _ session: Session) throws(PythonError) -> Bool {
    var entry = entry
    if session.meetsScripts { entry = try meetScript(entry, session) }
    if isDynamic(entry) { try findFile(of: entry) }
    let isWanted = isInScope(entry.file, session)
    guard session === self.session else { return false }
    try setTraced(entry, isWanted)
    return isWanted
  }

  func setTraced(_ entry: CodeEntry, _ isWanted: Bool) throws(PythonError) {
    let countsCalls = hot.pointee.countsCalls
    guard entry.isTraced != isWanted || isWanted && entry.countsCalls != countsCalls, let engine
    else { return }
    if entry.isTraced { try engine.detach(entry) }
    entry.isTraced = false
    if isWanted { try engine.attach(entry) }
    if isWanted { session?.hasMetScope = true }
    (entry.isTraced, entry.countsCalls) = (isWanted, countsCalls)
  }

  static func isModule(_ code: Borrowed) throws(PythonError) -> Bool {
    guard let name = try PyRef.attribute("co_name", of: code).text else { throw PythonError() }
    return name == Bytes("<module>")
  }

  /// Whether the lines of the code object, which has been met, are sent.
  func isTraced(_ code: Borrowed) -> Bool { table[code]?.isTraced ?? false }

  // MARK: the local trace function

  /// Prints line `number` of the code object, where that is in scope.
  /// - Parameter place: the offset that the line begins at; nil: where the frame is.
  func line(_ code: Borrowed, _ number: Int, at place: Int? = nil) {
    defer { held.raiseAgain() }
    guard let session, !session.isPaused, !session.isLeftOut else { return }
    if !isAtHand(code) { pointHot(at: code, session) }
    if atHand != nil, hot.pointee.thread == 0 {
      guard moveRing(session) else { return }
      if !isAtHand(code) { pointHot(at: code, session) }
    }
    guard let atHand else { return }
    if let details = session.details, let entry = entryAtHand {
      return detailedLine(entry, number, at: place, session, details)
    }
    if session.timesLines { return timedLine(code, number, session) }
    guard let line = atHand.shownLine(number) else { return }
    noteThread(session)
    write(line, session)
  }

  /// The lines of code in scope, once more where another thread's have come between.
  func linesAtHand(_ entry: CodeEntry, _ session: Session) -> RenderedLines? {
    if !isAtHand(entry.code) { pointHot(at: entry.code, session) }
    if atHand != nil, hot.pointee.thread == 0 {
      guard moveRing(session) else { return nil }
      if !isAtHand(entry.code) { pointHot(at: entry.code, session) }
    }
    return atHand
  }

  private func isAtHand(_ code: Borrowed) -> Bool {
    hot.pointee.code == code && atHandCode == code
  }

  private func pointHot(at code: Borrowed, _ session: Session) {
    let found = withExceptionsContained { () throws(PythonError) -> RenderedLines? in
      let entry = try entry(for: code)
      if !entry.isTraced, try !decide(entry, session) { return nil }
      // Another entry, where the code object has turned out to be the script.
      let met = try self.entry(for: code)
      try checkText(of: met)
      return lines(of: met.file, session)
    }
    session.look.raiseAgain()
    held.raiseAgain()
    guard session === self.session else { return }
    guard let lines = found else {
      resetHot()
      return drop(.outOfMemory, session)
    }
    // What is not known for good is asked for again at the next line.
    let isKnown = lines == nil || table[code]?.file.isRead == true
    hot.pointee.code = isKnown ? code : nil
    let isPrinted = session.isRendered
    hot.pointee.lines = isPrinted ? lines?.lines ?? HotState.noLines : HotState.noLines
    hot.pointee.isOutOfScope = lines == nil
    (atHand, atHandCode) = (lines, code)
    entryAtHand = lines == nil ? nil : table[code]
    if let lines, isPrinted, isKnown { hot.pointee.recent.remember(lines, of: code) }
  }

  /// As the session prints them.
  func lines(of file: SourceFile, _ session: Session) -> RenderedLines {
    var look = session.look.ofLines
    // The pair of trace functions shows lines alone.
    look.joinsStatements = look.joinsStatements && session === self.session
    return file.lines(
      as: session.format, depth: session.depth, look: look, in: session.sink.lines,
      find: findText, join: session.look.joined, paint: session.look.painted)
  }

  func findText(_ file: SourceFile) -> SourceFile.Finding {
    let found = finder.text(of: file)
    if observer != nil { tell(file, finder.origin(of: file, found)) }
    return found
  }

  func resetHot() {
    hot.pointee.code = nil
    hot.pointee.thread = 0
    hot.pointee.lines = HotState.noLines
    (atHand, atHandCode) = (nil, nil)
    entryAtHand = nil
  }

  /// - Parameter isNote: the line's memory is used again.
  func write(_ line: RenderedLine, _ session: Session, isNote: Bool = false) {
    if keepsInRing(line, session, isNote: isNote) { return }
    hot.pointee.printed += 1
    if !session.filled.isEmpty || !session.tag.bytes.isEmpty || session.look.fit != nil {
      return writeComposed(line, session)
    }
    if hot.pointee.window.pointee.copy(line) { return }
    putLine(UnsafeRawBufferPointer(start: line.start, count: line.count), session)
  }

  private func writeComposed(_ line: RenderedLine, _ session: Session) {
    compose(line, session)
    writeScratch(session)
  }

  func writeScratch(_ session: Session, from caller: Caller = .callback) {
    let line = session.scratch
    line.withUnsafeBytes { bytes in
      if session === self.session, hot.pointee.window.pointee.copy(bytes) { return }
      putLine(bytes, session, from: caller)
    }
  }

  private func putLine(
    _ bytes: UnsafeRawBufferPointer, _ session: Session, from caller: Caller = .callback
  ) {
    if isOfRunner(bytes, session) { return }
    if put(bytes, session, from: caller) { return }
    session.notes.unprinted += 1
    if session.failure != nil { return }
    drop(session.stall.isOver(session.backlog) ? .readByItself : .interrupted, session)
  }

  /// The trace stops, the program goes on.
  func fail(_ error: TraceError, _ session: Session) {
    if session.failure != nil { return }
    session.failure = error
    if session === self.session {
      _ = withExceptionsContained { () throws(PythonError) in try activate(nil) }
    }
    if !session.isQuiet { Report.stopped(error) }
  }
}
