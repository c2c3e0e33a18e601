import CPython
import PythonInterop
import TraceCore

/// What differs between the versions of CPython, each by the name of the
/// behaviour. No version number stands anywhere else.
public enum Interpreter {
  private static func isAtLeast(_ minor: UInt) -> Bool {
    cpython_running_version() >= 3 << 24 | minor << 16
  }

  /// `sys.monitoring` (PEP 669).
  public static var hasMonitoring: Bool { isAtLeast(12) }

  /// Frames may be run by a function of ours (PEP 523), which can switch the trace
  /// function off for one of them: a byte on the C stack. Later versions have none.
  static var hasFrameEvaluationOf311: Bool { cpython_running_version() >> 16 == 0x030B }

  /// A thread leads to its innermost frame by way of the C stack (`_PyCFrame`).
  static var hasFramesByCStack: Bool { !isAtLeast(13) }

  /// A frame of no code lies below all others (`base_frame`).
  static var hasLowestFrame: Bool { isAtLeast(15) }

  /// Which word of what is a frame's address: of `PyThreadState`, of `_PyCFrame`; and which
  /// word of a frame is its code.
  static var wordOfFrameInThread: Int { hasFramesByCStack ? 7 : 9 }
  static var wordOfFrameOnStack: Int { hasFrameEvaluationOf311 ? 1 : 0 }
  static var wordOfCodeInFrame: Int { hasFrameEvaluationOf311 ? 4 : 0 }

  /// `frame.f_locals` writes to no dictionary that the program may hold (PEP 667).
  static var hasLocalsProxy: Bool { isAtLeast(13) }

  /// A thread may have several C stacks, made by then: greenlet's. A frame on one goes on
  /// with the trace function that it finds.
  static var hasSeveralStacks: Bool {
    InterpreterLifetime.modules.flatMap {
      PyDict_GetItemString($0, StaticString("greenlet").chars)
    } != nil
  }

  /// `LINE` is not sent for the line that a code object was entered or resumed in
  /// unless that sends `PY_START` or `PY_RESUME` (cpython#155992). So the line of a
  /// `def` is missing that is the body's as well, and the one that an exception which
  /// was thrown into an `await` comes back to.
  static var hidesLineAfterSilentResume: Bool { isAtLeast(13) }

  /// No event says that a generator goes on whose `yield from` or `await` has ended because an
  /// exception was thrown into what it waited for.
  static var resumesSilentlyAfterThrow: Bool { !hasMonitoring }

  /// Who wants events for a code object's instructions is forgotten when a second tool
  /// joins the one that was alone there (coveragepy#2095 shows it).
  static var forgetsOpcodeEvents: Bool { isAtLeast(13) }

  /// Whether a string is interned takes two bytes of its state, and no longer two bits.
  static var hasWideStringState: Bool { isAtLeast(14) }

  /// `RAISE` and `PY_UNWIND` may be asked for of one code object alone. `PY_THROW` as well, but it
  /// is where a generator is met that was suspended before.
  static var hasLocalExceptionEvents: Bool { isAtLeast(15) }

  /// Major and minor, a byte each.
  static let version = cpython_running_version() >> 16

  /// The numbers of the instructions that are looked for; nil: not known of this version.
  static let opcodes: Opcodes? =
    switch version {
    case 0x030B: .of311
    case 0x030C: .of312
    case 0x030D: .of313
    case 0x030E: .of314
    case 0x030F: .of315
    default: nil
    }

  /// Whether `cpython_small` reads what the interpreter itself does: the layout
  /// is not promised, so it is looked at and not asked for by version.
  static let showsSmallIntegers =
    isAtLeast(12)
    && [1, 255, 256, 257, 4096, 1 << 30 - 1]
      .allSatisfy { reads($0, as: $0) }
    && [0, -1, -255, 1 << 30, 1 << 45].allSatisfy { reads($0, as: nil) }

  private static func reads(_ number: Int, as expected: Int?) -> Bool {
    guard let integer = try? PyRef.integer(number) else { return false }
    if cpython_is_small(integer.borrowed) == 0 { return expected == nil }
    return cpython_small(integer.borrowed) == expected
  }
}
