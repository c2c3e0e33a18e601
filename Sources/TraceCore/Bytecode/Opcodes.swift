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
  /// The instructions that bind and delete names.
  public let bindings: BindingOpcodes

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
    bindings: BindingOpcodes(
      local: 125, deleteLocal: 126, shared: 138, deleteShared: 139, name: 90, deleteName: 91,
      global: 97, deleteGlobal: 98, clearLocal: nil, localLoad: nil, localLocal: nil,
      calls: [171, 142, 108, 53, 84, 123, 49]))
  /// The numbers of CPython 3.12.
  public static let of312 = Opcodes(
    extendedArgument: 144, noOperation: 9, popTop: 1, pushExceptionInfo: 35,
    checkExceptionMatch: 36, checkGroupMatch: 37, withExceptStart: 49, raise: 130, send: 123,
    forIteration: 93,
    endAsyncFor: 54, cleanUpThrow: 55, resume: 151,
    bindings: BindingOpcodes(
      local: 125, deleteLocal: 126, shared: 138, deleteShared: 139, name: 90, deleteName: 91,
      global: 97, deleteGlobal: 98, clearLocal: 143, localLoad: nil, localLocal: nil,
      calls: [171, 142, 173, 108, 53, 123, 49]))
  /// The numbers of CPython 3.13.
  public static let of313 = Opcodes(
    extendedArgument: 71, noOperation: 30, popTop: 32, pushExceptionInfo: 33,
    checkExceptionMatch: 7, checkGroupMatch: 6, withExceptStart: 44, raise: 101, send: 104,
    forIteration: 72,
    endAsyncFor: 10, cleanUpThrow: 8, resume: 149,
    bindings: BindingOpcodes(
      local: 110, deleteLocal: 65, shared: 109, deleteShared: 64, name: 114, deleteName: 67,
      global: 113, deleteGlobal: 66, clearLocal: 86, localLoad: 111, localLocal: 112,
      calls: [53, 54, 57, 55, 75, 2, 104, 44]))
  /// The numbers of CPython 3.14.
  public static let of314 = Opcodes(
    extendedArgument: 69, noOperation: 27, popTop: 31, pushExceptionInfo: 32,
    checkExceptionMatch: 6, checkGroupMatch: 5, withExceptStart: 43, raise: 104, send: 106,
    forIteration: 70,
    endAsyncFor: 68, cleanUpThrow: 7, resume: 128,
    bindings: BindingOpcodes(
      local: 112, deleteLocal: 63, shared: 111, deleteShared: 62, name: 116, deleteName: 65,
      global: 115, deleteGlobal: 64, clearLocal: 85, localLoad: 113, localLocal: 114,
      calls: [52, 4, 55, 53, 73, 106, 43]))
  /// The numbers of CPython 3.15.
  public static let of315 = Opcodes(
    extendedArgument: 67, noOperation: 25, popTop: 29, pushExceptionInfo: 30,
    checkExceptionMatch: 6, checkGroupMatch: 5, withExceptStart: 41, raise: 103, send: 105,
    forIteration: 68,
    endAsyncFor: 66, cleanUpThrow: 7, resume: 128,
    bindings: BindingOpcodes(
      local: 111, deleteLocal: 61, shared: 110, deleteShared: 60, name: 115, deleteName: 63,
      global: 114, deleteGlobal: 62, clearLocal: 84, localLoad: 112, localLocal: 113,
      calls: [50, 4, 53, 51, 72, 105, 41]))

  /// Those of 3.11 alone, which say what `PyEval_SetTrace` does not.
  public enum Of311 {
    /// `YIELD_VALUE`, with which a `return` event stands for a `yield`.
    public static var yieldValue: UInt8 { 86 }
    /// `JUMP_BACKWARD_NO_INTERRUPT`, with which an `await` or a `yield from` waits again.
    public static var jumpBackwardNoInterrupt: UInt8 { 134 }
  }
}
