import CPython
import PythonInterop
import TraceCore

/// The texts of objects that are shown by a name, as `<Bill #2>`, which they have for as long as
/// they live. None is kept alive by it.
final class KnownObjects {
  private static let count = 512
  /// After so many other objects were named a name is asked for again: who gives the names forgets
  /// those that nobody asks for.
  private static let mostNamed = 4096

  private struct Known {
    var object: UInt = 0
    var type: UInt = 0
    /// A weak reference; nil: the object can have none, and is known by its address.
    var reference: Borrowed?
    var time = 0
    var text = Bytes()
  }

  private var slots: UnsafeMutablePointer<Known>?
  private var time = 0

  private func slot(_ value: Borrowed) -> UnsafeMutablePointer<Known>? {
    let address = UInt(bitPattern: value)
    return slots.map {
      $0 + Int(truncatingIfNeeded: (address >> 4 ^ address >> 13) & UInt(Self.count - 1))
    }
  }

  func text(of value: Borrowed) -> Bytes? {
    guard let slot = slot(value), slot.pointee.object == UInt(bitPattern: value),
      slot.pointee.type == UInt(bitPattern: cpython_class(value)),
      time - slot.pointee.time < Self.mostNamed
    else { return nil }
    if let reference = slot.pointee.reference, PyWeakref_GetObject(reference) != value {
      return nil
    }
    return slot.pointee.text
  }

  /// - Parameter reference: a weak one, or `None`.
  func keep(_ text: Bytes, of value: Borrowed, _ reference: Borrowed) {
    if slots == nil {
      slots = .allocate(capacity: Self.count)
      slots?.initialize(repeating: Known(), count: Self.count)
    }
    guard let slot = slot(value) else { return }
    time += 1
    let before = slot.pointee.reference
    slot.pointee = Known(
      object: UInt(bitPattern: value), type: UInt(bitPattern: cpython_class(value)),
      reference: reference == cpython_none() ? nil : reference, time: time, text: text)
    Py_IncRef(slot.pointee.reference)
    Py_DecRef(before)
  }

  func forgetAll() {
    guard let slots else { return }
    self.slots = nil
    for index in 0..<Self.count { Py_DecRef(slots[index].reference) }
    slots.deinitialize(count: Self.count)
    slots.deallocate()
  }
}
