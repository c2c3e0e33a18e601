import CPython
import PythonInterop
import TraceCore
import TraceEngines

/// The class `Session` of the module: an object of it keeps a session.
enum SessionType {
  static func make() throws(PythonError) -> PyRef {
    try check(
      cpython_new_holder_type(
        StaticString("swifttrace.swifttrace.Session").chars,
        create, deallocate, methodTable))
  }

  /// The session of a Python object; nil if the object is something else.
  static func session(_ object: Borrowed) -> Session? {
    cpython_is_holder(object, deallocate) != 0 ? held(by: object) : nil
  }

  fileprivate static func held(by object: Borrowed?) -> Session? {
    guard let object, let held = cpython_held(object) else { return nil }
    return Unmanaged<Session>.fromOpaque(held).takeUnretainedValue()
  }

  private static let create: newfunc = { type, positional, keywords in
    trampoline { () throws(PythonError) in
      if let positional, PyTuple_Size(positional) > 0 {
        throw raise(cpython_type_error(), "swifttrace: Session() takes keyword arguments alone")
      }
      let session = try SessionOptions(try Keywords(keywords), for: try tracer()).open()
      let held = Unmanaged.passRetained(session)
      guard let type, let object = cpython_new_holder(type, held.toOpaque()) else {
        held.release()
        throw PythonError()
      }
      return PyRef(stealing: object)
    }
  }

  private static let deallocate: destructor = { object in
    guard let object else { return }
    if let held = cpython_held(object) {
      let session = Unmanaged<Session>.fromOpaque(held)
      if Tracer.shared?.letGo(session.takeUnretainedValue()) ?? true { session.release() }
    }
    cpython_free_holder(object)
  }

  /// What a session can be asked, each as a C function of its own.
  nonisolated(unsafe) private static let methodTable = table(of: [
    method("activate", METH_O) { answer(.activate, $0, $1) },
    method("end", METH_NOARGS) { answer(.end, $0, $1) },
    method("use_for_pair", METH_NOARGS) { answer(.useForPair, $0, $1) },
    method("shared_descriptor", METH_NOARGS) { answer(.sharedDescriptor, $0, $1) },
    method("output_path", METH_NOARGS) { answer(.outputPath, $0, $1) },
    method("await_children", METH_NOARGS) { answer(.awaitChildren, $0, $1) },
    method("state", METH_NOARGS) { answer(.state, $0, $1) },
    method("report", METH_O) { answer(.report, $0, $1) },
    method("print_report", METH_O) { answer(.printReport, $0, $1) },
    method("last_lines", METH_VARARGS) { answer(.lastLines, $0, $1) },
    method("lines_before", METH_O) { answer(.linesBefore, $0, $1) },
    method("pause", METH_NOARGS) { answer(.pause, $0, $1) },
    method("resume", METH_NOARGS) { answer(.resume, $0, $1) },
    method("leave_out", METH_O) { answer(.leaveOut, $0, $1) },
    method("take_in", METH_O) { answer(.takeIn, $0, $1) },
    method("await_program", METH_O) { answer(.awaitProgram, $0, $1) },
    method("silence", METH_NOARGS) { answer(.silence, $0, $1) },
    method("write", METH_O) { answer(.write, $0, $1) },
  ])

  private static func method(_ name: StaticString, _ flags: CInt, _ function: PyCFunction)
    -> PyMethodDef
  {
    cpython_plain_method(name.chars, function, flags)
  }
}

/// A method's name.
private enum SessionMethod {
  case activate, end, useForPair
  case sharedDescriptor, outputPath, awaitChildren, state
  case report, printReport, lastLines, linesBefore
  case pause, resume, leaveOut, takeIn, awaitProgram, silence, write
}

/// The way in of all methods.
/// - Parameter argument: nil where the method takes none.
@inline(never)
private func answer(_ method: SessionMethod, _ object: Borrowed?, _ argument: Borrowed?)
  -> Borrowed?
{
  trampoline { () throws(PythonError) in
    guard let session = SessionType.held(by: object) else { throw PythonError() }
    return try session.answer(method, Argument(argument ?? cpython_none()))
  }
}

extension Session {
  /// `swifttrace.pyi` says what each takes and returns.
  fileprivate func answer(_ method: SessionMethod, _ argument: Argument) throws(PythonError)
    -> PyRef
  {
    switch method {
    case .activate: try tracer().activate(self, ends: try argument.integer() != 0)
    case .end: try tracer().end(self)
    case .useForPair: try tracer().pairSession = self
    case .sharedDescriptor: return try .optional(integer: output.sink.sharedDescriptor)
    case .outputPath: return try .optional(fileName: output.sink.filePath)
    case .awaitChildren: return try .optional(integer: awaitChildren())
    case .state: return try state()
    case .report: return try .bytes(try report(atException: argument))
    case .printReport: print(try argument.bytes())
    case .lastLines: return try lastLines(within: items(of: argument.object))
    case .linesBefore: return try .optional(integer: linesBefore(argument.object))
    case .pause: pause()
    case .resume: return try .integer(resume())
    case .leaveOut: leaveOut(UInt(bitPattern: try argument.integer()))
    case .takeIn: takeIn(UInt(bitPattern: try argument.integer()))
    case .awaitProgram: try awaitProgram(by: argument)
    case .silence: output.isQuiet = true
    case .write: write(try argument.bytes())
    }
    return .none
  }

  private func report(atException argument: Argument) throws(PythonError) -> Bytes {
    report(because: try argument.integer() != 0 ? .exception : .request)
  }

  /// How many lines there are, and why there will be no more, or `None`.
  private func state() throws(PythonError) -> PyRef {
    let printed = try PyRef.integer(output.printed)
    let reason = try PyRef.optional(fileName: output.failure?.description)
    return try check(cpython_pair(printed.borrowed, reason.borrowed))
  }

  /// A tuple for each line: its tag, how deep it is, its bytes.
  private func lastLines(within bounds: [Borrowed]) throws(PythonError) -> PyRef {
    guard bounds.count == 2 else {
      throw raise(cpython_type_error(), "swifttrace: last_lines() takes two arguments")
    }
    let (after, end) = (try Argument(bounds[0]).integer(), try Argument(bounds[1]).integer())
    let list = try check(PyList_New(0))
    for line in lastLines(after: after, upTo: end) {
      let tag = try PyRef.bytes(line.tag)
      let depth = try PyRef.integer(line.depth)
      let bytes = try PyRef.bytes(line.bytes)
      let item = try check(cpython_triple(tag.borrowed, depth.borrowed, bytes.borrowed))
      try check(status: PyList_Append(list.borrowed, item.borrowed))
    }
    return list
  }

  /// - Parameter runner: a path, or `None`.
  private func awaitProgram(by runner: Argument) throws(PythonError) {
    let path = runner.object == cpython_none() ? nil : try runner.fileName()
    let start = try tracer().start
    awaitProgram(runner: path.map { FilePath.absolute($0, from: start) })
  }
}

extension PyRef {
  fileprivate static func optional(integer: Int?) throws(PythonError) -> PyRef {
    guard let integer else { return .none }
    return try .integer(integer)
  }

  fileprivate static func optional(fileName: Bytes?) throws(PythonError) -> PyRef {
    guard let fileName else { return .none }
    return try .fileName(fileName)
  }
}
