/// The numbers of the instructions that are looked for (`opcode.opmap`), of one version of CPython.
public struct Opcodes: Sendable {
  /// The words that an instruction leaves behind it for itself: `CACHE`, on every version.
  static let cache: UInt8 = 0

  /// `EXTENDED_ARG`, which gives the next instruction the upper bits of its argument.
  public let extendedArgument: UInt8
  let noOperation: UInt8
  let popTop: UInt8
  let pushExceptionInfo: UInt8
  let checkExceptionMatch: UInt8
  let checkGroupMatch: UInt8
  let withExceptStart: UInt8
  let raise: UInt8
  let send: UInt8
  let forIteration: UInt8
  let endAsyncFor: UInt8
  /// `CLEANUP_THROW`; nil for 3.11, which has no such instruction.
  let cleanUpThrow: UInt8?
  let resume: UInt8
  /// `DELETE_FAST` and `DELETE_DEREF`; nil: not needed.
  public let deleteLocal: UInt8?
  /// `DELETE_DEREF`; nil for 3.11, where it is not needed.
  public let deleteShared: UInt8?

  /// Whether the instruction at an offset is what comes after the wait of a `yield from` or an
  /// `await`.
  public func waits(_ code: [UInt8], at offset: Int) -> Bool {
    guard offset >= 0, offset + 1 < code.count else { return false }
    return code[offset] == resume && code[offset + 1] & 3 >= 2
  }

  /// The numbers of CPython 3.11.
  public static let of311 = Opcodes(
    extendedArgument: 144, noOperation: 9, popTop: 1, pushExceptionInfo: 35,
    checkExceptionMatch: 36, checkGroupMatch: 37, withExceptStart: 49, raise: 130, send: 123,
    forIteration: 93,
    endAsyncFor: 54, cleanUpThrow: nil, resume: 151,
    deleteLocal: nil, deleteShared: nil)
  /// The numbers of CPython 3.12.
  public static let of312 = Opcodes(
    extendedArgument: 144, noOperation: 9, popTop: 1, pushExceptionInfo: 35,
    checkExceptionMatch: 36, checkGroupMatch: 37, withExceptStart: 49, raise: 130, send: 123,
    forIteration: 93,
    endAsyncFor: 54, cleanUpThrow: 55, resume: 151,
    deleteLocal: 126, deleteShared: 139)
  /// The numbers of CPython 3.13.
  public static let of313 = Opcodes(
    extendedArgument: 71, noOperation: 30, popTop: 32, pushExceptionInfo: 33,
    checkExceptionMatch: 7, checkGroupMatch: 6, withExceptStart: 44, raise: 101, send: 104,
    forIteration: 72,
    endAsyncFor: 10, cleanUpThrow: 8, resume: 149,
    deleteLocal: 65, deleteShared: 64)
  /// The numbers of CPython 3.14.
  public static let of314 = Opcodes(
    extendedArgument: 69, noOperation: 27, popTop: 31, pushExceptionInfo: 32,
    checkExceptionMatch: 6, checkGroupMatch: 5, withExceptStart: 43, raise: 104, send: 106,
    forIteration: 70,
    endAsyncFor: 68, cleanUpThrow: 7, resume: 128,
    deleteLocal: 63, deleteShared: 62)
  /// The numbers of CPython 3.15.
  public static let of315 = Opcodes(
    extendedArgument: 67, noOperation: 25, popTop: 29, pushExceptionInfo: 30,
    checkExceptionMatch: 6, checkGroupMatch: 5, withExceptStart: 41, raise: 103, send: 105,
    forIteration: 68,
    endAsyncFor: 66, cleanUpThrow: 7, resume: 128,
    deleteLocal: 61, deleteShared: 60)

  /// Those of 3.11 alone, which say what `PyEval_SetTrace` does not.
  public enum Of311 {
    /// `YIELD_VALUE`, with which a `return` event stands for a `yield`.
    public static var yieldValue: UInt8 { 86 }
    /// `JUMP_BACKWARD_NO_INTERRUPT`, with which an `await` or a `yield from` waits again.
    public static var jumpBackwardNoInterrupt: UInt8 { 134 }
  }
}
