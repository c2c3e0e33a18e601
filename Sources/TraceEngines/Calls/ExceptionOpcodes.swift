/// Numbers of instructions (`opcode.opmap`), one a version: `Interpreter.exceptionOpcodes`.
struct ExceptionOpcodes {
  /// The words that an instruction leaves behind it for itself: `CACHE`, on every version.
  static let cache: UInt8 = 0

  let extendedArgument: UInt8
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
  /// nil: there is none.
  let cleanUpThrow: UInt8?
  let resume: UInt8

  /// Whether the instruction at a place is what comes after the wait of a `yield from` or an
  /// `await`.
  func waits(_ code: [UInt8], at place: Int) -> Bool {
    guard place >= 0, place + 1 < code.count else { return false }
    return code[place] == resume && code[place + 1] & 3 >= 2
  }

  static let of311 = ExceptionOpcodes(
    extendedArgument: 144, noOperation: 9, popTop: 1, pushExceptionInfo: 35,
    checkExceptionMatch: 36,
    checkGroupMatch: 37, withExceptStart: 49, raise: 130, send: 123, forIteration: 93,
    endAsyncFor: 54, cleanUpThrow: nil, resume: 151)
  static let of312 = ExceptionOpcodes(
    extendedArgument: 144, noOperation: 9, popTop: 1, pushExceptionInfo: 35,
    checkExceptionMatch: 36,
    checkGroupMatch: 37, withExceptStart: 49, raise: 130, send: 123, forIteration: 93,
    endAsyncFor: 54, cleanUpThrow: 55, resume: 151)
  static let of313 = ExceptionOpcodes(
    extendedArgument: 71, noOperation: 30, popTop: 32, pushExceptionInfo: 33,
    checkExceptionMatch: 7,
    checkGroupMatch: 6, withExceptStart: 44, raise: 101, send: 104, forIteration: 72,
    endAsyncFor: 10, cleanUpThrow: 8, resume: 149)
  static let of314 = ExceptionOpcodes(
    extendedArgument: 69, noOperation: 27, popTop: 31, pushExceptionInfo: 32,
    checkExceptionMatch: 6,
    checkGroupMatch: 5, withExceptStart: 43, raise: 104, send: 106, forIteration: 70,
    endAsyncFor: 68, cleanUpThrow: 7, resume: 128)
  static let of315 = ExceptionOpcodes(
    extendedArgument: 67, noOperation: 25, popTop: 29, pushExceptionInfo: 30,
    checkExceptionMatch: 6,
    checkGroupMatch: 5, withExceptStart: 41, raise: 103, send: 105, forIteration: 68,
    endAsyncFor: 66, cleanUpThrow: 7, resume: 128)
}
