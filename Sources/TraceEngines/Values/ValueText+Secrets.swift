import CPython
import PythonInterop
import TraceCore

/// Which values are secrets, by the names they have.
extension ValueText {
  /// So many characters of a text are looked through for secrets.
  private static var mostSearched: Int { 4096 }

  @inline(never)
  func hides(_ name: Bytes) -> Bool {
    !showsSecrets && !name.isEmpty && SecretNames.contain(name)
  }

  /// Whether a dictionary's key is a secret's name: text, bytes, or of a class of these.
  @inline(never)
  func isSecret(_ key: Borrowed) -> Bool {
    !showsSecrets && hides(Bytes(textOf: key) ?? Bytes(bytesObject: key) ?? [])
  }

  /// Whether an item that is behind another one is the secret that that one names: of a pair
  /// `("password", …)`, or in a command line `--password …`.
  func isNamed(_ item: Borrowed, by name: Borrowed, isPair: Bool) -> Bool {
    if showsSecrets { return false }
    if isPair { return isSecret(name) }
    guard ObjectKind(of: name) == .string, ObjectKind(of: item) == .string,
      PyUnicode_GetLength(name) <= Self.mostSearched,
      PyUnicode_GetLength(item) <= Self.mostSearched,
      let name = Bytes(textOf: name), let value = Bytes(textOf: item)
    else { return false }
    return SecretText.names(name, value)
  }

  @inline(never)
  func appendItem(_ item: Borrowed, isSecret: Bool, to text: inout Bytes, depth: Int) {
    if isSecret, !SecretValues.isOpen(item) { return text += SecretValues.mask(item) }
    append(item, to: &text, depth: depth)
  }

  /// What an object says of itself, without the secrets in it.
  @inline(never)
  func masked(_ text: Bytes) -> Bytes {
    showsSecrets ? text : SecretText.masked(text, SecretValues.mask) ?? text
  }

  /// A text or bytes without the secrets that are in it; nil if it has none.
  func withoutSecrets(_ value: Borrowed) -> PyRef? {
    guard !showsSecrets, let start = searched(value),
      let hidden = SecretText.masked(start, SecretValues.mask)
    else { return nil }
    let isString = ObjectKind(of: value) == .string
    let shown = withExceptionsContained { () throws(PythonError) in
      (isString ? try PyRef.string(utf8: hidden) : try PyRef.bytes(hidden)).take()
    }
    return shown.map { PyRef(stealing: $0) }
  }

  private func searched(_ value: Borrowed) -> Bytes? {
    switch ObjectKind(of: value) {
    case .bytes: return start(PyBytes_AsString(value), PyBytes_Size(value))
    case .byteArray: return start(PyByteArray_AsString(value), PyByteArray_Size(value))
    default: break
    }
    let length = min(PyUnicode_GetLength(value), Self.mostSearched)
    guard Self.signs.contains(where: { PyUnicode_FindChar(value, $0, 0, length, 1) >= 0 }) else {
      return nil
    }
    return withExceptionsContained { () throws(PythonError) -> Bytes? in
      try check(PyUnicode_Substring(value, 0, length)).text
    }.flatMap { $0 }
  }

  private func start(_ bytes: UnsafePointer<CChar>?, _ size: Int) -> Bytes {
    Bytes(UnsafeRawBufferPointer(start: bytes, count: min(size, Self.mostSearched)))
  }

  /// No secret is in a text that has none of these.
  private static var signs: [UInt32] { [0x3D, 0x3A, 0x20] }
}
