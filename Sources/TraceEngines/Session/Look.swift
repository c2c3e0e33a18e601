import CPython
public import PythonInterop
public import TraceCore

/// The colours and the width of a session's lines.
public final class Look {
  let ofLines: LineLook
  /// nil: lines are as wide as they are.
  let fit: LineFit?
  /// 0: the terminal's.
  let columns: Int
  private(set) var paint: Borrowed?
  private(set) var join: Borrowed?
  /// What the handler of a signal has raised while Python's function ran.
  private var raised = HeldException()

  /// - Parameters:
  ///   - paint: a function of Python's, called as `paint(text)` with the visible
  ///   text of a file as `bytes`, once; it returns the same in colours, or `None`. Kept.
  ///   - join: one called as `join(text)` with the text of a file, once; it returns what
  ///   `StatementLines` is made of, a `bytes` and a `list`, or `None`. Kept.
  public init(
    hasColours: Bool, fit: LineFit?, columns: Int, paint: Borrowed?, join: Borrowed? = nil
  ) {
    ofLines = LineLook(
      hasColours: hasColours, marksText: fit != nil, joinsStatements: join != nil)
    (self.fit, self.columns, self.paint, self.join) = (fit, columns, paint, join)
    Py_IncRef(paint)
    Py_IncRef(join)
  }

  public func placeOfTag(depth: Int) -> Int { ofLines.placeOfTag(depth: depth) }

  deinit {
    Py_DecRef(paint)
    Py_DecRef(join)
  }

  func joined(_ text: SourceText) -> StatementLines? {
    guard let join else { return nil }
    do throws(PythonError) {
      let text = try PyRef.bytes(text.all)
      guard let found = try PyRef(retaining: join).callOurs(text.borrowed) else { return nil }
      let fields = items(of: found.borrowed)
      guard fields.count == 2, let joined = Bytes(bytesObject: fields[0]) else { return nil }
      return StatementLines(
        joined.withUnsafeBufferPointer { SourceText($0) },
        items(of: fields[1]).map { PyLong_AsLong($0) })
    } catch {
      raised.hold()
      return nil
    }
  }

  /// All that are held.
  var functions: [Borrowed?] { [paint, join] }

  func forgetFunctions() {
    let held = functions
    (paint, join) = (nil, nil)
    held.forEach { Py_DecRef($0) }
  }

  func painted(_ text: Bytes) -> SourceText? {
    guard let paint else { return nil }
    do throws(PythonError) {
      let text = try PyRef.bytes(text)
      guard let painted = try PyRef(retaining: paint).callOurs(text.borrowed) else { return nil }
      return Bytes(bytesObject: painted.borrowed)?.withUnsafeBufferPointer { SourceText($0) }
    } catch {
      raised.hold()
      return nil
    }
  }

  /// Raises that, for the program.
  func raiseAgain() { raised.raiseAgain() }
}
