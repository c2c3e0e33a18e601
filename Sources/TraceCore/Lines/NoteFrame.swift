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
  public static var mark: StaticString { "value" }
}

extension RenderedLines {
  /// Returns what stands around a note of what a line has changed, and keeps it; nil if the format
  /// puts notes together otherwise.
  /// - Parameter text: a note's, with the mark in it.
  public func frame(ofNoteAt number: Int, _ text: @autoclosure () -> Bytes) -> NoteFrame? {
    guard UInt(bitPattern: number) < UInt(lines.count) else { return nil }
    if noteFrames.isEmpty { noteFrames = Array(repeating: nil, count: lines.count) }
    if let known = noteFrames[number] { return known }
    let line = note(text(), at: number, indentation: nil)
    let bytes = UnsafeRawBufferPointer(start: line.start, count: line.count)
    let frame = bytes.withMemoryRebound(to: UInt8.self) { NoteFrame($0) }
    noteFrames[number] = frame
    return frame
  }
}
