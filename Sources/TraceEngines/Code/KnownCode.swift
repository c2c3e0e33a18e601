import CPython
public import PythonInterop
public import TraceCore

/// What is known of each code object that has been met, until it goes.
extension Tracer {
  func entry(for code: Borrowed) throws(PythonError) -> CodeEntry {
    if let known = table[code] { return known }
    guard let name = try PyRef.attribute("co_filename", of: code).fileName else {
      throw PythonError()
    }
    let isModule = try Self.isModule(code)
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
    do {
      let callback = try callback(codeObjectDied, UnsafeMutableRawPointer(entry.code))
      let reference = try check(PyWeakref_NewRef(entry.code, callback.borrowed)).take()
      // It can be in no cycle. `gc.get_objects()` counts what the program has made.
      PyObject_GC_UnTrack(reference)
      entry.weakReference = reference
    } catch {
      cache.release(entry.file)
      throw error
    }
    // Python code may have run by now, and another thread with it: the first one counts.
    if let known = table[entry.code] {
      cache.release(entry.file)
      entry.dropReference()
      return known
    }
    table.insert(entry)
    _ = withExceptionsContained { () throws(PythonError) in try engine?.meet(entry) }
    if hot.pointee.countsCalls { lookForGreenlets() }
    return entry
  }

  func forgetLines(in memory: LineMemory) {
    resetHot()
    hot.pointee.recent.forgetAll()
    cache.forgetLines(in: memory)
    for entry in table.entries { entry.file.forgetLines(in: memory) }
  }

  func entry(known code: Borrowed) -> CodeEntry? { table[code] }

  fileprivate func forget(_ code: Borrowed) {
    hot.pointee.recent.forget(code)
    if hot.pointee.code == code || atHandCode == code { resetHot() }
    guard let entry = table[code] else { return }
    table.remove(entry)
    cache.release(entry.file)
    entry.dropReference()
  }

  /// The text of a code object and of those inside it, which lies in no file: what
  /// `-c` or standard input gave. They are the script.
  public func hold(_ source: Bytes, for code: Borrowed) throws(PythonError) {
    let name = try PyRef.attribute("co_filename", of: code).fileName ?? []
    let file = source.withUnsafeBufferPointer {
      SourceFile(script: $0, name: name)
    }
    try hold(file, for: code)
  }

  private func hold(_ file: SourceFile, for code: Borrowed) throws(PythonError) {
    forget(code)
    cache.adopt(file)
    _ = try insert(CodeEntry(code, file))
    let constants = try PyRef.attribute("co_consts", of: code)
    for constant in items(of: constants.borrowed)
    where cpython_type(constant) == cpython_type(code) {
      try hold(file, for: constant)
    }
  }
}

/// The callback of a code object's weak reference, called as the object goes.
private let codeObjectDied: cpython_vectorcall = { callback, _, _, _ in
  let context = UnsafeMutablePointer<cpython_callable>(OpaquePointer(callback)).pointee.context
  if let context {
    // The address of an object that is gone, or nearly: the table's key, not to be used.
    Tracer.shared?.forget(context.assumingMemoryBound(to: PyObject.self))
  }
  return PyRef.none.take()
}
