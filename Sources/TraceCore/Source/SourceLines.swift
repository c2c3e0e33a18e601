/// The lines of a source as Python's tokenizer counts them: ended by LF, CR LF
/// or CR alone, without their ends. A form feed ends no line.
struct SourceLines: Sequence, IteratorProtocol {
  private let source: BytesView
  private var position: Int

  init(_ source: BytesView) {
    self.source = source
    let mark = SourceEncoding.byteOrderMark
    position = source.prefix(mark.count).elementsEqual(mark) ? mark.count : 0
  }

  mutating func next() -> BytesView? {
    guard position < source.count else { return nil }
    let start = position
    let end = source[start...].firstIndex { $0 == Ascii.newline || $0 == Ascii.carriageReturn }
    position = end.map(afterLineEnd) ?? source.count
    return BytesView(rebasing: source[start..<(end ?? source.count)])
  }

  private func afterLineEnd(_ end: Int) -> Int {
    let next = end + 1
    let isPair =
      source[end] == Ascii.carriageReturn && next < source.count
      && source[next] == Ascii.newline
    return isPair ? next + 1 : next
  }
}
