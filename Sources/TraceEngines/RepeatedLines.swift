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

  /// The lines of two offsets, by `co_lines()` (PEP 626).
  private static func lines(of code: Borrowed, at offsets: (Int, Int)) throws(PythonError)
    -> (Int?, Int?)
  {
    let ranges = try PyRef.attribute("co_lines", of: code).call()
    let list = try check(PySequence_List(ranges.borrowed))
    var found: (Int?, Int?)
    for range in items(of: list.borrowed) {
      let fields = items(of: range)
      guard fields.count == 3, fields[2] != cpython_none() else { continue }
      let covered = PyLong_AsLong(fields[0])..<PyLong_AsLong(fields[1])
      if covered.contains(offsets.0) { found.0 = PyLong_AsLong(fields[2]) }
      if covered.contains(offsets.1) { found.1 = PyLong_AsLong(fields[2]) }
    }
    return found
  }
}
