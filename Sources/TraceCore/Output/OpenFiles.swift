/// The sinks of this process that write to files of the trace's own.
enum OpenFiles {
  nonisolated(unsafe) private static var first: Unmanaged<FileSink>?

  static func add(_ sink: FileSink) {
    sink.nextOpen = first
    first = Unmanaged.passUnretained(sink)
  }

  /// Does nothing for one that was not added.
  static func remove(_ sink: FileSink) {
    let removed = Unmanaged.passUnretained(sink).toOpaque()
    if first?.toOpaque() == removed {
      first = sink.nextOpen
      return
    }
    // The one that is removed is not reached: it is about to go.
    var next = first
    while let other = next?.takeUnretainedValue() {
      if other.nextOpen?.toOpaque() == removed {
        other.nextOpen = sink.nextOpen
        return
      }
      next = other.nextOpen
    }
  }

  /// The one that writes to the file that a descriptor is open for; nil: none does.
  static func sink(for descriptor: Descriptor) -> FileSink? {
    var next = first
    while let sink = next?.takeUnretainedValue() {
      if sink.isOpen(for: descriptor) { return sink }
      next = sink.nextOpen
    }
    return nil
  }
}
