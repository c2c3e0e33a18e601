import CPython
import PythonInterop

/// What differs between the versions of CPython, each by the name of the
/// behaviour. No version number stands anywhere else.
public enum Interpreter {
  private static func isAtLeast(_ minor: UInt) -> Bool {
    cpython_running_version() >= 3 << 24 | minor << 16
  }

  /// `sys.monitoring` (PEP 669).
  public static var hasMonitoring: Bool { isAtLeast(12) }

  /// `LINE` is sent for a line that is the `def` or `lambda` line as well only
  /// while `PY_START` is on for that code object (cpython#155992).
  static var sendsLineOfDefWithStartOnly: Bool { isAtLeast(13) }
}
