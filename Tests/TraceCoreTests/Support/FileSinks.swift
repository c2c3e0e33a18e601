@testable import TraceCore

/// Opens the file of a trace that this process alone writes to.
func openFileSink(_ path: Bytes) throws(TraceError) -> Sink {
  try FileSink.open(OutputName(path))
}

/// Prints as the local trace function does: into the window, else by `put`.
func printLines(_ source: [Bytes], to sink: Sink) -> Bool {
  let text = SourceText(Bytes(source.joined(separator: "\n" as Bytes)))
  let lines = RenderedLines(of: RenderedLines.Source(text, name: "f.py"), as: LineStyle(.line))
  return source.indices.allSatisfy { index in
    let line = lines.line(index + 1)
    return sink.window.pointee.copy(line) || sink.put(line.bytes).isDone
  }
}
