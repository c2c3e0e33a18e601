/// A source file's bytes become lines: as Python counts them, safe for a terminal, and
/// within the width they are fitted into.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSource(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let source = BytesView(start: start, count: count)
  let text = SourceText(source)
  checkLines(text, of: Bytes(source))
  for level in 1...3 { checkRendered(text, level, columns: count % 100 + 10) }
  checkCookie(Bytes(source))
  return 0
}

/// Against another way to split them.
private func checkLines(_ text: SourceText, of source: Bytes) {
  let isMarked = source.starts(with: SourceEncoding.byteOrderMark)
  let expected = split(isMarked ? Bytes(source.dropFirst(3)) : source)
  Checks.demand(text.lineCount == expected.count, "the number of lines")
  for (place, line) in expected.enumerated() {
    Checks.demand(text.line(place + 1).map { Bytes($0) } == line, "a line's bytes")
  }
  for past in [Int.min, -1, 0, expected.count + 1, Int.max] {
    Checks.demand(text.line(past) == nil, "there is no such line")
  }
}

private func split(_ source: Bytes) -> [Bytes] {
  var lines: [Bytes] = []
  var line = Bytes()
  var previous: UInt8 = 0
  for byte in source {
    let isEnd = byte == 0x0A || byte == 0x0D
    if isEnd, byte == 0x0D || previous != 0x0D {
      lines.append(line)
      line = []
    } else if !isEnd {
      line.append(byte)
    }
    previous = byte
  }
  let endsInLine = previous != 0x0A && previous != 0x0D && !source.isEmpty
  return endsInLine ? lines + [line] : lines
}

private func checkRendered(_ text: SourceText, _ level: Int, columns: Int) {
  guard let format = LineFormat(level: level) else { return }
  let look = LineLook(marksText: true)
  let plain = RenderedLines(
    of: RenderedLines.Source(text, name: Bytes("file.py")), as: LineStyle(format))
  let marked = RenderedLines(
    of: RenderedLines.Source(text, name: Bytes("file.py")), as: LineStyle(format, look: look))
  for number in 0...text.lineCount + 1 {
    let line = bytes(of: plain.line(number))
    Checks.isSafe(line, "a rendered line")
    Checks.demand(bytes(of: plain.line(number)) == line, "a line rendered again")
    checkFitted(bytes(of: marked.line(number)), line, columns)
  }
}

private func bytes(of line: RenderedLine) -> Bytes {
  Bytes(UnsafeRawBufferPointer(start: line.start, count: line.count))
}

private func checkFitted(_ marked: Bytes, _ plain: Bytes, _ columns: Int) {
  Checks.demand(LineFit.cut.fitted(marked, columns: 0) == plain, "a line with room")
  let cut = LineFit.cut.fitted(marked, columns: columns)
  Checks.isSafe(cut, "a cut line")
  Checks.demand(width(cut) <= columns, "the width of a cut line")
  let wrapped = LineFit.wrap.fitted(marked, columns: columns)
  Checks.demand(wrapped.filter(isKept) == plain.filter(isKept), "a wrapped line's text")
  for row in split(wrapped) { Checks.demand(width(row) <= columns, "the width of a row") }
}

private func isKept(_ byte: UInt8) -> Bool { byte != 0x20 && byte != 0x0A }

private func width(_ line: Bytes) -> Int { line.withUnsafeBufferPointer { TextWidth.of($0) } }

/// A cookie is the name of a codec: letters, digits and `-_.`.
private func checkCookie(_ source: Bytes) {
  let encoding = source.withUnsafeBufferPointer { SourceEncoding(of: $0) }
  guard let cookie = encoding.cookie else { return }
  Checks.demand(!cookie.isEmpty, "an empty cookie")
  Checks.demand(
    cookie.allSatisfy { (0x61...0x7A).contains($0) || (0x2D...0x39).contains($0) },
    "a cookie's characters")
}
