/// A folded recording has the events of the last blocks alone. Of those before it has the state
/// that they were folded to, which is written as a whole, and again and again: each time to other
/// blocks, so that there is always one that is complete.
extension RecordingWriter {
  /// Writes what has been folded, if that is due.
  func keepState() {
    guard let folded, folded.isDue else { return }
    let (bytes, generation) = folded.nextState()
    let offsets = (0..<BlockSet.blocks(of: bytes)).compactMap { _ in
      kept.take(isEvents: false, at: 0)
    }
    do throws(RecordingError) {
      try write(bytes, .state, to: offsets, generation)
      kept.giveBack(folded.didWrite(to: offsets))
    } catch {
      // The events are there still.
      kept.giveBack(offsets)
    }
  }

  private func write(_ bytes: [UInt8], _ kind: BlockKind, to offsets: [Int], _ generation: UInt32)
    throws(RecordingError)
  {
    var owner = owner
    owner.generation = generation
    for (index, offset) in offsets.enumerated() {
      let start = index * RecordingFormat.payloadSize
      var block = OpenBlock(
        kind, in: try file.take(at: offset), of: owner, order: UInt64(start), time: clock())
      bytes.withUnsafeBytes {
        block.copy(UnsafeRawBufferPointer(rebasing: $0[start...].prefix(block.free)))
      }
      block.close()
      file.release(block.memory)
    }
  }

  /// Has the file be as small as it can be: it ends here.
  ///
  /// The packed blocks are written behind all others, and once they are complete in the place of
  /// these.
  func pack() {
    guard let folded, !isOver else { return }
    isOver = true
    guard let bytes = folded.packed() else { return }
    let (count, end) = (BlockSet.blocks(of: bytes), kept.count)
    do throws(RecordingError) {
      try writePacked(bytes, from: end)
      if count < end {
        try writePacked(bytes, from: 1)
        cut(after: bytes, from: 1)
      } else {
        cut(after: bytes, from: end)
      }
    } catch {
      // What was there before is there still.
    }
  }

  private func writePacked(_ bytes: [UInt8], from block: Int) throws(RecordingError) {
    let offsets = (0..<BlockSet.blocks(of: bytes)).map { (block + $0) * RecordingFormat.blockSize }
    try write(bytes, .packed, to: offsets, folded?.nextGeneration() ?? 0)
  }

  private func cut(after bytes: [UInt8], from block: Int) {
    let last = BlockSet.blocks(of: bytes) - 1
    let rest = bytes.count - last * RecordingFormat.payloadSize
    file.cut(
      to: (block + last) * RecordingFormat.blockSize + RecordingFormat.blockHeaderSize + rest)
  }
}
