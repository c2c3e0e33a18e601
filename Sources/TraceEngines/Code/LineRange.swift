import CPython
import PythonInterop

/// A piece of a code object that has one line.
struct LineRange {
  let offsets: Range<Int>
  let line: Int

  /// By `co_lines()` (PEP 626), without what has no line.
  static func all(of code: CodeObject) throws(PythonError) -> [LineRange] {
    let ranges = try code.lineRanges()
    return items(of: ranges.borrowed).compactMap { range in
      let fields = items(of: range)
      guard fields.count == 3, fields[2] != cpython_none() else { return nil }
      let (start, end) = (PyLong_AsLong(fields[0]), PyLong_AsLong(fields[1]))
      guard start <= end else { return nil }
      return LineRange(offsets: start..<end, line: PyLong_AsLong(fields[2]))
    }
  }
}

extension Array<LineRange> {
  /// The line of an offset; nil if it has none.
  func line(at offset: Int) -> Int? { first { $0.offsets.contains(offset) }?.line }
}
