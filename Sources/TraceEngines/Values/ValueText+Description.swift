import CPython
import PythonInterop
import TraceCore

/// What Python's side says of objects that have no built-in type: a text; two things, a text that
/// is so for as long as the object lives, and a weak reference to it or `None`; or four. These are
/// a text, a value, another text, and what the value is: `True` for a dictionary of an object's
/// fields, `None` for an object that derives from `dict`, and `False` for any other value.
extension ValueText {
  /// - Returns: false: nothing is said of it.
  func appendDescription(of value: Borrowed, to text: inout Bytes, _ depth: Int) -> Bool {
    guard let found = PythonHooks.shared.description(of: value, isDeep: depth >= Self.deepest - 1)
    else { return false }
    let answer = PyRef(stealing: found)
    let parts = items(of: answer.borrowed, most: 4)
    if parts.count < 4 {
      guard let said = Bytes(textOf: parts.first ?? answer.borrowed) else { return false }
      if parts.count == 2, SecretText.masked(said, { $0 }) == nil {
        PythonHooks.shared.known.keep(said, of: value, parts[1])
      }
      text += masked(said)
      return true
    }
    text += masked(Bytes(textOf: parts[0]) ?? [])
    if parts[3] == cpython_true() {
      // Objects in fields are not shown by fields of their own.
      appendPairs(of: parts[1], to: &text, Self.deepest - 2, isFields: true)
    } else if parts[3] == cpython_none() {
      appendDictionary(parts[1], to: &text, depth)
    } else {
      appendInner(parts[1], to: &text, depth)
    }
    text += masked(Bytes(textOf: parts[2]) ?? [])
    return true
  }

  /// An object that is described by others could go on for ever.
  private func appendInner(_ value: Borrowed, to text: inout Bytes, _ depth: Int) {
    if ObjectKind(of: value) != .other { return append(value, to: &text, depth: depth) }
    if depth >= Self.deepest { return text.append("…") }
    append(value, to: &text, depth: depth + 1)
  }
}
