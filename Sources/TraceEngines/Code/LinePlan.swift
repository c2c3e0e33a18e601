import CPython
import PythonInterop

/// What a function of Python's is to look at in the lines of a code object, as another one has
/// planned it: an object for each such line.
final class LinePlan {
  private static let mostLines = 1 << 20

  let kept: PyRef
  private let first: Int
  private let objects: [Borrowed?]

  /// - Parameter plan: a `dict` by the lines' numbers. nil: it has none.
  init?(_ plan: consuming PyRef) {
    guard cpython_is_dict(plan.borrowed) != 0 else { return nil }
    var lines: [(number: Int, object: Borrowed)] = []
    var position = 0
    var (key, object) = (nil as Borrowed?, nil as Borrowed?)
    while PyDict_Next(plan.borrowed, &position, &key, &object) != 0, let key, let object {
      lines.append((PyLong_AsLong(key), object))
    }
    var (first, last) = (Int.max, 0)
    for line in lines { (first, last) = (min(first, line.number), max(last, line.number)) }
    guard first <= last, last - first < Self.mostLines else { return nil }
    var objects: [Borrowed?] = Array(repeating: nil, count: last - first + 1)
    for line in lines { objects[line.number - first] = line.object }
    (self.first, self.objects) = (first, objects)
    kept = plan
  }

  /// nil: nothing is to be looked at.
  func object(at line: Int) -> Borrowed? {
    objects.indices.contains(line - first) ? objects[line - first] : nil
  }
}
