import CPython
import PythonInterop
import TraceCore

extension FrameState {
  /// Notes the values that there are now.
  /// - Returns: what has changed since the last time: `x = 3 → 4, y = 5, del z`.
  func changes(of variables: Variables, in frame: OpaquePointer, _ texts: borrowing ValueText)
    -> Bytes
  {
    // The text of a value may be the work of the program's own code: it is made after all
    // have been looked at.
    var kept = PyRefs()
    var changed: [(place: Int, value: Borrowed?)] = []
    note(variables, in: frame) { place, value in
      if let value { kept.append(retaining: value) }
      changed.append((place, value))
    }
    var text = Bytes()
    for change in changed {
      let name = variables.all[change.place].text
      let new = change.value.map { texts.text(of: $0, named: name) }
      let old = values[change.place].text
      values[change.place].text = new ?? []
      if !text.isEmpty { text.append(", ") }
      text += Self.change(of: name, from: old, to: new)
    }
    return text
  }

  private static func change(of name: Bytes, from old: Bytes, to new: Bytes?) -> Bytes {
    guard let new else { return Bytes("del ") + name }
    return name + Bytes(" = ") + (old.isEmpty ? [] : old + Bytes(" → ")) + new
  }

  /// By identity: what changes within an object is not seen.
  private func note(
    _ variables: Variables, in frame: OpaquePointer, _ change: (Int, Borrowed?) -> Void
  ) {
    if values.count != variables.all.count {
      values = Array(repeating: Seen(), count: variables.all.count)
    }
    variables.forEachValue(in: frame) { place, value in
      let identity = UInt(bitPattern: value)
      let number = value.map(Self.number) ?? 0
      if identity == values[place].identity, number == values[place].number { return }
      values[place].identity = identity
      values[place].number = number
      if value == nil, !variables.isDeleted(place) {
        values[place].text = []
      } else if variables.isShown(place) {
        change(place, value)
      }
    }
  }

  /// A number's value, or part of it: its memory may be another number's by now.
  private static func number(of value: Borrowed) -> Int {
    switch ObjectKind(of: value) {
    case .integer:
      var overflow: CInt = 0
      return PyLong_AsLongAndOverflow(value, &overflow)
    case .scalar: return cpython_float_bits(value)
    default: return 0
    }
  }
}
