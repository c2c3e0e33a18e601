import CSystem

/// The blocks of a recording's file that are being written.
final class RecordingFile {
  private let storage: RingStorage?
  private(set) var error: TraceError?

  /// The size of a block. The corresponding number is `RecordingFormat.blockSize`.
  private static var size: Int { 64 * 1024 }

  /// - Parameter descriptor: an empty file's; nil: there is none.
  init(_ descriptor: Descriptor?, _ path: Bytes = []) {
    storage = descriptor.map { RingStorage($0, again: path) }
  }

  /// What the library takes its blocks from; this object has to outlive it.
  var table: csystem_recording_file {
    csystem_recording_file(
      context: Unmanaged.passUnretained(self).toOpaque(),
      take: {
        Unmanaged<RecordingFile>.fromOpaque($0).takeUnretainedValue().take($1)
      },
      give_back: {
        Unmanaged<RecordingFile>.fromOpaque($0).takeUnretainedValue().storage?.giveBack($1)
      },
      cut: {
        Unmanaged<RecordingFile>.fromOpaque($0).takeUnretainedValue().storage?.cut(to: $1)
      })
  }

  private func take(_ offset: Int) -> UnsafeMutableRawPointer? {
    do throws(TraceError) {
      return try storage?.take(Self.size, at: offset).baseAddress
    } catch {
      self.error = error
      return nil
    }
  }

  /// Why nothing more is recorded, or something is lost.
  var failure: TraceError? { error ?? storage?.failure }

  /// In a child, which does not have what is mapped.
  func forked() { storage?.forked() }
}
