/// What stands before and behind the text of a note of one line.
public final class NoteFrame {
  public let before: Bytes
  public let after: Bytes

  /// - Parameter note: with the mark in it as its text.
  init?(_ note: BytesView) {
    let mark = Bytes(Self.mark)
    guard let start = note.indices.last(where: { note[$0...].starts(with: mark) }) else {
      return nil
    }
    (before, after) = (Bytes(note[..<start]), Bytes(note[(start + mark.count)...]))
  }

  /// No format changes it.
  static var mark: StaticString { "value" }
}

extension RenderedLines {
  /// Returns what stands around a note, and keeps it; nil if the format puts notes together
  /// otherwise.
  /// - Parameter isCall: the note is indented by calls; else it is of what a line has changed.
  public func frame(ofNoteAt number: Int, isCall: Bool) -> NoteFrame? {
    guard UInt(bitPattern: number) < UInt(lines.count) else { return nil }
    if noteFrames.isEmpty { noteFrames = Array(repeating: nil, count: 2 * lines.count) }
    let index = 2 * number + (isCall ? 1 : 0)
    if let known = noteFrames[index] { return known }
    let mark = Bytes(isCall ? NoteFrame.mark : "# value")
    let line = note(mark, at: number, indentation: isCall ? 0 : nil)
    let bytes = UnsafeRawBufferPointer(start: line.start, count: line.count)
    let frame = bytes.withMemoryRebound(to: UInt8.self) { NoteFrame($0) }
    noteFrames[index] = frame
    return frame
  }
}
