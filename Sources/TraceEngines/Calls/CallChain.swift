import CPython
import PythonInterop
import TraceCore

/// Who has called what a line belongs to.
enum CallChain {
  private static var most: Int { 12 }

  /// `fontkit.py:9 register, main.py:19 main`: the code in scope that has called a code object's,
  /// the one that is nearest first. Empty if nobody has, or if its frame has ended.
  static func text(above entry: CodeEntry, _ code: CodeRegistry) -> Bytes {
    withExceptionsContained { () throws(PythonError) in
      guard let running = Frame.running else { return [] }
      var text = Bytes()
      var isAbove = false
      var count = 0
      try running.forEachInStack { frame in
        guard let caller = code.entry(known: frame.code), caller.isTraced else { return true }
        if isAbove {
          count += 1
          if count > 1, count <= most { text.append(", ") }
          if count <= most { append(frame, caller, code.start, to: &text) }
        }
        isAbove = isAbove || caller === entry
        return true
      }
      if count > most {
        text.append(", … ")
        text.append(decimal: count - most)
        text.append(" more")
      }
      return text
    } ?? []
  }

  private static func append(
    _ frame: Frame, _ entry: CodeEntry, _ start: Bytes, to text: inout Bytes
  ) {
    let path = FilePath.relative(entry.file.path, to: start).map { Bytes($0) } ?? entry.file.path
    text += path + Bytes(":")
    text.append(decimal: frame.line)
    if let name = entry.function { text += Bytes(" ") + name }
  }
}
