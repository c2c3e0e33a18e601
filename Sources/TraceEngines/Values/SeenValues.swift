import CPython
import PythonInterop
import TraceCore

/// The values of a frame's variables as they were seen last. Nothing is kept alive by it.
final class SeenValues {
  /// A variable has another value, or none any more.
  typealias Change = (index: Int, value: Borrowed?)

  /// One for each variable, once they have been looked at.
  private(set) var values = none
  private var count = -1
  /// The texts of the values; the text of an integer is made when it is asked for.
  private var texts: [Bytes] = []

  nonisolated(unsafe) private static let none = UnsafeMutablePointer<SeenValue>.allocate(
    capacity: 0)

  deinit { letGo() }

  private func letGo() {
    if count >= 0 { values.deallocate() }
  }

  private func makeRoom(for count: Int) {
    letGo()
    values = .allocate(capacity: count)
    values.initialize(repeating: SeenValue(), count: count)
    texts = Array(repeating: [], count: count)
    self.count = count
  }

  // MARK: what has changed

  /// Collects the variables that have changed, by identity: what changes within an object is not
  /// seen. `keep` has to be told of each.
  /// - Parameter line: alone has run since the last time, and no other frame; nil: any may have run.
  func collect(
    _ variables: LocalVariables, in frame: Frame, after line: Int?, into changes: inout [Change]
  ) {
    // Another code object may have got the address of one that is gone, and its frame as well.
    let isFirst = count != variables.all.count
    if isFirst { makeRoom(for: variables.all.count) }
    let line = isFirst ? nil : line
    variables.forEachValue(in: frame, after: line) { index, value in
      if isSame(value, at: index, { variables.canBind(index, in: line) }) { return }
      if value == nil, !variables.isDeleted(index) {
        return keep(nil, at: index, text: [])
      }
      if !variables.isShown(index) { return keep(value, at: index, text: []) }
      changes.append((index, value))
    }
  }

  /// - Parameter mayDiffer: whether another object may have got the address.
  @inline(__always)
  private func isSame(_ value: Borrowed?, at index: Int, _ mayDiffer: () -> Bool) -> Bool {
    if UInt(bitPattern: value) != values[index].identity { return false }
    guard values[index].kind != .other, let value, mayDiffer() else { return true }
    return values[index].isNumber(of: value)
  }

  // MARK: what is kept

  /// - Parameter text: as it is shown, if the variable has another value later.
  func keep(_ value: Borrowed?, at index: Int, text: Bytes) {
    let (number, kind) = value.map(SeenValue.number) ?? (0, .other)
    values[index] = SeenValue(identity: UInt(bitPattern: value), number: number, kind: kind)
    texts[index] = text
  }

  /// Keeps an integer that is shown as it is.
  func keep(_ value: Borrowed, at index: Int, integer: Int) {
    values[index] = SeenValue(identity: UInt(bitPattern: value), number: integer, kind: .integer)
  }

  /// The integer that was kept as one; nil: it is a text.
  func integer(at index: Int) -> Int? {
    values[index].kind == .integer ? values[index].number : nil
  }

  func text(at index: Int) -> Bytes {
    integer(at: index).map { Bytes(decimal: $0) } ?? texts[index]
  }

  // MARK: what is said of it

  /// Notes the values that there are now.
  /// - Returns: what has changed since the last time: `x = 3 → 4, y = 5, del z`.
  func changes(of variables: LocalVariables, in frame: Frame, _ show: borrowing ValueText) -> Bytes
  {
    var changed: [Change] = []
    collect(variables, in: frame, after: nil, into: &changed)
    return changed.isEmpty ? [] : text(of: changed, variables, show)
  }

  func text(of changed: [Change], _ variables: LocalVariables, _ show: borrowing ValueText) -> Bytes
  {
    // The text of a value may be the work of the program's own code: it is made after all
    // have been looked at.
    var kept = PyRefs()
    for change in changed { if let value = change.value { kept.append(retaining: value) } }
    var text = Bytes()
    for (index, value) in changed {
      let name = variables.all[index].text
      let new = value.map { show.text(of: $0, isSecret: variables.isSecret(index)) }
      let old = self.text(at: index)
      keep(value, at: index, text: new ?? [])
      if !text.isEmpty { text.append(", ") }
      text += Self.change(of: name, from: old, to: new)
    }
    _ = consume kept
    return text
  }

  private static func change(of name: Bytes, from old: Bytes, to new: Bytes?) -> Bytes {
    guard let new else { return Bytes("del ") + name }
    return name + Bytes(" = ") + (old.isEmpty ? [] : old + Bytes(" → ")) + new
  }
}
