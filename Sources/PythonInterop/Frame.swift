public import CPython

/// A frame that somebody else keeps alive, by its object. All attributes of frames are read here.
///
/// No audit hook hears of it (PEP 578): a hook may raise, and what the program does not do itself
/// is not to be in its log.
@frozen
public struct Frame: Equatable {
  /// The frame object itself, borrowed.
  public let object: Borrowed

  /// - Parameter object: has to be a frame.
  @inlinable @inline(__always)
  public init(_ object: Borrowed) { self.object = object }

  /// Wraps an object that may be something else; the result is nil if it is no frame. A frame has
  /// to run in this thread, because its type is compared with the object's.
  public init?(checking object: Borrowed) {
    guard let running = Frame.running, cpython_class(object) == cpython_class(running.object) else {
      return nil
    }
    self.object = object
  }

  /// The frame that runs in this thread; nil if none does, or if there is no memory for its object.
  /// The corresponding C function is `PyEval_GetFrame`.
  @inlinable @inline(__always)
  public static var running: Frame? { PyEval_GetFrame().map { Frame(Borrowed($0)) } }

  /// The object as the type that C functions such as `PyFrame_GetCode` take.
  @inlinable @inline(__always)
  public var pointer: OpaquePointer { OpaquePointer(object) }

  /// The address of the object. A later frame may have the same one.
  public var address: UInt { UInt(bitPattern: object) }

  /// `f_code`, which the frame keeps alive. The corresponding C function is `PyFrame_GetCode`.
  @inlinable @inline(__always)
  public var code: CodeObject {
    let code = Borrowed(PyFrame_GetCode(pointer).unsafelyUnwrapped)
    Py_DecRef(code)
    return CodeObject(code)
  }

  /// `f_lineno`; 0 if it has none. The corresponding C function is `PyFrame_GetLineNumber`.
  @inlinable @inline(__always)
  public var line: Int { Int(PyFrame_GetLineNumber(pointer)) }

  /// `f_lasti`: the offset of the instruction that it is at.
  public var offset: Int {
    get throws(PythonError) { try PyRef.attribute("f_lasti", of: object).integer }
  }

  /// `f_globals`
  public func globals() throws(PythonError) -> PyRef {
    try PyRef.attribute("f_globals", of: object)
  }

  /// `f_globals["__name__"]`; nil if there is none, or if the globals are no `dict`.
  public var moduleName: Borrowed? {
    get throws(PythonError) {
      let globals = try globals()
      guard cpython_is_dict(globals.borrowed) != 0 else { return nil }
      return PyDict_GetItemString(globals.borrowed, StaticString("__name__").chars)
    }
  }

  /// `f_locals`
  public func locals() throws(PythonError) -> PyRef { try PyRef.attribute("f_locals", of: object) }

  /// `f_trace_lines`
  public var sendsLines: Bool {
    get throws(PythonError) { try PyRef.attribute("f_trace_lines", of: object).integer == 1 }
  }

  /// `f_trace_opcodes`
  public var sendsOpcodes: Bool {
    get throws(PythonError) { try PyRef.attribute("f_trace_opcodes", of: object).isTrue }
  }

  /// Sets `f_trace_opcodes`: whether the frame's trace function gets an event for each instruction.
  public func setSendsOpcodes(_ sends: Bool) throws(PythonError) {
    try PyRef.setAttribute(
      "f_trace_opcodes", of: object, to: sends ? cpython_true() : cpython_false())
  }

  /// Whether nothing has called it.
  public var isLowest: Bool {
    get throws(PythonError) { try PyRef.attribute("f_back", of: object).isNone }
  }

  /// Calls `body` for the frame that has called this one, for the one that has called that, and so
  /// on, while it answers true. Each lives for as long as it runs.
  /// - Returns: whether `body` has seen all of them.
  @discardableResult
  public func forEachCaller(_ body: (Frame) throws(PythonError) -> Bool) throws(PythonError) -> Bool
  {
    var caller = try PyRef.attribute("f_back", of: object)
    while !caller.isNone {
      if try !body(Frame(caller.borrowed)) { return false }
      caller = try caller.attribute("f_back")
    }
    return true
  }

  /// The same, beginning with this one.
  @discardableResult
  public func forEachInStack(_ body: (Frame) throws(PythonError) -> Bool) throws(PythonError)
    -> Bool
  {
    try body(self) ? try forEachCaller(body) : false
  }

  /// `sys._getframe(depth)`; nil if there are not so many.
  public static func atDepth(_ depth: Int) throws(PythonError) -> PyRef? {
    guard let running else { return nil }
    var frame = PyRef(retaining: running.object)
    for _ in 0..<max(depth, 0) where !frame.isNone { frame = try frame.attribute("f_back") }
    if frame.isNone { return nil }
    return frame
  }
}

/// A traceback that somebody else keeps alive.
@frozen
public struct Traceback {
  /// The traceback object itself, borrowed.
  public let object: Borrowed

  /// Wraps an object that is known to be a traceback.
  public init(_ object: Borrowed) { self.object = object }

  /// `tb_frame`, as the collector finds it; nil if no frame runs, by which to know one.
  public var frame: Frame? {
    guard let running = Frame.running else { return nil }
    return cpython_referent(object, cpython_class(running.object)).map { Frame($0) }
  }

  /// `tb_next`
  public func next() throws(PythonError) -> PyRef { try PyRef.attribute("tb_next", of: object) }
}
