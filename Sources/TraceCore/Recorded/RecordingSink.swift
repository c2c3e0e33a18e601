public import CSystem

/// Records what happens, by a library that is loaded for it (`csystem_recorder`).
///
/// The path of a line writes into the block that is open by itself. What is put is text between
/// the lines.
public final class RecordingSink: Sink {
  private let recorder: UnsafeMutablePointer<csystem_recorder>
  private let name: OutputName
  private let mode: OwnFile.Mode
  private var path: Bytes?
  private var places: RecordedPlaces
  private var file = RecordingFile(nil)
  /// In a child that was forked, before its first line.
  private var mustMove = false
  private var threads = RecordedThreads()
  private var isFinished = false
  /// What comes next may be taken back.
  private var marksNext = false
  /// The number of this recording, by which code objects remember that they are defined.
  public private(set) var generation = 0
  nonisolated(unsafe) private static var generations = 0

  /// - Parameters:
  ///   - recorder: is the sink's from now on.
  ///   - crosses: how many processes deep this one is.
  /// - Throws: `cannotOpen`, `cannotWrite`, `isOutput`, `notAFile`.
  public init(
    by recorder: UnsafeMutablePointer<csystem_recorder>, to name: OutputName,
    as mode: OwnFile.Mode, crosses: Int
  ) throws(TraceError) {
    (self.recorder, self.name, self.mode) = (recorder, name, mode)
    places = RecordedPlaces(recorder)
    super.init()
    try begin(mode, crosses)
    recorder.pointee.is_taken = 1
  }

  deinit {
    if !mustMove { recorder.pointee.close(recorder.pointee.context) }
    if recorder.pointee.is_taken != 0 { recorder.pointee.free(recorder.pointee.context) }
  }

  private func begin(_ mode: OwnFile.Mode, _ crosses: Int) throws(TraceError) {
    let found = try OwnFile.find(name, mode, .ring)
    try found.descriptor.empty(found.path)
    (file, path, threads) = (
      RecordingFile(found.descriptor, found.path), found.path, RecordedThreads()
    )
    Self.generations += 1
    generation = Self.generations
    let isBegun = recorder.pointee.begin(
      recorder.pointee.context, file.table, UInt32(clamping: crosses))
    if isBegun == 0 { throw failure }
  }

  private var failure: TraceError {
    file.failure ?? TraceError(.cannotWrite, errno: EIO, subject: path ?? [])
  }

  public override var filePath: Bytes? { mustMove ? nil : path }
  public override var lines: LineMemory { places }

  /// What the path of a line records into.
  public var recording: UnsafeMutablePointer<csystem_recording> { recorder.pointee.recording }

  /// How many lines were recorded, ever.
  public var count: Int { Int(truncatingIfNeeded: recorder.pointee.recording.pointee.lines) }

  // MARK: what is recorded

  public override func put(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    bytes.isEmpty || mustMove ? .done : outcome(record(CSYSTEM_TEXT, bytes))
  }

  private func outcome(_ isRecorded: Bool) -> Outcome { isRecorded ? .done : .failed(failure) }

  /// - Parameters:
  ///   - thread: as the interpreter knows it.
  ///   - name: nil: it is not known yet.
  public func begin(_ thread: UInt, isNew: Bool, _ name: () -> Bytes?) -> Outcome {
    if isNew || threads.current != thread {
      let number = threads.begin(thread, isNew: isNew)
      guard record(CSYSTEM_THREAD, UInt64(number)) else { return .failed(failure) }
    }
    guard threads.lacksName, let name = name() else { return .done }
    threads.lacksName = false
    return outcome(name.withUnsafeBytes { record(CSYSTEM_THREAD_NAME, $0, at: threads.number) })
  }

  /// A line, with what it carries behind its crosses.
  public func record(_ place: UInt32, label: Bytes) -> Outcome {
    beginLine()
    return outcome(setLabel(label) && record(CSYSTEM_LINE, UInt64(place)))
  }

  /// What is said at a place.
  /// - Parameter indentation: in spaces; nil: as the place's own line.
  public func record(_ note: Bytes, at place: UInt32, indentation: Int?, label: Bytes) -> Outcome {
    beginLine()
    let indentation = indentation.map { UInt32(clamping: $0 + 1) } ?? 0
    return outcome(
      setLabel(label)
        && note.withUnsafeBytes {
          record(CSYSTEM_NOTE, $0, at: place, indentation: indentation)
        })
  }

  /// A line as it is printed.
  public func record(spelled line: Bytes, at place: UInt32, isNote: Bool) -> Outcome {
    beginLine()
    let kind = isNote ? CSYSTEM_SPELLED_NOTE : CSYSTEM_SPELLED_LINE
    return outcome(line.withUnsafeBytes { record(kind, $0, at: place) })
  }

  /// - Returns: the code object's number.
  public func define(_ function: Bytes, firstLine: Int, of lines: RenderedLines) -> UInt32 {
    let file = places.file(of: lines)
    return function.withUnsafeBufferPointer {
      recorder.pointee.code(
        recorder.pointee.context, file, UInt64(clamping: firstLine), csystem_bytes($0))
    }
  }

  public func record(_ event: csystem_event, _ first: UInt64 = 0, _ second: UInt64 = 0) -> Bool {
    recorder.pointee.event(recorder.pointee.context, event, first, second) != 0
  }

  private func setLabel(_ label: Bytes) -> Bool {
    if threads.label == label { return true }
    threads.label = label
    return label.withUnsafeBytes { record(CSYSTEM_LABEL, $0) }
  }

  private func record(
    _ kind: csystem_text, _ text: UnsafeRawBufferPointer, at place: UInt32 = 0,
    indentation: UInt32 = 0
  ) -> Bool {
    let bytes = csystem_bytes(text.bindMemory(to: UInt8.self))
    return recorder.pointee.text(recorder.pointee.context, kind, bytes, place, indentation) != 0
  }

  // MARK: what is taken back

  /// The lines from here on may be.
  public func mark() { marksNext = true }

  private func beginLine() {
    if marksNext { recorder.pointee.mark(recorder.pointee.context) }
    marksNext = false
  }

  public func takeBack(upTo most: Int) {
    if !mustMove { recorder.pointee.take_back(recorder.pointee.context, UInt64(clamping: most)) }
    marksNext = false
    threads.label = nil
  }

  // MARK: its end

  /// Says whether the file still has what it should.
  public override func flush() -> Outcome { file.failure.map { .failed($0) } ?? .done }

  /// The process ends.
  public func finish(_ status: Int32?) {
    if mustMove || isFinished { return }
    isFinished = true
    if status == 0, recorder.pointee.keeps_failed != 0 { _ = path?.withCString { unlink($0) } }
    _ = record(CSYSTEM_FINISH, status.map { UInt64(UInt8(truncatingIfNeeded: $0)) + 1 } ?? 0)
    recorder.pointee.close(recorder.pointee.context)
  }

  // MARK: what is defined anew

  /// Whether `renew` should be called before the next line.
  public var isFull: Bool { recorder.pointee.is_full != 0 }

  /// Forgets what was defined, if that is due.
  /// - Returns: whether it was.
  public func renew() -> Bool {
    if mustMove || !isFull { return false }
    places = RecordedPlaces(recorder)
    Self.generations += 1
    generation = Self.generations
    recorder.pointee.renew(recorder.pointee.context)
    return true
  }

  // MARK: a child that was forked

  public override func forked() {
    recorder.pointee.recording.pointee.next = nil
    recorder.pointee.recording.pointee.end = nil
    file.forked()
    mustMove = true
  }

  /// To a recording of the child's own, with its first line: most children only `exec`.
  /// - Returns: whether it has moved.
  public func move(crosses: Int) throws(TraceError) -> Bool {
    guard mustMove else { return false }
    mustMove = false
    places = RecordedPlaces(recorder)
    try begin(mode.ofChild, crosses)
    return true
  }
}
