/// Whose a line is, and what else is to be said of it: `{4242 worker Task-1}`, behind the
/// crosses.
public struct LineTag: Equatable {
  /// The tag with the space that follows it; empty if there is nothing to say.
  public private(set) var bytes: Bytes = []

  /// The tag of lines that have nothing to say.
  public init() {}

  /// - Parameter fields: what it says.
  /// - Parameter value: of a field; nil where it has none at present.
  public init(_ fields: LineFields, _ value: (LineField) -> Bytes?) {
    for field in LineField.inTag where fields.contains(field) {
      if let word = value(field) { append(VisibleText.visible(word)) }
    }
    if !bytes.isEmpty { bytes.append("} ") }
  }

  @inline(never)
  private mutating func append(_ word: Bytes) {
    bytes.append(bytes.isEmpty ? "{" : " ")
    bytes += word
  }

  /// The rendered line with the tag in its place.
  /// - Parameter offset: how many bytes the line has in front of it.
  public func appendLine(_ line: RenderedLine, at offset: Int, to output: inout Bytes) {
    let rendered = UnsafeRawBufferPointer(start: line.start, count: line.count)
    output.append(contentsOf: rendered.prefix(offset))
    output.append(contentsOf: bytes)
    output.append(contentsOf: rendered.dropFirst(offset))
  }
}
