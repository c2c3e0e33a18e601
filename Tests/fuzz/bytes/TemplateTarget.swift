/// A template is a format or an error that can be printed; what a line puts into it is
/// safe for a terminal, and its own text stays what it is.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTemplate(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let text = Bytes(BytesView(start: start, count: count))
  do throws(TraceError) {
    check(try LineTemplate(text), isSafe: VisibleText.visible(text) == text)
  } catch {
    Checks.areSafe(error.description, "an error")
  }
  return 0
}

private func check(_ template: LineTemplate, isSafe: Bool) {
  let source = Bytes("x = 'é\u{1B}[0m' \n\ty = 2")
  let lines = RenderedLines(
    of: RenderedLines.Source(
      source.withUnsafeBufferPointer { SourceText($0) }, name: Bytes("a\u{1B}b.py"),
      path: Bytes("/d/a\nb.py")),
    as: LineStyle(.template(template)))
  for number in 0...3 {
    var output = Bytes()
    template.append(lines.line(number), to: &output) { Bytes($0.name) + [0x1B, 0x0A, 0xFF] }
    if isSafe { Checks.isSafe(output, "a line") }
    Checks.demand(output.last == 0x0A, "a line's end")
  }
}
