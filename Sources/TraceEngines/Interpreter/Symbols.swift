import CPython
import PythonInterop

/// What the interpreter exports beyond the limited API, found with `dlsym`. Other versions may
/// lack it: each is nil then.
enum Symbols {
  /// The corresponding C function is `dlsym`.
  static func object(_ name: StaticString) -> UnsafeMutableRawPointer? {
    cpython_symbol(name.chars)
  }

  static func function<F>(_ name: StaticString) -> F? {
    object(name).map { unsafeBitCast($0, to: F.self) }
  }

  typealias OfFrame = @convention(c) (OpaquePointer) -> Borrowed?
  typealias OfFrameByName = @convention(c) (OpaquePointer, Borrowed) -> Borrowed?
  typealias OfThread = @convention(c) (OpaquePointer) -> Void
  typealias Check = @convention(c) () -> CInt

  /// `PyFrame_GetGlobals`, from 3.11 on.
  static let getGlobals: OfFrame? = function("PyFrame_GetGlobals")
  /// `PyFrame_GetVar`, from 3.12 on.
  static let getVariable: OfFrameByName? = function("PyFrame_GetVar")
  /// `PyThreadState_LeaveTracing` and `PyThreadState_EnterTracing`
  static let leaveTracing: OfThread? = function("PyThreadState_LeaveTracing")
  static let enterTracing: OfThread? = function("PyThreadState_EnterTracing")
  /// `PyGILState_Check`
  static let holdsInterpreter: Check? = function("PyGILState_Check")

  nonisolated(unsafe) static let cellType = object("PyCell_Type")
  nonisolated(unsafe) static let functionType = object("PyFunction_Type")
}
