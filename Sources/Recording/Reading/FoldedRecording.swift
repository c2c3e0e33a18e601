/// A folded recording, whatever may be in the file: what comes of it is one error, or what was
/// folded.
///
/// The file may be written meanwhile.
public struct FoldedRecording {
  /// The definitions, one after the other.
  public let definitions: [UInt8]
  /// The final state, as `docs/reference/recording-format.md` has it.
  public let state: [UInt8]

  /// While blocks are used again under the reader, it begins anew.
  private static let mostAttempts = 20
  /// More is not unpacked, in bytes.
  private static let mostUnpacked = 64 << 20

  /// - Throws: what is wrong with it.
  public init(_ source: BlockSource) throws(RecordingError) {
    let header = try RecordingHeader(from: source, isFolded: true)
    var failure = RecordingError(.damaged)
    for _ in 0..<Self.mostAttempts {
      source.lookAgain()
      do throws(RecordingError) {
        self = try Self.read(source, header)
        return
      } catch {
        failure = error
      }
    }
    throw failure
  }

  private init(_ definitions: [UInt8], _ state: [UInt8]) {
    (self.definitions, self.state) = (definitions, state)
  }

  private static func read(_ source: BlockSource, _ header: RecordingHeader) throws(RecordingError)
    -> FoldedRecording
  {
    let index = try BlockIndex(source, identity: header.identity)
    let newest = newest(of: index.states, source)
    if let newest, newest.isPacked {
      guard let packed = unpacked(newest.bytes) else { throw damage(index) }
      return packed
    }
    let definitions = try Definitions(source, index.definitions)
    let folder = CountingFolder(definitions, at: header.monotonic)
    var next: UInt64 = 0
    if let newest {
      guard let segment = folder.restore(newest.bytes, since: header.monotonic) else {
        throw damage(index)
      }
      next = segment
    } else if !index.states.isEmpty, index.events.first?.order != 0 {
      throw damage(index)
    }
    for block in index.events where block.order >= next {
      let bytes = try source.payload(of: block)
      guard block.order == next, let segment = folder.fold(block, bytes, definitions) else {
        throw RecordingError(.damaged, at: block.offset)
      }
      next = segment
    }
    _ = folder.finished()
    let whole = definitions.bytes.withUnsafeBytes { Definitions.whole($0) }
    return FoldedRecording(
      Array(definitions.bytes[..<whole]),
      folder.encoded(upTo: next, since: header.monotonic, isFinal: true))
  }

  private static func damage(_ index: BlockIndex) -> RecordingError {
    RecordingError(.damaged, at: index.states.first?.offset ?? 0)
  }

  /// The last set of blocks that is complete.
  private static func newest(of blocks: [BlockInfo], _ source: BlockSource) -> (
    bytes: [UInt8], isPacked: Bool
  )? {
    let ordered = blocks.sorted { $1 < $0 }
    var end = 0
    while end < ordered.count {
      let generation = ordered[end].generation
      let start = end
      while end < ordered.count, ordered[end].generation == generation { end += 1 }
      if let bytes = whole(ordered[start..<end].reversed(), source) {
        return (bytes, ordered[start].kind == .packed)
      }
    }
    return nil
  }

  /// What is in a set of blocks; nil: one of them is missing.
  private static func whole(_ blocks: [BlockInfo], _ source: BlockSource) -> [UInt8]? {
    var bytes: [UInt8] = []
    for block in blocks {
      guard block.isClosed, block.order == UInt64(bytes.count),
        let payload = try? source.payload(of: block)
      else { return nil }
      bytes += payload
    }
    guard bytes.count >= BlockSet.headSize,
      bytes.withUnsafeBytes({ $0.number64(at: 0) }) == UInt64(bytes.count - BlockSet.headSize)
    else { return nil }
    return Array(bytes[BlockSet.headSize...])
  }

  private static func unpacked(_ bytes: [UInt8]) -> FoldedRecording? {
    bytes.withUnsafeBytes { bytes in
      var reader = NumberReader(bytes)
      var texts: [[UInt8]] = []
      for _ in 0..<2 {
        let count = reader.number(upTo: mostUnpacked)
        let packed = reader.text()
        texts.append(packed.withUnsafeBytes { Unpacker.unpack($0, count: count) })
        if reader.isDamaged || texts.last?.count != count { return nil }
      }
      return FoldedRecording(texts[0], texts[1])
    }
  }
}
