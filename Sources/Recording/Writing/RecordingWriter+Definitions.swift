/// What events refer to, in blocks of its own.
extension RecordingWriter {
  /// The most bytes of a line's text in a bounded file.
  private static let mostOfLine = 32 * 1024

  /// - Returns: the file's number.
  /// - Throws: `cannotWrite`, as all definitions and events do.
  public func defineFile(_ name: [UInt8], at path: [UInt8]) throws(RecordingError) -> UInt32 {
    var body: [UInt8] = []
    Varint.append(UInt64(name.count), to: &body)
    try define(.file, body + name + path)
    files += 1
    return files
  }

  /// Records the text of a file, so that the recording explains itself elsewhere. A text that a
  /// bounded file has no room for is left out.
  /// - Throws: `cannotWrite`.
  public func defineSource(_ text: [UInt8], of file: UInt32) throws(RecordingError) {
    if text.count > roomForSources { return }
    roomForSources -= text.count
    var body: [UInt8] = []
    Varint.append(UInt64(file), to: &body)
    try define(.source, body + text)
  }

  /// - Parameter text: the line as a trace shows it; nil: there is no source.
  /// - Returns: the place's number.
  public func definePlace(_ line: UInt64, of file: UInt32, text: [UInt8]?) throws(RecordingError)
    -> UInt32
  {
    var body: [UInt8] = []
    Varint.append(UInt64(file), to: &body)
    Varint.append(line, to: &body)
    body.append(text == nil ? 0 : 1)
    try define(.place, body + fitting(text ?? []))
    places &+= 1
    return places
  }

  /// The beginning of a line that is too long for a bounded file.
  private func fitting(_ text: [UInt8]) -> [UInt8] {
    if !kept.limits.isBounded || text.count <= Self.mostOfLine { return text }
    return Array(text[..<Self.mostOfLine]) + [UInt8](StaticString("…"))
  }

  /// - Returns: the code object's number.
  public func defineCode(_ name: [UInt8], firstLine: UInt64, of file: UInt32)
    throws(RecordingError) -> UInt32
  {
    var body: [UInt8] = []
    Varint.append(UInt64(file), to: &body)
    Varint.append(firstLine, to: &body)
    try define(.code, body + name)
    codes += 1
    return codes
  }

  /// Records the name that a thread has from now on.
  /// - Throws: `cannotWrite`.
  public func defineThread(_ thread: UInt32, name: [UInt8]) throws(RecordingError) {
    if kept.limits.isBounded { threads.note(thread, name: name) }
    try define(thread, name: name)
  }

  func define(_ thread: UInt32, name: [UInt8]) throws(RecordingError) {
    var body: [UInt8] = []
    Varint.append(UInt64(thread), to: &body)
    try define(.thread, body + name)
  }

  /// - Returns: the label's number.
  public func defineLabel(_ text: [UInt8]) throws(RecordingError) -> UInt32 {
    try define(.label, text)
    labels += 1
    return labels
  }

  private func define(_ kind: DefinitionKind, _ body: [UInt8]) throws(RecordingError) {
    var record = [kind.rawValue]
    Varint.append(UInt64(body.count), to: &record)
    record += body
    try record.withBytes { bytes throws(RecordingError) in try define(bytes) }
    folded?.define(record)
  }

  /// The first byte is stored once all the others are there.
  private func define(_ record: UnsafeRawBufferPointer) throws(RecordingError) {
    if definitions == nil { try openDefinitions() }
    guard var first = definitions else { return }
    if first.free == 0 {
      closeDefinitions()
      return try define(record)
    }
    if record.count > first.free { return try continueDefinition(of: record, from: first) }
    first.append(record)
    definitions = first
  }

  /// A record that goes on in other blocks.
  private func continueDefinition(of record: UnsafeRawBufferPointer, from first: OpenBlock)
    throws(RecordingError)
  {
    var (first, rest) = (first, UnsafeRawBufferPointer(rebasing: record.dropFirst()))
    let start = first.next
    first.next += 1
    first.take(&rest)
    definitions = nil
    definedBefore += UInt64(RecordingFormat.payloadSize)
    defer { file.release(first.memory) }
    while !rest.isEmpty {
      closeDefinitions()
      try openDefinitions()
      definitions?.take(&rest)
    }
    start.pointee = record[0]
    first.close()
  }

  private func openDefinitions() throws(RecordingError) {
    let time = clock()
    let memory = try takeBlock(isEvents: false, at: time)
    definitions = OpenBlock(.definitions, in: memory, of: owner, order: definedBefore, time: time)
  }

  func closeDefinitions() {
    guard let block = definitions else { return }
    definedBefore += UInt64(RecordingFormat.payloadSize - block.free)
    block.close()
    file.release(block.memory)
    definitions = nil
  }
}
