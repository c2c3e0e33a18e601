import CPython
import PythonInterop
import TraceCore

/// The variables of a code object, and their values in a frame that runs it.
///
/// `frame.f_locals` is not asked: up to 3.12 it writes to a dictionary that the program
/// may hold. A function's are read by `PyFrame_GetVar`, on 3.11 where the frame keeps them;
/// a module's and a class's are the names that its code uses, in its own dictionary.
final class LocalVariables {
  struct Variable {
    /// An `str` that the code object keeps.
    let name: Borrowed
    let text: Bytes
    /// The frame has a cell for it, which other functions share.
    var isShared: Bool
  }

  /// Arguments first; `*args` and `**names` at their end.
  let all: [Variable]
  let argumentCount: Int
  private let positionalCount: Int
  private let hasStar: Bool
  private let hasStars: Bool
  /// Whether the variables are in the frame itself, as a function's are.
  private let areInFrame: Bool
  private let isModule: Bool
  /// What it yields is wrapped, to be told from what it awaits.
  let wrapsYielded: Bool
  private let hasCells: Bool
  private let code: CodeObject
  /// Which of them each line can bind; nil: not known.
  private lazy var bindings = withExceptionsContained { () throws(PythonError) in
    try LineBindings(of: code, areInFrame: areInFrame)
  }.flatMap { $0 }
  private var marks: Bytes
  /// `Variable.isShared` of each, where it does not move.
  private let areShared: UnsafeMutablePointer<Bool>

  init(of code: CodeObject) throws(PythonError) {
    let flags = try code.flags
    areInFrame = flags.contains(.isFunction)
    wrapsYielded = flags.contains(.isAsyncGenerator)
    (hasStar, hasStars) = (flags.contains(.hasStar), flags.contains(.hasStars))
    isModule = try code.isModule
    hasCells = try !Self.names(.cells, of: code).isEmpty
    self.code = code
    all = try areInFrame ? Self.inFrame(of: code) : Self.used(by: code)
    marks = Bytes(repeating: NameMark.unknown, count: all.count)
    areShared = .allocate(capacity: all.count)
    for index in all.indices { (areShared + index).initialize(to: all[index].isShared) }
    guard areInFrame else {
      (argumentCount, positionalCount) = (0, 0)
      return
    }
    positionalCount = try code.positionalCount
    let count = try positionalCount + code.keywordCount + (hasStar ? 1 : 0) + (hasStars ? 1 : 0)
    argumentCount = min(count, all.count)
  }

  deinit { areShared.deallocate() }

  private static func used(by code: CodeObject) throws(PythonError) -> [Variable] {
    try names(.used, of: code)
  }

  /// In the order in which a frame of 3.11 has them: a shared one that is an argument or a
  /// local variable stands there once.
  private static func inFrame(of code: CodeObject) throws(PythonError) -> [Variable] {
    var variables = try names(.local, of: code)
    for cell in try names(.cells, of: code) {
      let known = variables.firstIndex { $0.name == cell.name }
      if let known { variables[known].isShared = true } else { variables.append(cell) }
    }
    for free in try names(.free, of: code) { variables.append(free) }
    return variables
  }

  private static func names(_ kind: CodeObject.Names, of code: CodeObject) throws(PythonError)
    -> [Variable]
  {
    let tuple = try code.names(kind)
    var names: [Variable] = []
    for name in items(of: tuple.borrowed) {
      guard let text = Bytes(textOf: name) else { throw PythonError() }
      names.append(Variable(name: name, text: text, isShared: kind == .cells || kind == .free))
    }
    return names
  }

  // MARK: what is shown

  /// Those that the compiler made, as `.0`, are nobody's, and neither are a module's `__name__` and
  /// the like.
  func isShown(_ index: Int) -> Bool {
    areInFrame
      ? all[index].text.first != UInt8(ascii: ".") : !all[index].text.starts(with: "__")
  }

  /// What there is to be known of a variable's name before its value is shown.
  private enum NameMark {
    static var unknown: UInt8 { 0 }
    /// Of ASCII alone, and no secret's.
    static var plain: UInt8 { 1 }
    static var other: UInt8 { 2 }
    static var secret: UInt8 { 3 }
  }

  private func mark(_ index: Int) -> UInt8 {
    if marks[index] == NameMark.unknown {
      let text = all[index].text
      let isAscii = text.allSatisfy { $0 < 0x80 }
      marks[index] =
        SecretNames.contain(text) ? NameMark.secret : isAscii ? NameMark.plain : NameMark.other
    }
    return marks[index]
  }

  func isPlain(_ index: Int) -> Bool { mark(index) == NameMark.plain }

  /// Whether the variable's name is a secret's.
  func isSecret(_ index: Int) -> Bool { mark(index) == NameMark.secret }

  /// - Parameter name: interned, as the names of variables are; or it is compared.
  func isNamed(_ index: Int, _ name: Borrowed) -> Bool {
    all[index].name == name || Bytes(textOf: name) == all[index].text
  }

  /// The indices of the arguments as the `def` has them.
  private(set) lazy var signature = order

  private var order: [Int] {
    let star = argumentCount - (hasStars ? 2 : 1)
    guard hasStar, positionalCount <= star else { return Array(0..<argumentCount) }
    return Array(0..<positionalCount) + [star] + Array(positionalCount..<star)
      + (hasStars ? [argumentCount - 1] : [])
  }

  /// `*args`
  func stars(_ index: Int) -> StaticString {
    if hasStars, index == argumentCount - 1 { return "**" }
    return hasStar && index == argumentCount - (hasStars ? 2 : 1) ? "*" : ""
  }

  /// Whether one that has no value any more has been deleted.
  ///
  /// From 3.12 on the variables of a comprehension are the function's (PEP 709), and have no
  /// value after it: nobody has deleted them.
  func isDeleted(_ index: Int) -> Bool {
    areInFrame ? bindings?.deleted.contains(index) ?? true : true
  }

  /// Whether a line can bind a variable itself.
  /// - Parameter line: nil: any may have run.
  func canBind(_ index: Int, in line: Int?) -> Bool {
    guard let line, let bindings else { return true }
    return bindings.forEach(in: line) { $0 != index } != .all
  }

  // MARK: their values

  /// The value of an argument in a frame that begins; `None` for one that has none.
  func argument(_ index: Int, in frame: Frame) -> PyRef {
    if let words = FrameMemory.variables(of: frame) {
      let value = value(index, in: words)
      return value.map { PyRef(retaining: $0) } ?? PyRef.none
    }
    let value = Symbols.getVariable == nil ? nil : valueByName(index, in: frame)
    learnMemory(of: frame, first: argumentCount)
    return value.map { PyRef(stealing: $0) } ?? PyRef.none
  }

  /// The values that the frame itself has of some variables, as a `dict`, and a `list` of
  /// those that are its own and have none.
  func values(in frame: Frame, named names: [Borrowed]) throws(PythonError) -> PyRef {
    var kept = PyRefs()
    var (indices, unbound) = ([Int](), [Int]())
    forEachValue(in: frame) { index, value in
      guard names.contains(where: { isNamed(index, $0) }) else { return }
      guard let value else { return unbound.append(index) }
      kept.append(retaining: value)
      indices.append(index)
    }
    let found = try check(PyDict_New())
    for (index, value) in zip(indices, kept.borrowed) {
      try check(status: PyDict_SetItem(found.borrowed, all[index].name, value))
    }
    let missing = try check(PyList_New(0))
    for index in unbound {
      try check(status: PyList_Append(missing.borrowed, all[index].name))
    }
    return try check(cpython_pair(found.borrowed, missing.borrowed))
  }

  /// Calls `body` with the value of each, nil for one that has none; none of the program's
  /// code runs in between.
  /// - Parameter line: alone has run since the last time, and no other frame: what it cannot have
  ///   bound may be left out. nil: any may have run.
  func forEachValue(in frame: Frame, after line: Int? = nil, _ body: (Int, Borrowed?) -> Void) {
    if !areInFrame { return forEachInNamespace(of: frame, after: line, body) }
    if let words = FrameMemory.variables(of: frame) { return forEach(in: words, body) }
    guard Symbols.getVariable != nil else { return }
    for index in all.indices {
      let value = valueByName(index, in: frame)
      body(index, value)
      Py_DecRef(value)
    }
    learnMemory(of: frame, first: all.count)
  }

  /// A new reference to one's value, where the frame's memory is not known; nil: it has none.
  /// The corresponding C function is `PyFrame_GetVar`.
  @inline(never)
  private func valueByName(_ index: Int, in frame: Frame) -> Borrowed? {
    guard let value = Symbols.getVariable?(frame.pointer, all[index].name) else {
      clearOwnException()
      return nil
    }
    return value
  }

  @inline(never)
  private func learnMemory(of frame: Frame, first count: Int) {
    if all.contains(where: { $0.isShared }) { return }
    var names: [Borrowed] = []
    for index in 0..<count { names.append(all[index].name) }
    FrameMemory.learn(from: frame, names)
  }

  /// What it takes to look at those of a function that runs; nil: they are not read in place.
  func atHand(in frame: Frame, _ values: UnsafePointer<SeenValue>, line: Int) -> FrameAtHand? {
    guard areInFrame, let words = FrameMemory.variables(of: frame) else { return nil }
    return FrameAtHand(
      address: frame.address, line: line, words: words, values: values, areShared: areShared,
      count: all.count)
  }

  @inline(__always)
  private func forEach(in words: UnsafePointer<UInt>, _ body: (Int, Borrowed?) -> Void) {
    for index in all.indices { body(index, value(index, in: words)) }
  }

  @inline(__always)
  private func value(_ index: Int, in words: UnsafePointer<UInt>) -> Borrowed? {
    let value = FrameMemory.object(words[index])
    return areShared[index] ? value.flatMap(FrameMemory.contents) : value
  }

  private func forEachInNamespace(
    of frame: Frame, after line: Int?, _ body: (Int, Borrowed?) -> Void
  ) {
    guard let namespace = namespace(of: frame), cpython_is_dict(namespace.borrowed) != 0 else {
      return
    }
    let names = namespace.borrowed
    func look(_ index: Int) { body(index, PyDict_GetItemWithError(names, all[index].name)) }
    if isModule, let line, let bindings, !bindings.mayBindElsewhere(line) {
      let outcome = bindings.forEach(in: line) { index in
        look(index)
        return true
      }
      if outcome != .unknown { return }
    }
    for index in all.indices { look(index) }
  }

  private func namespace(of frame: Frame) -> PyRef? {
    if isModule {
      guard let globals = Symbols.getGlobals?(frame.pointer) else { return nil }
      return PyRef(stealing: globals)
    }
    if Interpreter.hasFrameEvaluationOf311 {
      guard let locals = Self.running(frame)?.pointee.locals else { return nil }
      return PyRef(retaining: Borrowed(OpaquePointer(locals)))
    }
    // 3.12 would put the cells of a class among its names.
    guard Interpreter.hasLocalsProxy || !hasCells else { return nil }
    let locals = withExceptionsContained { () throws(PythonError) in try frame.locals().take() }
    guard let locals else { return nil }
    return PyRef(stealing: locals)
  }

  private static func running(_ frame: Frame) -> UnsafeMutablePointer<cpython311_frame>? {
    let object = UnsafeMutablePointer<cpython311_frame_object>(frame.pointer)
    return object.pointee.data?.assumingMemoryBound(to: cpython311_frame.self)
  }
}
