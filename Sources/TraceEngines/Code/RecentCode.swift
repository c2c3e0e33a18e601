import CPython
import PythonInterop
import TraceCore

/// Code objects in scope that ran a short while ago, with their lines: calls and returns
/// lead from one to the other all the time, and the code table is a long way.
struct RecentCode {
  private static let count = 512

  static var noLines: UnsafeMutableBufferPointer<RenderedLine?> { .init(start: nil, count: 0) }

  private struct Slot {
    var code: CodeObject?
    var lines = RecentCode.noLines
    /// Holds the lines in memory.
    var owner: Unmanaged<RenderedLines>?
  }

  private let slots: UnsafeMutablePointer<Slot>

  init() {
    slots = .allocate(capacity: Self.count)
    slots.initialize(repeating: Slot(), count: Self.count)
  }

  @inline(__always)
  private func slot(of code: CodeObject) -> UnsafeMutablePointer<Slot> {
    let address = UInt(bitPattern: code.object)
    return slots + Int(truncatingIfNeeded: (address >> 4 ^ address >> 13) & UInt(Self.count - 1))
  }

  /// The lines of a code object; nil if it is not known to be in scope.
  @inline(__always)
  func lines(of code: CodeObject) -> UnsafeMutableBufferPointer<RenderedLine?>? {
    let slot = slot(of: code)
    return slot.pointee.code == code ? slot.pointee.lines : nil
  }

  func remember(_ lines: RenderedLines, of code: CodeObject) {
    let slot = slot(of: code)
    let owner = slot.pointee.owner
    slot.pointee = Slot(code: code, lines: lines.lines, owner: .passRetained(lines))
    owner?.release()
  }

  /// The address will be another's.
  func forget(_ code: CodeObject) {
    let slot = slot(of: code)
    if slot.pointee.code == code { slot.pointee.code = nil }
  }

  /// In a child that was forked, where nothing may be freed: their owners go later.
  func forgetCode() {
    for index in 0..<Self.count { slots[index].code = nil }
  }

  func forgetAll() {
    for index in 0..<Self.count {
      let owner = slots[index].owner
      slots[index] = Slot()
      owner?.release()
    }
  }
}
