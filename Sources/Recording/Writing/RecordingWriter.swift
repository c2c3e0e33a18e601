public import CSystem

/// Writes a recording: definitions into blocks of their own, events into others.
///
/// Not safe for use by several threads at once: the callers hold Python's GIL. A line that ran
/// before allocates nothing (`RecordingWindow`).
public final class RecordingWriter {
  /// Memory that the path of a line records into. It does not move while the writer lives.
  public let window: UnsafeMutablePointer<RecordingWindow>
  let file: BlockFile
  var owner: BlockOwner
  var kept: KeptBlocks
  var threads = ThreadTexts()
  let clock: () -> UInt64
  private var events: OpenBlock?
  var definitions: OpenBlock?
  private var thread: UInt32 = 0
  /// The number of the next segment: a stretch of one thread's events in one block.
  private var segment: UInt64 = 0
  /// When the block of events was opened, and how many lines there had been.
  private var (blockTime, blockLines) = (0 as UInt64, 0 as UInt64)
  /// How many bytes of definitions are in closed blocks.
  var definedBefore: UInt64 = 0
  var places: UInt32 = 0
  var files: UInt32 = 0
  var codes: UInt32 = 0
  var labels: UInt32 = 0
  /// What stands for a place of an earlier generation; 0: nothing does yet.
  private var unknownPlace: UInt32 = 0
  var roomForSources: Int
  private var marked: RecordingWindow?
  /// What a folded recording has of its events.
  var folded: FoldedEvents?
  /// The offset of the block of events that was opened last.
  private var eventsOffset = 0
  /// Nothing more is written.
  var isOver = false

  /// The most bytes that an event takes without its text.
  private static let mostOfEvent = 1 + 3 * Varint.mostBytes

  /// - Parameters:
  ///   - clock: the monotonic one, in nanoseconds.
  /// - Throws: `cannotWrite`.
  public init(
    _ header: RecordingHeader, to file: BlockFile, clock: @escaping () -> UInt64
  ) throws(RecordingError) {
    (self.file, self.clock) = (file, clock)
    (owner, kept) = (BlockOwner(identity: header.identity), KeptBlocks(header.limits))
    roomForSources = kept.roomForSources
    folded = header.libraries.map { FoldedEvents(since: header.monotonic, without: $0) }
    window = .allocate(capacity: 1)
    window.initialize(to: .none)
    let memory = try file.take(at: 0)
    header.write(to: memory)
    file.release(memory)
  }

  deinit {
    close()
    window.deallocate()
  }

  /// How many lines were recorded.
  public var lines: UInt64 { window.pointee.lines }

  /// Closes the blocks that are open. More may be written: to others.
  public func close() {
    closeEvents()
    closeDefinitions()
    pack()
  }

  /// In a child that was forked: the blocks are the parent's, and not mapped here.
  public func forget() {
    if let events { file.willUnmap(.init(start: events.memory, count: RecordingFormat.blockSize)) }
    if let definitions {
      file.willUnmap(.init(start: definitions.memory, count: RecordingFormat.blockSize))
    }
    (events, definitions, marked, folded) = (nil, nil, nil, nil)
    window.pointee = .none
  }

  // MARK: generations

  /// Whether the next generation should begin.
  public var isGenerationFull: Bool { kept.limits.isBounded && kept.isFull(at: blockTime) }

  /// Begins the next generation: what was defined is to be defined anew, but for the names and
  /// labels of threads.
  /// - Throws: `cannotWrite`.
  public func beginGeneration() throws(RecordingError) {
    close()
    kept.beginGeneration(at: clock())
    (owner.generation, owner.firstPlace) = (kept.generation, places)
    (definedBefore, files, codes, labels, unknownPlace) = (0, 0, 0, 0, 0)
    roomForSources = kept.roomForSources
    threads.forgetLabels()
    for (thread, name) in threads.names { try define(thread, name: name) }
  }

  /// - Returns: the number by which events of this generation name a place.
  private func current(_ place: UInt32) throws(RecordingError) -> UInt32 {
    if place &- owner.firstPlace &- 1 < places &- owner.firstPlace { return place }
    // Of a line that was held while another generation began.
    if unknownPlace == 0 {
      unknownPlace = try definePlace(0, of: try defineFile([], at: []), text: nil)
    }
    return unknownPlace
  }

  func takeBlock(isEvents: Bool, at time: UInt64) throws(RecordingError)
    -> UnsafeMutableRawPointer
  {
    if isOver { throw .noBlock }
    for offset in kept.giveUp(at: time) { file.release(try file.take(at: offset)) }
    guard let offset = kept.take(isEvents: isEvents, at: time) else { throw .noBlock }
    if isEvents { eventsOffset = offset }
    return try file.take(at: offset)
  }

  // MARK: events

  /// A line, also one that is not near the one before.
  public func record(_ place: UInt32) throws(RecordingError) {
    try makeRoom()
    let place = try current(place)
    if window.pointee.record(place) { return }
    let difference = Int32(bitPattern: place &- window.pointee.previous)
    let number = Int(ZigZag.encode(difference)) - Opcode.nearCount
    var event: [UInt8]
    if number < Opcode.middleCount {
      event = [Opcode.middleLine + UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
    } else {
      event = [Opcode.farLine]
      Varint.append(UInt64(ZigZag.encode(difference)), to: &event)
    }
    try append(event)
    window.pointee.previous = place
    window.pointee.lines += 1
  }

  /// Records that a frame of a code object begins.
  /// - Throws: `cannotWrite`.
  public func call(_ code: UInt32) throws(RecordingError) {
    try append(Opcode.call, UInt64(code))
  }

  /// - Parameter activation: tells the frames of one code object apart; 0: it is not known.
  public func resume(_ code: UInt32, activation: UInt64) throws(RecordingError) {
    try append(Opcode.resume, UInt64(code), activation)
  }

  /// Records that the frame returns.
  /// - Throws: `cannotWrite`.
  public func `return`() throws(RecordingError) { try append([Opcode.return]) }
  /// - Parameter activation: as `resume` has it.
  public func yield(activation: UInt64) throws(RecordingError) {
    try append(Opcode.yield, activation)
  }
  /// Records that an exception was raised in the frame, or has come to it.
  /// - Throws: `cannotWrite`.
  public func raise() throws(RecordingError) { try append([Opcode.raise]) }
  /// Records that the frame has caught the exception.
  /// - Throws: `cannotWrite`.
  public func caught() throws(RecordingError) { try append([Opcode.caught]) }
  /// Records that an exception leaves the frame.
  /// - Throws: `cannotWrite`.
  public func unwind() throws(RecordingError) { try append([Opcode.unwind]) }

  /// What the lines of the thread carry from here on.
  /// - Parameter number: 0: nothing.
  public func label(_ number: UInt32, _ text: [UInt8] = []) throws(RecordingError) {
    threads.setLabel(of: thread, number, text)
    try append(Opcode.label, UInt64(number))
  }

  /// A block and a stretch of a thread say the label by themselves.
  private func repeatLabel() throws(RecordingError) {
    guard let label = threads.label(of: thread) else { return }
    var number = label.number
    if number == 0 {
      number = try defineLabel(label.text)
      threads.setLabel(of: thread, number, label.text)
    }
    try append(Opcode.label, UInt64(number))
  }

  /// Another thread runs from here on.
  public func switchThread(to thread: UInt32) throws(RecordingError) {
    self.thread = thread
    if events == nil { return try makeRoom() }
    try append(Opcode.switch, UInt64(thread), segment, elapsed)
    segment += 1
    try repeatLabel()
  }

  /// What the time is.
  public func stamp() throws(RecordingError) {
    try makeRoom()
    try append(Opcode.time, elapsed)
  }

  /// Records that the process has forked, and when.
  /// - Parameter child: the pid of the child.
  /// - Throws: `cannotWrite`.
  public func fork(child: UInt64) throws(RecordingError) {
    try makeRoom()
    try append(Opcode.fork, child, elapsed)
  }

  /// - Parameter status: the exit status; nil: it is not known.
  public func finish(status: Int?) throws(RecordingError) {
    try makeRoom()
    let status = status.map { UInt64(UInt8(truncatingIfNeeded: $0)) + 1 }
    try append(Opcode.finish, status ?? 0, elapsed)
  }

  /// Bytes that a text trace has here.
  public func text(_ bytes: UnsafeRawBufferPointer) throws(RecordingError) {
    try append(Opcode.text, [], bytes)
  }

  /// What is said at a place.
  /// - Parameter indentation: in spaces; nil: as the place's own line.
  public func note(
    _ text: UnsafeRawBufferPointer, at place: UInt32, indentation: Int?
  ) throws(RecordingError) {
    var head: [UInt8] = []
    Varint.append(UInt64(try current(place) &- owner.firstPlace), to: &head)
    Varint.append(indentation.map { UInt64($0) + 1 } ?? 0, to: &head)
    try append(Opcode.note, head, text)
  }

  /// A line or a note as it is printed.
  public func spelled(_ text: UnsafeRawBufferPointer, at place: UInt32, isNote: Bool)
    throws(RecordingError)
  {
    var head: [UInt8] = []
    Varint.append(UInt64(try current(place) &- owner.firstPlace), to: &head)
    head.append(isNote ? 1 : 0)
    try append(Opcode.spelled, head, text)
    if !isNote { window.pointee.lines += 1 }
  }

  // MARK: what is taken back

  /// The events from here on may be taken back.
  public func mark() { marked = events == nil ? nil : window.pointee }

  /// Takes back the events since the mark, if they are in one block and are not too many.
  public func takeBack(upTo most: UInt64) {
    guard let marked, let start = marked.next, let end = window.pointee.next,
      marked.end == window.pointee.end, window.pointee.lines - marked.lines <= most
    else { return self.marked = nil }
    // Backwards: a process may be killed meanwhile.
    var next = end
    while next > start {
      next -= 1
      next.pointee = 0
    }
    window.pointee = marked
    self.marked = nil
  }

  private var elapsed: UInt64 {
    let now = clock()
    return now > blockTime ? now - blockTime : 0
  }

  private func append(_ opcode: UInt8, _ numbers: UInt64...) throws(RecordingError) {
    var event = [opcode]
    for number in numbers { Varint.append(number, to: &event) }
    try append(event)
  }

  private func append(_ event: [UInt8]) throws(RecordingError) {
    try makeRoom()
    event.withUnsafeBytes { put($0) }
  }

  /// How many bytes of events the block that is open has room for.
  private var room: Int {
    guard let end = events?.end, let next = window.pointee.next else { return 0 }
    return end - next
  }

  /// In one piece, if that fits into a block.
  private func append(_ opcode: UInt8, _ head: [UInt8], _ text: UnsafeRawBufferPointer)
    throws(RecordingError)
  {
    var (opcode, head, rest) = (opcode, head, text)
    let size = 1 + Varint.mostBytes + head.count + text.count
    if size > room, size < RecordingFormat.payloadSize - Self.mostOfEvent { closeEvents() }
    repeat {
      try makeRoom()
      let piece = rest.prefix(max(room - head.count - 1 - Varint.mostBytes, 0))
      var event = [opcode]
      Varint.append(UInt64(head.count + piece.count), to: &event)
      event += head
      event += piece
      event.withUnsafeBytes { put($0) }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
      (opcode, head) = (Opcode.more, [])
    } while !rest.isEmpty
  }

  private func put(_ event: UnsafeRawBufferPointer) {
    guard var block = events, let next = window.pointee.next else { return }
    block.next = next
    block.append(event)
    window.pointee.next = block.next
  }

  /// Has a block open with room for an event.
  private func makeRoom() throws(RecordingError) {
    if let next = window.pointee.next, let end = window.pointee.end, next < end { return }
    closeEvents()
    blockTime = clock()
    let memory = try takeBlock(isEvents: true, at: blockTime)
    let block = OpenBlock(
      .events, in: memory, of: owner, order: segment, time: blockTime, thread: thread)
    segment += 1
    blockLines = window.pointee.lines
    events = block
    window.pointee.begin(block.next, end: block.end - Self.mostOfEvent - 1)
    try repeatLabel()
  }

  private func closeEvents() {
    guard var block = events, let next = window.pointee.next else { return }
    block.next = next
    block.close(lines: UInt32(truncatingIfNeeded: window.pointee.lines - blockLines))
    folded?.fold(block.memory, at: eventsOffset, time: blockTime)
    file.release(block.memory)
    (events, marked) = (nil, nil)
    (window.pointee.next, window.pointee.end) = (nil, nil)
    keepState()
  }
}
