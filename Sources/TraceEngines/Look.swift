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
  private let paint: Borrowed?
  /// What the handler of a signal has raised while Python's function ran.
  private var raised = HeldException()

  /// - Parameter paint: a function of Python's, called as `paint(text)` with the visible
  ///   text of a file as `bytes`, once; it returns the same in colours, or `None`. Kept.
  public init(hasColours: Bool, fit: LineFit?, columns: Int, paint: Borrowed?) {
    ofLines = LineLook(hasColours: hasColours, marksText: fit != nil)
    (self.fit, self.columns, self.paint) = (fit, columns, paint)
    Py_IncRef(paint)
  }

  public func placeOfTag(depth: Int) -> Int { ofLines.placeOfTag(depth: depth) }

  deinit { Py_DecRef(paint) }

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
