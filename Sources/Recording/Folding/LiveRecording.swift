/// Folds a recording while it is written.
public final class LiveRecording {
  /// What has been defined so far.
  public let definitions = Definitions()
  /// What is told of the events.
  public private(set) var folder: LiveFolder
  private let source: FileSource
  private let identity: UInt64
  /// Where the next block is that was not begun as it was looked for.
  private var next = RecordingFormat.blockSize
  private var defining: [(offset: Int, position: Int)] = []
  private var running: [(offset: Int, progress: EventDecoder.Progress)] = []

  /// - Throws: what is wrong with the header.
  public init(_ source: FileSource) throws(RecordingError) {
    self.source = source
    identity = try RecordingHeader(from: source).identity
    folder = LiveFolder(definitions)
  }

  /// Folds what has been written since the last time.
  /// - Returns: whether that was anything.
  /// - Throws: `damaged`, `cannotRead`.
  public func advance() throws(RecordingError) -> Bool {
    source.lookAgain()
    try findBlocks()
    var hasAdvanced = false
    while let block = running.first {
      let (info, bytes) = try read(block.offset)
      // What these events refer to was defined before they were written.
      try define()
      folder.extend(by: definitions)
      let limits = EventDecoder.Limits(
        places: definitions.places.count, codes: definitions.codes.count,
        labels: definitions.labelCount, firstPlace: 0)
      var decoder = EventDecoder(info, bytes, limits)
      decoder.progress = block.progress
      try decode(&decoder)
      hasAdvanced = hasAdvanced || decoder.progress.position > block.progress.position
      running[0].progress = decoder.progress
      if !info.isClosed { break }
      running.removeFirst()
      source.forget(block.offset, RecordingFormat.blockSize)
      if running.isEmpty { try findBlocks() }
    }
    return hasAdvanced
  }

  private func decode(_ decoder: inout EventDecoder) throws(RecordingError) {
    while true {
      switch decoder.decode(to: folder) {
      case .segment: continue
      case .end: return
      case .damage(let offset): throw RecordingError(.damaged, at: offset)
      }
    }
  }

  private func findBlocks() throws(RecordingError) {
    while let block = try BlockIndex.block(source, at: next, identity) {
      if block.kind == .events {
        running.append((next, EventDecoder.Progress(block.thread, block.time)))
      } else {
        defining.append((next, 0))
      }
      next += RecordingFormat.blockSize
    }
  }

  private func read(_ offset: Int) throws(RecordingError) -> (BlockInfo, [UInt8]) {
    guard let block = try BlockIndex.block(source, at: offset, identity) else {
      throw RecordingError(.damaged, at: offset)
    }
    return (block, try source.payload(of: block))
  }

  private func define() throws(RecordingError) {
    source.lookAgain()
    try findBlocks()
    while let block = defining.first {
      let (info, bytes) = try read(block.offset)
      let new = bytes[block.position...]
      let count = info.isClosed ? new.count : new.withUnsafeBytes { Definitions.whole($0) }
      guard definitions.extend(by: new.prefix(count)) else {
        throw RecordingError(.damaged, at: block.offset)
      }
      defining[0].position += count
      if !info.isClosed { return }
      defining.removeFirst()
    }
  }
}
