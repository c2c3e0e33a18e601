import CSystem
import Recording

/// The file of a recording, of which the tracer has the blocks: it guards them, and says what
/// went wrong.
final class RecordedFile: BlockFile {
  private let file: csystem_recording_file

  init(_ file: csystem_recording_file) {
    self.file = file
    super.init(-1)
  }

  override func take(at start: Int) throws(RecordingError) -> UnsafeMutableRawPointer {
    guard let block = file.take(file.context, start) else { throw .noBlock }
    return block
  }

  override func cut(to length: Int) { file.cut(file.context, length) }

  override func release(_ memory: UnsafeMutableRawPointer) {
    file.give_back(file.context, memory)
  }
}
