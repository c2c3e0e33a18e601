import CPython
import PythonInterop
import TraceCore

/// What is known of each code object that has been met, until it goes, and of the files that
/// they come from.
final class CodeRegistry {
  /// The registry of the interpreter that runs.
  nonisolated(unsafe) static var shared: CodeRegistry?

  /// The directory at the start, which relative names are resolved against.
  let start: Bytes
  let hot: UnsafeMutablePointer<HotState>
  let callables: CallableType
  var finder = SourceFinder()
  /// Of the debug log: called as `observer(path, what)`; nil: nobody listens.
  var observer: PyRef?
  /// Called for an entry that is new.
  var whenMet: (CodeEntry) -> Void = { _ in }
  private var table = AddressTable<CodeEntry>()
  private var cache: LineCache

  init() throws(PythonError) {
    callables = try CallableType()
    start = FilePath.currentDirectory()
    cache = LineCache(start: start)
    hot = .allocate(capacity: 1)
    hot.initialize(to: HotState(window: Sink.none.window))
  }

  // MARK: code objects

  func entry(known code: CodeObject) -> CodeEntry? { table[code.address] }

  /// Whether the lines of the code object, which has been met, are sent.
  func isTraced(_ code: CodeObject) -> Bool { entry(known: code)?.isTraced ?? false }

  var entries: [CodeEntry] { table.entries }

  func entry(for code: CodeObject) throws(PythonError) -> CodeEntry {
    if let known = entry(known: code) { return known }
    guard let name = try code.fileName else { throw PythonError() }
    let isModule = try code.isModule
    let file = current(cache.file(named: name, isModule: isModule))
    return try insert(CodeEntry(code, file))
  }

  /// A pseudo name may by now stand for another text than the one that was read.
  private func current(_ file: SourceFile) -> SourceFile {
    guard FilePath.isPseudo(file.name), file.isRead, !file.isScript,
      case .text(let text) = SourceFinder.registered(file.name), file.text?.isMade(of: text) != true
    else { return file }
    return cache.replace(file)
  }

  private func insert(_ entry: CodeEntry) throws(PythonError) -> CodeEntry {
    do throws(PythonError) {
      let context = UnsafeMutableRawPointer(entry.code.object)
      let callback = try callables.make(codeObjectDied, context)
      let reference = try check(PyWeakref_NewRef(entry.code.object, callback.borrowed))
      // It can be in no cycle. `gc.get_objects()` counts what the program has made.
      PyObject_GC_UnTrack(reference.borrowed)
      entry.weakReference = consume reference
    } catch {
      cache.release(entry.file)
      throw error
    }
    // Python code may have run by now, and another thread with it: the first one counts.
    if let known = self.entry(known: entry.code) {
      cache.release(entry.file)
      entry.weakReference = nil
      return known
    }
    table.insert(entry)
    whenMet(entry)
    return entry
  }

  fileprivate func forget(_ code: CodeObject) {
    hot.pointee.forget(code)
    guard let entry = entry(known: code) else { return }
    table.remove(entry)
    cache.release(entry.file)
    entry.weakReference = nil
  }

  /// The frame in scope that has called another one, or what has called that.
  func caller(of frame: Frame) -> (frame: Frame, entry: CodeEntry)? {
    var found: (frame: Frame, entry: CodeEntry)?
    _ = withExceptionsContained { () throws(PythonError) in
      try frame.forEachCaller { caller in
        guard let entry = entry(known: caller.code), entry.isTraced else { return true }
        found = (caller, entry)
        return false
      }
    }
    return found
  }

  /// Whether a frame in scope that is gone by now has shown an exception already.
  /// - Parameter traceback: if the exception has none yet.
  func hasRaised(_ exception: ExceptionValue, _ traceback: Borrowed?) -> Bool {
    withExceptionsContained { () throws(PythonError) -> Bool in
      guard let first = traceback.map({ PyRef(retaining: $0) }) ?? exception.traceback else {
        return false
      }
      var next = try Traceback(first.borrowed).next()
      while !next.isNone {
        if let frame = Traceback(next.borrowed).frame, isTraced(frame.code) { return true }
        next = try Traceback(next.borrowed).next()
      }
      return false
    } ?? false
  }

  // MARK: files

  /// The text of a code object and of those inside it, which lies in no file: what
  /// `-c` or standard input gave. They are the script.
  func hold(_ source: Bytes, for code: CodeObject) throws(PythonError) {
    let name = try code.fileName ?? []
    let file = source.withUnsafeBufferPointer {
      SourceFile(script: $0, name: name)
    }
    try hold(file, for: code)
  }

  private func hold(_ file: SourceFile, for code: CodeObject) throws(PythonError) {
    forget(code)
    cache.adopt(file)
    _ = try insert(CodeEntry(code, file))
    try code.forEachInner { inner throws(PythonError) in try hold(file, for: inner) }
  }

  /// Gives a code object another file: it was made of that one's text.
  func move(_ entry: CodeEntry, to file: SourceFile) {
    cache.adopt(file)
    cache.release(entry.file)
    entry.file = file
  }

  /// Gives `body` the file of that name.
  func withFile(
    named name: Bytes, _ body: (SourceFile) throws(PythonError) -> Void
  ) throws(PythonError) {
    let file = cache.file(named: name, isModule: false)
    defer { cache.release(file) }
    try body(file)
  }

  func findText(_ file: SourceFile) -> SourceFile.Finding {
    let found = finder.text(of: file)
    if observer != nil { tell(file, finder.origin(of: file, found)) }
    return found
  }

  /// Forgets the rendered lines that lie there.
  func forgetLines(in memory: LineMemory) {
    forgetLookedUp()
    cache.forgetLines(in: memory)
    for entry in entries { entry.file.forgetLines(in: memory) }
  }

  /// Nothing is at hand.
  func forgetLookedUp() {
    hot.pointee.forgetLookedUp()
    hot.pointee.recent.forgetAll()
  }

  // MARK: the debug log

  /// - Parameter observer: `None`: nobody.
  func observe(by observer: Borrowed) {
    replace(&self.observer, retaining: observer == cpython_none() ? nil : observer)
  }

  /// Tells the debug log of a file.
  func tell(_ file: SourceFile, _ what: Bytes) {
    guard let observer = observer?.borrowed else { return }
    _ = withExceptionsContained { () throws(PythonError) in
      let path = try PyRef.fileName(file.path)
      let what = try PyRef.fileName(what)
      do throws(PythonError) {
        _ = try PyRef(retaining: observer).callOurs(path.borrowed, what.borrowed)
      } catch {
        DeferredException.pending.takeRaised()
      }
    }
  }
}

/// The callback of a code object's weak reference, called as the object goes.
private let codeObjectDied: cpython_vectorcall = { callback, _, _, _ in
  let context = UnsafeMutablePointer<cpython_callable>(OpaquePointer(callback)).pointee.context
  if let context {
    // The address of an object that is gone, or nearly: the table's key, not to be used.
    CodeRegistry.shared?.forget(CodeObject(context.assumingMemoryBound(to: PyObject.self)))
  }
  return PyRef.none.take()
}
