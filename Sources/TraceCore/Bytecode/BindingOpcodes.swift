/// The instructions that bind or delete a name, of one version of CPython, and those that run other
/// code, which may.
public struct BindingOpcodes: Sendable {
  /// `STORE_FAST` and `DELETE_FAST`
  let local: UInt8
  let deleteLocal: UInt8
  /// `STORE_DEREF` and `DELETE_DEREF`
  let shared: UInt8
  let deleteShared: UInt8
  /// `STORE_NAME` and `DELETE_NAME`, `STORE_GLOBAL` and `DELETE_GLOBAL`
  let name: UInt8
  let deleteName: UInt8
  let global: UInt8
  let deleteGlobal: UInt8
  /// `LOAD_FAST_AND_CLEAR`, of comprehensions that are part of a function (PEP 709); nil: there is
  /// none.
  let clearLocal: UInt8?
  /// `STORE_FAST_LOAD_FAST` and `STORE_FAST_STORE_FAST`; nil: there is none.
  let localLoad: UInt8?
  let localLocal: UInt8?
  /// Calls, imports and what else may bind a module's names from elsewhere.
  let calls: [UInt8]

  public func mayBindElsewhere(_ operation: UInt8) -> Bool { calls.contains(operation) }

  /// Whether it deletes a variable of the frame.
  public func deletes(_ operation: UInt8) -> Bool {
    operation == deleteLocal || operation == deleteShared
  }

  /// The variables of the frame that an instruction binds or deletes, by their numbers there.
  public func inFrame(_ operation: UInt8, _ argument: Int) -> (Int, Int?)? {
    if operation == localLocal { return (argument >> 4, argument & 15) }
    if operation == localLoad { return (argument >> 4, nil) }
    let isOne = operation == local || operation == shared || operation == clearLocal
    return isOne || deletes(operation) ? (argument, nil) : nil
  }

  /// Whether it binds or deletes a name of a module's or a class's, by its number in `co_names`.
  public func bindsName(_ operation: UInt8) -> Bool {
    operation == name || operation == deleteName || operation == global
      || operation == deleteGlobal
  }
}
