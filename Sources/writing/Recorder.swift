import CSystem
import Recording
import TraceCore

/// Writes the recordings of a session, one for each process: the functions of its `table` are
/// called by the tracer, which holds the GIL.
final class Recorder {
  let table: UnsafeMutablePointer<csystem_recorder>
  private let fields: [(field: HeaderField, bytes: [UInt8])]
  private let limits: KeptLimits
  private let libraries: [[UInt8]]?
  /// Another process reads what is recorded as it comes: nothing is taken back.
  private let isFollowed: Bool
  private var writer: RecordingWriter?
  private var known = HashTable()
  /// What stands for the window where nothing can be written.
  private let closed: UnsafeMutablePointer<csystem_recording>

  /// - Parameters:
  ///   - fields: what the recordings say of their process.
  ///   - limits: how much each of them keeps.
  ///   - libraries: they are folded, and do not keep the sources of files that lie there.
  ///   - isFollowed: another process reads them as they come.
  init(
    _ fields: [(field: HeaderField, bytes: [UInt8])], _ limits: KeptLimits,
    without libraries: [[UInt8]]?, isFollowed: Bool
  ) {
    (self.fields, self.limits, self.libraries) = (fields, limits, libraries)
    self.isFollowed = isFollowed
    closed = .allocate(capacity: 1)
    closed.initialize(to: .none)
    table = .allocate(capacity: 1)
    table.initialize(
      to: Self.table(Unmanaged.passUnretained(self).toOpaque(), recording: closed))
  }

  deinit {
    writer?.forget()
    table.deallocate()
    closed.deallocate()
  }

  // MARK: the recording

  func begin(_ file: csystem_recording_file, crosses: UInt32) -> Bool {
    // Of the process that this one was forked from.
    writer?.forget()
    (writer, table.pointee.recording) = (nil, closed)
    known = HashTable()
    do throws(RecordingError) {
      let begun = try RecordingWriter(header(crosses), to: RecordedFile(file)) {
        csystem_monotonic()
      }
      (writer, table.pointee.recording) = (begun, begun.window)
      return true
    } catch {
      return false
    }
  }

  private func header(_ crosses: UInt32) -> RecordingHeader {
    var header = RecordingHeader()
    (header.process, header.parent) = (UInt64(getpid()), UInt64(getppid()))
    (header.wallClock, header.monotonic) = (csystem_wall_clock(), csystem_monotonic())
    header.identity = ContentHash.mix(
      ContentHash.mix(header.wallClock, header.process), header.monotonic)
    header.limits = limits
    header.libraries = libraries
    header.fields = fields + [(.option, Bytes("crosses=") + digits(of: Int(crosses)))]
    return header
  }

  func close() { writer?.close() }

  /// The next generation begins.
  func renew() {
    known = HashTable()
    write { writer throws(RecordingError) in try writer.beginGeneration() }
  }

  /// - Returns: nil: nothing more can be written.
  @discardableResult
  func write<R>(_ body: (RecordingWriter) throws(RecordingError) -> R) -> R? {
    guard let writer else { return nil }
    do throws(RecordingError) {
      let result = try body(writer)
      table.pointee.is_full = writer.isGenerationFull ? 1 : 0
      return result
    } catch {
      return nil
    }
  }

  /// What comes next may be taken back.
  func mark() {
    if !isFollowed { write { $0.mark() } }
  }

  // MARK: definitions

  /// What the same content was defined as, or what it is now; 0: that cannot be written.
  private func number(
    of content: UInt64, _ define: (RecordingWriter) throws(RecordingError) -> UInt32
  ) -> UInt32 {
    if let number = known.value(content) { return UInt32(bitPattern: number) }
    guard let number = write(define) else { return 0 }
    known.set(content, to: Int32(bitPattern: number))
    return number
  }

  func file(_ name: [UInt8], _ path: [UInt8], _ source: [UInt8]?) -> UInt32 {
    let content = ContentHash.of([name, path, source ?? []], as: 1)
    return number(of: content) { writer throws(RecordingError) in
      let file = try writer.defineFile(name, at: path)
      if let source { try writer.defineSource(source, of: file) }
      return file
    }
  }

  func place(_ line: UInt64, of file: UInt32, _ text: [UInt8]?) -> UInt32 {
    let content = ContentHash.mix(ContentHash.of([text ?? []], as: 2), UInt64(file) << 32 ^ line)
    return number(of: content) { writer throws(RecordingError) in
      try writer.definePlace(line, of: file, text: text)
    }
  }

  func code(_ name: [UInt8], firstLine: UInt64, of file: UInt32) -> UInt32 {
    let content = ContentHash.mix(ContentHash.of([name], as: 3), UInt64(file) << 32 ^ firstLine)
    return number(of: content) { writer throws(RecordingError) in
      try writer.defineCode(name, firstLine: firstLine, of: file)
    }
  }

  /// What the lines of the thread carry from here on.
  func label(_ text: [UInt8]) -> Bool {
    var label: UInt32 = 0
    if !text.isEmpty {
      label = number(of: ContentHash.of([text], as: 4)) { writer throws(RecordingError) in
        try writer.defineLabel(text)
      }
      if label == 0 { return false }
    }
    return write { writer throws(RecordingError) in try writer.label(label, text) } != nil
  }
}
