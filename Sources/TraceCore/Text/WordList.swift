/// A fixed list of words, written as one string with a space between two words.
///
/// An array of strings would take 48 bytes of the module for each word: 24 for the string and
/// 24 for the relocation of its address.
struct WordList: Sequence, IteratorProtocol {
  private let text: StaticString
  private var start = 0

  init(_ text: StaticString) { self.text = text }

  @inline(never)
  mutating func next() -> BytesView? {
    let bytes = BytesView(start: text.utf8Start, count: text.utf8CodeUnitCount)
    if start > bytes.count { return nil }
    var end = start
    while end < bytes.count, bytes[end] != Ascii.space { end += 1 }
    defer { start = end + 1 }
    return BytesView(rebasing: bytes[start..<end])
  }
}
