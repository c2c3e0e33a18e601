import CPython
import PythonInterop
import TraceCore

/// What values look like in a trace: as their `repr`, cut to a size. Python's side describes the
/// objects whose `repr` would run code of the program's.
struct ValueText: ~Copyable {
  /// Characters of a string that are shown, and half of the bytes of other values.
  static var usualWidth: Int { 120 }
  private static let mostItems = 8
  static var deepest: Int { 3 }

  private let attributes: PlainAttributes
  let showsSecrets: Bool
  let width: Int
  /// `str(object)`, for objects that only their own code can show; nil: that is not run.
  private var show: PyRef?

  /// - Parameter show: kept.
  init(showsSecrets: Bool, width: Int, show: Borrowed?) throws(PythonError) {
    attributes = try PlainAttributes()
    self.width = width
    self.showsSecrets = showsSecrets
    if let show { self.show = PyRef(retaining: show) }
  }

  var showFunction: Borrowed? { borrowed(show) }

  mutating func forgetShow() {
    release(&show)
  }

  // MARK: what is shown

  /// The value of a variable. Raises nothing.
  func text(of value: Borrowed, named name: Bytes) -> Bytes {
    text(of: value, isSecret: hides(name))
  }

  /// What a function returns or yields. Raises nothing.
  func text(ofResult value: Borrowed, of function: Bytes) -> Bytes {
    text(of: value, isSecret: !showsSecrets && SecretNames.areReturned(by: function))
  }

  func text(of value: Borrowed, isSecret: Bool) -> Bytes {
    var text = Bytes()
    append(value, isSecret: isSecret, to: &text)
    return text
  }

  /// - Parameter isSecret: by its name.
  func append(_ value: Borrowed, isSecret: Bool, to text: inout Bytes) {
    appendItem(value, isSecret: isSecret && !showsSecrets, to: &text, depth: 0)
    if PyErr_Occurred() != nil { clearOwnException() }
  }

  func text(of value: Borrowed) -> Bytes { text(of: value, named: []) }

  /// `ValueError('no such thing')`
  func text(ofException exception: Borrowed) -> Bytes {
    var text = Bytes()
    appendException(exception, to: &text, depth: 0)
    return text
  }

  @inline(never)
  private func typeName(of object: Borrowed) -> Bytes {
    attributes.name(of: cpython_class(object))
  }

  // MARK: by kind

  @inline(never)
  func append(_ value: Borrowed, to text: inout Bytes, depth: Int) {
    if let plain = PlainValue(value, width: width) { return append(plain, to: &text) }
    switch ObjectKind(of: value) {
    case .scalar: text += BuiltinText.representation(of: value)
    case .integer: appendInteger(value, to: &text)
    case .string, .bytes: appendText(value, to: &text)
    case .list: appendSequence(value, "[", "]", to: &text, depth)
    case .tuple: appendSequence(value, "(", ")", to: &text, depth)
    case .dictionary: appendDictionary(value, to: &text, depth)
    case .set: appendSet(value, "{", "}", to: &text, depth)
    case .frozenSet: appendSet(value, "frozenset({", "})", to: &text, depth)
    case .range, .slice: appendBounds(value, to: &text, depth)
    case .byteArray: appendByteArray(value, to: &text)
    case .module, .other: appendOther(value, to: &text, depth)
    }
  }

  private func append(_ plain: PlainValue, to text: inout Bytes) {
    switch plain {
    case .integer(let number): text.append(decimal: number)
    case .word(let word): text.append(word)
    case .string(let characters):
      text.append("'")
      text.append(contentsOf: characters)
      text.append("'")
    }
  }

  /// Thousands of digits take the square of that in time, and are nothing to look at.
  private func appendInteger(_ value: Borrowed, to text: inout Bytes) {
    let bits = withExceptionsContained { () throws(PythonError) in
      try PyRef.attribute("bit_length", of: value).call().integer
    }
    guard let bits, bits > 256 else { return text += BuiltinText.representation(of: value) }
    text += Bytes("<int of ") + Bytes(decimal: bits) + Bytes(" bits>")
  }

  private func appendText(_ value: Borrowed, to text: inout Bytes) {
    if let hidden = withoutSecrets(value) { return appendPlain(hidden.borrowed, to: &text) }
    appendPlain(value, to: &text)
  }

  private func appendPlain(_ value: Borrowed, to text: inout Bytes) {
    if ObjectKind(of: value) == .string {
      return appendCut(value, to: &text, isLong: PyUnicode_GetLength(value) > width) {
        PyUnicode_Substring(value, 0, width)
      }
    }
    appendCut(value, to: &text, isLong: PyBytes_Size(value) > width) {
      PyBytes_FromStringAndSize(PyBytes_AsString(value), width)
    }
  }

  private func appendByteArray(_ value: Borrowed, to text: inout Bytes) {
    let size = PyByteArray_Size(value)
    text.append("bytearray(")
    if let hidden = withoutSecrets(value) {
      appendPlain(hidden.borrowed, to: &text)
    } else {
      appendCut(value, to: &text, isLong: size > width, isCopied: true) {
        PyBytes_FromStringAndSize(PyByteArray_AsString(value), min(size, width))
      }
    }
    text.append(")")
  }

  private func appendCut(
    _ value: Borrowed, to text: inout Bytes, isLong: Bool, isCopied: Bool = false,
    _ cut: () -> Borrowed?
  ) {
    if !isLong, !isCopied { return text += BuiltinText.representation(of: value) }
    let shown = withExceptionsContained { () throws(PythonError) -> Bytes in
      let start = try check(cut())
      return BuiltinText.representation(of: start.borrowed)
    }
    text += (shown ?? []) + Bytes(isLong ? "…" : "")
  }

  private func appendSequence(
    _ value: Borrowed, _ open: StaticString, _ close: StaticString, to text: inout Bytes,
    _ depth: Int
  ) {
    guard depth < Self.deepest else { return text += Bytes(open) + Bytes("…") + Bytes(close) }
    appendItems(of: value, open, close, to: &text, depth: depth + 1)
    // A tuple of one.
    if ObjectKind(of: value) == .tuple, PyTuple_Size(value) == 1, text.last == UInt8(ascii: ")") {
      text.removeLast()
      text.append(",)")
    }
  }

  private func appendItems(
    of value: Borrowed, _ open: StaticString, _ close: StaticString, to text: inout Bytes,
    depth: Int
  ) {
    var kept = PyRefs()
    for item in items(of: value, most: Self.mostItems) { kept.append(retaining: item) }
    let count = PySequence_Size(value)
    text.append(open)
    // A list of two has names more often than a name and its value, but within another one.
    let isPair = count == 2 && (depth > 1 || ObjectKind(of: value) == .tuple)
    append(kept.borrowed, of: count, to: &text, depth: depth, isPair: isPair)
    text.append(close)
  }

  /// They are kept meanwhile: the program's own code may run.
  @inline(never)
  private func append(
    _ items: [Borrowed], of count: Int, to text: inout Bytes, depth: Int, isPair: Bool = false
  ) {
    for (index, item) in items.enumerated() {
      if index > 0 { text.append(", ") }
      if text.count > 2 * width { return text.append("…") }
      let isSecret = index > 0 && isNamed(item, by: items[index - 1], isPair: index == 1 && isPair)
      appendItem(item, isSecret: isSecret, to: &text, depth: depth)
    }
    if count > items.count { text.append(", …") }
  }

  private func appendSet(
    _ value: Borrowed, _ open: StaticString, _ close: StaticString, to text: inout Bytes,
    _ depth: Int
  ) {
    guard PySet_Size(value) > 0 else { return text += BuiltinText.representation(of: value) }
    guard depth < Self.deepest else { return text += Bytes(open) + Bytes("…") + Bytes(close) }
    var kept = PyRefs()
    if let iterator = PyObject_GetIter(value) {
      while kept.borrowed.count < Self.mostItems, let item = PyIter_Next(iterator) {
        kept.append(retaining: item)
        Py_DecRef(item)
      }
      Py_DecRef(iterator)
    }
    text.append(open)
    append(kept.borrowed, of: PySet_Size(value), to: &text, depth: depth + 1)
    text.append(close)
  }

  /// Of a dictionary, or of an object of a class that derives from it.
  func appendDictionary(_ value: Borrowed, to text: inout Bytes, _ depth: Int) {
    text.append("{")
    if depth < Self.deepest {
      appendPairs(of: value, to: &text, depth, isFields: false)
    } else {
      text.append("…")
    }
    text.append("}")
  }

  /// What a dictionary has; with `isFields` as the fields of an object: `x=1` and not `'x': 1`.
  func appendPairs(of value: Borrowed, to text: inout Bytes, _ depth: Int, isFields: Bool) {
    var kept = PyRefs()
    var position = 0
    var (key, item) = (nil as Borrowed?, nil as Borrowed?)
    while kept.borrowed.count < 2 * Self.mostItems, PyDict_Next(value, &position, &key, &item) != 0
    {
      guard let key, let item else { break }
      kept.append(retaining: key)
      kept.append(retaining: item)
    }
    let isCut = PyDict_Size(value) > Self.mostItems
    append(kept.borrowed, isCut, to: &text, depth: depth + 1, isFields: isFields)
  }

  private func append(
    _ pairs: [Borrowed], _ isCut: Bool, to text: inout Bytes, depth: Int, isFields: Bool
  ) {
    for index in stride(from: 0, to: pairs.count, by: 2) {
      if index > 0 { text.append(", ") }
      if text.count > 2 * width { return text.append("…") }
      if isFields {
        text += Bytes(textOf: pairs[index]) ?? []
      } else {
        append(pairs[index], to: &text, depth: depth)
      }
      text.append(isFields ? "=" : ": ")
      let isSecret = isSecret(pairs[index])
      appendItem(pairs[index + 1], isSecret: isSecret, to: &text, depth: depth)
    }
    if isCut { text.append(", …") }
  }

  /// `range(0, 5)`, `slice(None, 5, None)`
  private func appendBounds(_ value: Borrowed, to text: inout Bytes, _ depth: Int) {
    let isRange = ObjectKind(of: value) == .range
    text.append(isRange ? "range(" : "slice(")
    withExceptionsContained { () throws(PythonError) in
      guard depth < Self.deepest else { return text.append("…") }
      let start = try PyRef.attribute("start", of: value)
      let stop = try PyRef.attribute("stop", of: value)
      let step = try PyRef.attribute("step", of: value)
      var bounds = [start.borrowed, stop.borrowed, step.borrowed]
      if isRange, isOne(step.borrowed) { bounds.removeLast() }
      append(bounds, of: bounds.count, to: &text, depth: depth + 1)
    }
    text.append(")")
  }

  private func isOne(_ integer: Borrowed) -> Bool {
    var overflow: CInt = 0
    return PyLong_AsLongAndOverflow(integer, &overflow) == 1
  }

  private func appendException(_ exception: Borrowed, to text: inout Bytes, depth: Int) {
    text += typeName(of: exception)
    guard depth < Self.deepest else { return text.append("(…)") }
    let shown: Void? = withExceptionsContained { () throws(PythonError) in
      let arguments = try attributes.arguments(of: exception)
      appendItems(of: arguments.borrowed, "(", ")", to: &text, depth: depth + 1)
    }
    if shown == nil { text.append("(…)") }
  }

  private func appendOther(_ value: Borrowed, to text: inout Bytes, _ depth: Int) {
    if show == nil, let known = PythonHooks.shared.known.text(of: value) { return text += known }
    let isException = cpython_is_a(value, cpython_base_exception()) != 0
    if isException, cpython_has_static_type(value) != 0 {
      return appendException(value, to: &text, depth: depth)
    }
    if let show = borrowed(show), let found = PythonHooks.answer(of: show, value),
      let shown = PyRef(stealing: found).text
    {
      return text += masked(shown)
    }
    if isException { return appendException(value, to: &text, depth: depth) }
    if cpython_is_type(value) != 0 {
      return text += Bytes("<class ") + attributes.name(of: value) + Bytes(">")
    }
    if appendDescription(of: value, to: &text, depth) { return }
    text += Bytes("<") + typeName(of: value) + Bytes(" at 0x")
    text.append(hexadecimal: UInt(bitPattern: value))
    text.append(">")
  }
}
