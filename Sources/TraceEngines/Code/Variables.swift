import CPython
import PythonInterop
import TraceCore

/// The variables of a code object, and their values in a frame that runs it.
///
/// `frame.f_locals` is not asked: up to 3.12 it writes to a dictionary that the program
/// may hold. A function's are read by `PyFrame_GetVar`, on 3.11 where the frame keeps them;
/// a module's and a class's are the names that its code uses, in its own dictionary.
final class Variables {
  struct Variable {
    /// An `str` that the code object keeps.
    let name: Borrowed
    let text: Bytes
    /// The frame has a cell for it, which other functions share.
    let isShared: Bool
  }

  /// Arguments first; `*args` and `**names` at their end.
  let all: [Variable]
  let argumentCount: Int
  private let positionalCount: Int
  private let hasStar: Bool
  private let hasStars: Bool
  /// Of a function: they are in the frame itself.
  private let areInFrame: Bool
  private let isModule: Bool
  /// What it yields is wrapped, to be told from what it awaits.
  let wrapsYielded: Bool
  private let hasCells: Bool
  /// nil: of a module or a class, which have no others.
  private let deleted: DeletedVariables?

  init(of code: Borrowed) throws(PythonError) {
    let flags = try PyRef.attribute("co_flags", of: code).integer
    areInFrame = flags & 0x1 != 0  // CO_OPTIMIZED
    wrapsYielded = flags & 0x200 != 0  // CO_ASYNC_GENERATOR
    (hasStar, hasStars) = (flags & 0x4 != 0, flags & 0x8 != 0)
    isModule = try Tracer.isModule(code)
    hasCells = try !Self.names("co_cellvars", of: code).isEmpty
    deleted = areInFrame ? try DeletedVariables(by: code) : nil
    guard areInFrame else {
      (all, argumentCount, positionalCount) = (try Self.used(by: code), 0, 0)
      return
    }
    all = try Self.inFrame(of: code)
    let positional = try PyRef.attribute("co_argcount", of: code).integer
    let keyword = try PyRef.attribute("co_kwonlyargcount", of: code).integer
    positionalCount = positional
    argumentCount = min(
      positional + keyword + (hasStar ? 1 : 0) + (hasStars ? 1 : 0), all.count)
  }

  private static func used(by code: Borrowed) throws(PythonError) -> [Variable] {
    try names("co_names", of: code).filter { !$0.text.starts(with: "__") }.map {
      Variable(name: $0.object, text: $0.text, isShared: false)
    }
  }

  /// In the order in which a frame of 3.11 has them: a shared one that is an argument or a
  /// local variable stands there once.
  private static func inFrame(of code: Borrowed) throws(PythonError) -> [Variable] {
    let locals = try names("co_varnames", of: code)
    let cells = try names("co_cellvars", of: code)
    let free = try names("co_freevars", of: code)
    let others = cells.filter { cell in !locals.contains { $0.object == cell.object } }
    return locals.map { name in
      Variable(
        name: name.object, text: name.text,
        isShared: cells.contains { $0.object == name.object })
    } + (others + free).map { Variable(name: $0.object, text: $0.text, isShared: true) }
  }

  private static func names(_ attribute: StaticString, of code: Borrowed) throws(PythonError)
    -> [(object: Borrowed, text: Bytes)]
  {
    let tuple = try PyRef.attribute(attribute, of: code)
    var names: [(object: Borrowed, text: Bytes)] = []
    for name in items(of: tuple.borrowed) {
      guard let text = Bytes(textOf: name) else { throw PythonError() }
      names.append((name, text))
    }
    return names
  }

  // MARK: what is shown

  /// Those that the compiler made, as `.0`, are nobody's.
  func isShown(_ place: Int) -> Bool { all[place].text.first != UInt8(ascii: ".") }

  /// - Parameter name: interned, as the names of variables are; or it is compared.
  func isNamed(_ place: Int, _ name: Borrowed) -> Bool {
    all[place].name == name || Bytes(textOf: name) == all[place].text
  }

  /// The places of the arguments as the `def` has them.
  var signature: [Int] {
    let star = argumentCount - (hasStars ? 2 : 1)
    guard hasStar, positionalCount <= star else { return Array(0..<argumentCount) }
    return Array(0..<positionalCount) + [star] + Array(positionalCount..<star)
      + (hasStars ? [argumentCount - 1] : [])
  }

  /// `*args`
  func stars(_ place: Int) -> Bytes {
    if hasStars, place == argumentCount - 1 { return Bytes("**") }
    return hasStar && place == argumentCount - (hasStars ? 2 : 1) ? Bytes("*") : []
  }

  /// Whether one that has no value any more has been deleted.
  func isDeleted(_ place: Int) -> Bool { deleted?.contains(place) ?? true }

  // MARK: their values

  /// Calls `body` with the value of each, nil for one that has none; none of the program's
  /// code runs in between.
  func forEachValue(in frame: OpaquePointer, _ body: (Int, Borrowed?) -> Void) {
    if !areInFrame { return forEachInNamespace(of: frame, body) }
    if Interpreter.hasFrameEvaluationOf311 { return forEachIn311(frame, body) }
    guard let getVariable = FrameFunctions.variable else { return }
    for (place, variable) in all.enumerated() {
      let value = getVariable(frame, variable.name)
      if value == nil { clearOwnException() }
      body(place, value)
      Py_DecRef(value)
    }
  }

  private func forEachInNamespace(of frame: OpaquePointer, _ body: (Int, Borrowed?) -> Void) {
    guard let namespace = namespace(of: frame) else { return }
    defer { Py_DecRef(namespace) }
    guard cpython_is_dict(namespace) != 0 else { return }
    for (place, variable) in all.enumerated() {
      body(place, PyDict_GetItemWithError(namespace, variable.name))
    }
  }

  /// A new reference.
  private func namespace(of frame: OpaquePointer) -> Borrowed? {
    if isModule { return FrameFunctions.globals?(frame) }
    if Interpreter.hasFrameEvaluationOf311 {
      let locals = Self.running(frame)?.pointee.locals.map { Borrowed(OpaquePointer($0)) }
      Py_IncRef(locals)
      return locals
    }
    // 3.12 would put the cells of a class among its names.
    guard Interpreter.hasLocalsProxy || !hasCells else { return nil }
    return withExceptionsContained { () throws(PythonError) in
      try PyRef.attribute("f_locals", of: Borrowed(frame)).take()
    }
  }

  private func forEachIn311(_ frame: OpaquePointer, _ body: (Int, Borrowed?) -> Void) {
    guard let running = Self.running(frame) else { return }
    let start = cpython311_variables(running)
    for (place, variable) in all.enumerated() {
      let value = start[place]
      body(place, variable.isShared ? value.flatMap(Self.contents) : value)
    }
  }

  private static func running(_ frame: OpaquePointer) -> UnsafeMutablePointer<cpython311_frame>? {
    let object = UnsafeMutablePointer<cpython311_frame_object>(frame)
    return object.pointee.data?.assumingMemoryBound(to: cpython311_frame.self)
  }

  /// Of a cell; nil where it is empty, or is none yet.
  private static func contents(of cell: Borrowed) -> Borrowed? {
    let object = UnsafeMutablePointer<cpython_cell>(OpaquePointer(cell))
    let type = UnsafeMutableRawPointer(cpython_type(cell))
    return type == FrameFunctions.cellType ? object.pointee.contents : nil
  }
}

/// What the interpreter exports beyond the limited API; other versions may lack it.
private enum FrameFunctions {
  typealias Globals = @convention(c) (OpaquePointer) -> Borrowed?
  typealias Variable = @convention(c) (OpaquePointer, Borrowed) -> Borrowed?

  /// `PyFrame_GetGlobals`, from 3.11 on.
  static let globals = cpython_symbol(StaticString("PyFrame_GetGlobals").chars).map {
    unsafeBitCast($0, to: Globals.self)
  }
  /// `PyFrame_GetVar`, from 3.12 on.
  static let variable = cpython_symbol(StaticString("PyFrame_GetVar").chars).map {
    unsafeBitCast($0, to: Variable.self)
  }
  nonisolated(unsafe) static let cellType = cpython_symbol(
    StaticString("PyCell_Type").chars)
}
