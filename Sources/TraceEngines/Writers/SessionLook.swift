import CPython
public import PythonInterop
public import TraceCore

/// How a session's lines are written, and for which process.
public struct SessionStyle {
  /// What stands in front of a line's text.
  public let format: LineFormat
  /// The fields that lines are tagged with.
  public let shown: LineFields
  /// How many processes deep this one is.
  public let depth: Int
  /// Colours and width.
  public let look: SessionLook

  /// A look for the lines of one session.
  public init(_ format: LineFormat, shown: LineFields, depth: Int, look: SessionLook) {
    (self.format, self.shown, self.depth, self.look) = (format, shown, depth, look)
  }
}

/// The colours and the width of a session's lines.
public final class SessionLook {
  let ofLines: LineLook
  /// What becomes of lines that are wider than the terminal; nil if they stay as they are.
  let fit: LineFit?
  /// 0: the terminal's.
  let columns: Int
  private var paint: PyRef?
  private var join: PyRef?
  /// What the handler of a signal has raised while Python's function ran.
  private var raised = DeferredException()

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
    (self.fit, self.columns) = (fit, columns)
    replace(&self.paint, retaining: paint)
    replace(&self.join, retaining: join)
  }

  /// How many bytes of a line stand before its tag.
  /// - Parameter depth: how many crosses it has.
  public func tagOffset(depth: Int) -> Int { ofLines.tagOffset(depth: depth) }

  func joined(_ text: SourceText) -> StatementLines? {
    guard let found = answer(of: join?.borrowed, text.all) else { return nil }
    let fields = items(of: found.borrowed)
    guard fields.count == 2, let joined = Bytes(bytesObject: fields[0]) else { return nil }
    return StatementLines(
      joined.withUnsafeBufferPointer { SourceText($0) },
      items(of: fields[1]).map { PyLong_AsLong($0) })
  }

  func painted(_ text: Bytes) -> SourceText? {
    guard let painted = answer(of: paint?.borrowed, text) else { return nil }
    return Bytes(bytesObject: painted.borrowed)?.withUnsafeBufferPointer { SourceText($0) }
  }

  private func answer(of function: Borrowed?, _ text: Bytes) -> PyRef? {
    guard let function else { return nil }
    do throws(PythonError) {
      let text = try PyRef.bytes(text)
      return try PyRef(retaining: function).callOurs(text.borrowed)
    } catch {
      raised.takeRaised()
      return nil
    }
  }

  /// Raises that, for the program.
  func raiseAgain() { raised.raiseAgain() }

  /// All that are held.
  var functions: [Borrowed?] { [paint?.borrowed, join?.borrowed] }

  func forgetFunctions() {
    release(&paint)
    release(&join)
  }
}
