import CPython
import PythonInterop
import TraceCore

/// What the parts of a call tracer share: what is shown, where it is written, what is known of
/// frames.
final class FrameContext {
  let options: DetailOptions
  let writer: TextWriter
  let code: CodeRegistry
  var states = FrameStates()
  var positions = LinePositions()

  init(_ options: DetailOptions, _ writer: TextWriter) {
    (self.options, self.writer, code) = (options, writer, writer.code)
  }

  var isInForce: Bool { writer.output.isInForce }

  func shows(_ what: DetailOptions.Shown) -> Bool { options.shown.contains(what) }

  func known(_ frame: Frame, _ entry: CodeEntry) -> FrameState? { states.known(frame, entry.code) }

  /// The name of an object's type, with its module.
  func typeName(of object: Borrowed) -> Bytes {
    options.attributes.name(of: cpython_class(object))
  }

  /// Whether what is about a frame's call is shown: texts that nobody sees are not made.
  func showsCall(of state: FrameState) -> Bool {
    shows(.calls) && depthShown(of: state, isCaller: false) != nil
  }

  /// How deep a frame is whose call is shown.
  private func depthShown(of state: FrameState, isCaller: Bool) -> Int? {
    let depth = max(writer.calls.now - (isCaller ? 1 : 0), 1)
    let isShown = depth <= options.deepest && !state.isBelow && !writer.hot.pointee.awaitsProgram
    return isShown ? depth : nil
  }

  /// Writes what is about a frame's call, where that is not too deep.
  /// - Parameter isCaller: the frame is not the one that runs, but has called it.
  @inline(never)
  func write(
    _ kind: TraceEvent.Kind, at line: Int, of entry: CodeEntry, _ state: FrameState,
    isCaller: Bool = false
  ) {
    guard let depth = depthShown(of: state, isCaller: isCaller) else { return }
    let function = entry.function ?? Bytes("?")
    writer.write(TraceEvent(kind, at: line, function: function, depth: depth), of: entry)
  }

  /// Writes what is about a line.
  func write(_ kind: TraceEvent.Kind, at line: Int, of entry: CodeEntry) {
    writer.write(TraceEvent(kind, at: line), of: entry)
  }
}
