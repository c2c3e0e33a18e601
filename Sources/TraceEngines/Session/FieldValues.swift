import CPython
import PythonInterop
import TraceCore

/// What fields that vary say of the line that is about to run.
extension Tracer {
  func value(of field: LineField, _ session: Session) -> Bytes? {
    switch field {
    case .process: return Bytes(decimal: Int(cpython_process()))
    case .thread: return ThreadNames.thread() ?? ThreadNames.unnamed()
    case .task: return ThreadNames.task()
    case .calls: return nil
    case .depth: return Bytes(decimal: depthOfCalls)
    case .function: return entryAtHand.flatMap(function)
    case .module: return entryAtHand.flatMap(module)
    case .time: return Bytes(seconds: Int(cpython_clock()) - session.start)
    case .delta: return Bytes(seconds: sinceLineBefore(session))
    case .took: return nil
    }
  }

  /// A frame that nobody in scope has called is 0 deep.
  private var depthOfCalls: Int {
    hot.takeDepth()
    return Swift.max(hot.pointee.depth - 1, 0)
  }

  private func sinceLineBefore(_ session: Session) -> Int {
    let now = Int(cpython_clock())
    defer { session.lineBefore = now }
    return now - session.lineBefore
  }

  func function(_ entry: CodeEntry) -> Bytes? {
    if let known = entry.function { return known }
    entry.function = withExceptionsContained { () throws(PythonError) -> Bytes? in
      try PyRef.attribute("co_qualname", of: entry.code).text
    }.flatMap { $0 }
    return entry.function
  }

  private func module(_ entry: CodeEntry) -> Bytes? {
    if let known = entry.module { return known }
    entry.module = withExceptionsContained { () throws(PythonError) -> Bytes? in
      guard let frame = PyEval_GetFrame() else { return nil }
      let globals = try PyRef.attribute("f_globals", of: Borrowed(frame))
      guard cpython_is_dict(globals.borrowed) != 0,
        let name = PyDict_GetItemString(globals.borrowed, StaticString("__name__").chars)
      else { return nil }
      return Bytes(textOf: name)
    }.flatMap { $0 }
    return entry.module
  }

  /// The line as it is printed now, where that is not as it was rendered.
  /// - Parameter held: what is said of it, where that is not what is so now.
  func compose(_ line: RenderedLine, _ session: Session, _ held: HeldLine? = nil) {
    session.scratch.removeAll(keepingCapacity: true)
    if let template = session.format.template {
      template.append(line, to: &session.scratch) { field in
        if let held { held.value(of: field) } else { value(of: field, session) }
      }
    } else {
      let tag = held.map { held in LineTag(session.shown) { held.value(of: $0) } } ?? session.tag
      tag.appendLine(line, at: session.placeOfTag, to: &session.scratch)
    }
    if let fit = session.look.fit {
      session.scratch = fit.fitted(session.scratch, columns: session.columns)
    }
  }
}
