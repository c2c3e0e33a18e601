import CSystem

/// The memory of lines that are recorded: each line has the number by which the recording knows it.
final class RecordedPlaces: LineMemory {
  private let recorder: UnsafeMutablePointer<csystem_recorder>

  init(_ recorder: UnsafeMutablePointer<csystem_recorder>) { self.recorder = recorder }

  override func place(_ line: Int, _ source: BytesView?, in lines: RenderedLines) -> UInt32 {
    let file = file(of: lines)
    if file == 0 { return 0 }
    return recorder.pointee.place(
      recorder.pointee.context, file, UInt64(clamping: line),
      csystem_bytes(source.map { VisibleText.trimmedEnd($0) }))
  }

  override func file(of lines: RenderedLines) -> UInt32 {
    if lines.recordedFile == 0 { lines.recordedFile = define(lines) }
    return lines.recordedFile
  }

  private func define(_ lines: RenderedLines) -> UInt32 {
    let path = lines.source.path ?? lines.source.name
    return lines.source.name.withUnsafeBufferPointer { name in
      path.withUnsafeBufferPointer { define(name, $0, lines.source.text?.all) }
    }
  }

  private func define(_ name: BytesView, _ path: BytesView, _ source: Bytes?) -> UInt32 {
    let define = { (source: csystem_bytes) in
      self.recorder.pointee.file(
        self.recorder.pointee.context, csystem_bytes(name), csystem_bytes(path), source)
    }
    guard let source else { return define(csystem_bytes(nil)) }
    return source.withUnsafeBufferPointer { define(csystem_bytes($0)) }
  }
}

extension csystem_bytes {
  /// - Parameter bytes: nil: there are none.
  init(_ bytes: BytesView?) {
    guard let bytes else {
      self.init(start: nil, count: 0)
      return
    }
    self.init(start: bytes.baseAddress ?? Self.nothing, count: bytes.count)
  }

  /// What an empty text begins at.
  nonisolated(unsafe) private static let nothing = UnsafePointer(
    UnsafeMutablePointer<UInt8>.allocate(capacity: 1))
}
