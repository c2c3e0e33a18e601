import CPython
import PythonInterop

extension Tracer {
  /// The line that a backward jump of code in scope stays on; nil where it leaves
  /// it, or the code is out of scope.
  func repeatedLine(_ code: Borrowed, _ offset: Int, _ destination: Int) -> Int? {
    guard let entry = entry(known: code), entry.isTraced else { return nil }
    if let known = entry.repeats.first(where: { $0.offset == offset }) { return known.line }
    let lines = withExceptionsContained { () throws(PythonError) in
      try Self.lines(of: code, at: (offset, destination))
    }
    guard let lines, let line = lines.0, line == lines.1 else { return nil }
    entry.repeats.append((offset, line))
    return line
  }

  /// The lines of two offsets.
  private static func lines(of code: Borrowed, at offsets: (Int, Int)) throws(PythonError)
    -> (Int?, Int?)
  {
    let ranges = try LineRange.all(of: code)
    return (
      ranges.first { $0.offsets.contains(offsets.0) }?.line,
      ranges.first { $0.offsets.contains(offsets.1) }?.line
    )
  }
}

/// A piece of a code object that has one line.
struct LineRange {
  let offsets: Range<Int>
  let line: Int

  /// By `co_lines()` (PEP 626), without what has no line.
  static func all(of code: Borrowed) throws(PythonError) -> [LineRange] {
    let ranges = try PyRef.attribute("co_lines", of: code).call()
    let list = try check(PySequence_List(ranges.borrowed))
    return items(of: list.borrowed).compactMap { range in
      let fields = items(of: range)
      guard fields.count == 3, fields[2] != cpython_none() else { return nil }
      let (start, end) = (PyLong_AsLong(fields[0]), PyLong_AsLong(fields[1]))
      guard start <= end else { return nil }
      return LineRange(offsets: start..<end, line: PyLong_AsLong(fields[2]))
    }
  }
}
