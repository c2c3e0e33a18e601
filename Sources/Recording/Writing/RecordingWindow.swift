public import CSystem

/// Where the path of a line records it: memory of the block that is open.
///
/// A process may be killed at any moment: its recording ends with an event that is whole.
public typealias RecordingWindow = csystem_recording

extension csystem_recording {
  /// Nothing is recorded.
  public static var none: RecordingWindow {
    RecordingWindow(next: nil, end: nil, lines: 0, previous: 0)
  }

  /// A block is open, and no line in it yet.
  mutating func begin(_ start: UnsafeMutablePointer<UInt8>, end: UnsafeMutablePointer<UInt8>) {
    (next, self.end, previous) = (start, end, 0)
  }

  /// Records a line that is near the one before.
  /// - Returns: false if it is not, or if the block is full.
  @inline(__always)
  mutating func record(_ place: UInt32) -> Bool { csystem_record(&self, place) != 0 }
}
