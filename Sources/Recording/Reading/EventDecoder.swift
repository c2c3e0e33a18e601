/// Takes the events out of one block, a stretch of one thread's at a time.
struct EventDecoder {
  /// What the events may refer to.
  struct Limits {
    let places: Int
    let codes: Int
    let labels: Int
    /// The number before that of the first place.
    let firstPlace: UInt32
  }

  enum Stop: Equatable {
    /// Another stretch begins; `decode` goes on with it.
    case segment(UInt64)
    /// There is nothing more.
    case end
    /// What is there makes no sense.
    case damage(Int)
  }

  private let bytes: [UInt8]
  private let limits: Limits
  private let isClosed: Bool
  private let offset: Int
  private let opened: UInt64
  private var position = 0
  private var previous: UInt32 = 0
  private var thread: UInt32
  /// When the stretch that comes next begins.
  private var begun: UInt64

  init(_ block: BlockInfo, _ bytes: [UInt8], _ limits: Limits) {
    (self.bytes, self.limits, isClosed) = (bytes, limits, block.isClosed)
    (opened, thread, begun) = (block.time, block.thread, block.time)
    offset = block.offset + RecordingFormat.blockHeaderSize
  }

  /// How far a block was decoded that is being written.
  struct Progress {
    var position = 0
    var previous: UInt32 = 0
    var thread: UInt32
    /// When the stretch begins that comes next, or goes on.
    var begun: UInt64

    init(_ thread: UInt32, _ begun: UInt64) { (self.thread, self.begun) = (thread, begun) }
  }

  var progress: Progress {
    get {
      var progress = Progress(thread, begun)
      (progress.position, progress.previous) = (position, previous)
      return progress
    }
    set {
      (position, previous, thread, begun) = (
        newValue.position, newValue.previous, newValue.thread, newValue.begun
      )
    }
  }

  /// Up to the end of the stretch.
  mutating func decode(to receiver: EventReceiver) -> Stop {
    receiver.begin(thread: thread, time: begun)
    let (start, current) = (position, previous)
    var state = State(position: start, previous: current)
    let stop = bytes.withUnsafeBytes { self.decode($0, &state, to: receiver) }
    (position, previous) = (state.position, state.previous)
    if case .segment = stop {
      (thread, begun) = (state.thread, opened &+ state.elapsed)
    }
    return stop
  }

  private struct State {
    var position: Int
    var previous: UInt32
    var thread: UInt32 = 0
    var elapsed: UInt64 = 0
  }

  private func decode(
    _ bytes: UnsafeRawBufferPointer, _ state: inout State, to receiver: EventReceiver
  ) -> Stop {
    var (position, previous) = (state.position, state.previous)
    defer { (state.position, state.previous) = (position, previous) }
    while position < bytes.count {
      let opcode = bytes[position]
      if opcode >= Opcode.nearLine {
        guard let place = line(opcode, bytes, &position, previous) else { return damage(position) }
        previous = place
        receiver.line(Int(place &- limits.firstPlace))
        continue
      }
      if opcode == Opcode.end { return isClosed ? damage(position) : .end }
      var cursor = ByteCursor(UnsafeRawBufferPointer(rebasing: bytes[(position + 1)...]))
      let segment = opcode == Opcode.switch ? beginSegment(&cursor, &state) : nil
      guard segment != nil || take(opcode, &cursor, &previous, to: receiver) else {
        return damage(position)
      }
      position += 1 + cursor.position
      if let segment { return .segment(segment) }
    }
    return .end
  }

  /// A line of one or two bytes.
  /// - Returns: its place; nil: there is no such.
  @inline(__always)
  private func line(
    _ opcode: UInt8, _ bytes: UnsafeRawBufferPointer, _ position: inout Int, _ previous: UInt32
  ) -> UInt32? {
    var (number, size) = (UInt32(opcode &- Opcode.nearLine), 1)
    if opcode >= Opcode.middleLine {
      guard opcode < Opcode.middleLine + 0x20, position + 1 < bytes.count else { return nil }
      number = UInt32(opcode &- Opcode.middleLine) << 8 + UInt32(bytes[position + 1])
      (number, size) = (number + UInt32(Opcode.nearCount), 2)
    }
    let place = previous &+ UInt32(bitPattern: ZigZag.decode(number))
    guard place &- limits.firstPlace &- 1 < UInt32(limits.places) else { return nil }
    position += size
    return place
  }

  private func beginSegment(_ cursor: inout ByteCursor, _ state: inout State) -> UInt64? {
    guard let thread = cursor.number(upTo: Int(UInt32.max)), let segment = cursor.number(),
      let elapsed = cursor.number()
    else { return nil }
    (state.thread, state.elapsed) = (UInt32(thread), elapsed)
    return segment
  }

  /// A block that is being written, or was as its process was killed, ends with what makes
  /// sense.
  private func damage(_ position: Int) -> Stop {
    isClosed ? .damage(offset + position) : .end
  }

  /// All that are not near lines and not switches.
  @inline(never)
  private func take(
    _ opcode: UInt8, _ cursor: inout ByteCursor, _ previous: inout UInt32,
    to receiver: EventReceiver
  ) -> Bool {
    if opcode >= Opcode.firstWithBytes { return takeBytes(opcode, &cursor, to: receiver) }
    guard opcode == Opcode.farLine else {
      return takeBare(opcode, to: receiver) || takeCode(opcode, &cursor, to: receiver)
        || takeTimed(opcode, &cursor, to: receiver)
    }
    guard let number = cursor.number(upTo: Int(UInt32.max)) else { return false }
    let place = previous &+ UInt32(bitPattern: ZigZag.decode(UInt32(number)))
    guard place &- limits.firstPlace &- 1 < UInt32(limits.places) else { return false }
    previous = place
    receiver.line(Int(place &- limits.firstPlace))
    return true
  }

  /// - Returns: false if it is none of these, as all `take` functions do.
  private func takeBare(_ opcode: UInt8, to receiver: EventReceiver) -> Bool {
    switch opcode {
    case Opcode.return: receiver.return()
    case Opcode.raise: receiver.raise()
    case Opcode.caught: receiver.caught()
    case Opcode.unwind: receiver.unwind()
    default: return false
    }
    return true
  }

  private func takeCode(_ opcode: UInt8, _ cursor: inout ByteCursor, to receiver: EventReceiver)
    -> Bool
  {
    let isCode = opcode == Opcode.call || opcode == Opcode.resume
    guard isCode || opcode == Opcode.yield || opcode == Opcode.label else { return false }
    guard let number = cursor.number() else { return false }
    if opcode == Opcode.yield {
      receiver.yield(activation: number)
    } else if opcode == Opcode.label {
      guard number <= UInt64(limits.labels) else { return false }
      receiver.label(Int(number))
    } else {
      guard number > 0, number <= UInt64(limits.codes) else { return false }
      return takeCall(opcode, Int(number), &cursor, to: receiver)
    }
    return true
  }

  private func takeCall(
    _ opcode: UInt8, _ code: Int, _ cursor: inout ByteCursor, to receiver: EventReceiver
  ) -> Bool {
    if opcode == Opcode.call {
      receiver.call(code)
      return true
    }
    guard let activation = cursor.number() else { return false }
    receiver.resume(code, activation: activation)
    return true
  }

  private func takeTimed(_ opcode: UInt8, _ cursor: inout ByteCursor, to receiver: EventReceiver)
    -> Bool
  {
    guard opcode == Opcode.time || opcode == Opcode.fork || opcode == Opcode.finish,
      let first = cursor.number()
    else { return false }
    if opcode == Opcode.time {
      receiver.time(opened &+ first)
      return true
    }
    guard let elapsed = cursor.number(), opcode == Opcode.fork || first <= 256 else { return false }
    if opcode == Opcode.fork {
      receiver.fork(child: first, time: opened &+ elapsed)
    } else {
      receiver.finish(status: first == 0 ? nil : Int(first) - 1, time: opened &+ elapsed)
    }
    return true
  }

  /// Takes an event that carries bytes. Events that this version does not know are left out.
  private func takeBytes(
    _ opcode: UInt8, _ cursor: inout ByteCursor, to receiver: EventReceiver
  ) -> Bool {
    guard let count = cursor.number(), let body = cursor.take(count) else { return false }
    switch opcode {
    case Opcode.text: receiver.text(body)
    case Opcode.more: receiver.more(body)
    case Opcode.note:
      var head = ByteCursor(body)
      guard let place = number(&head, of: limits.places),
        let indentation = head.number(upTo: 1 << 20)
      else { return false }
      receiver.note(head.rest(), at: place, indentation: indentation == 0 ? nil : indentation - 1)
    case Opcode.spelled:
      var head = ByteCursor(body)
      guard let place = number(&head, of: limits.places), let isNote = head.number(upTo: 1) else {
        return false
      }
      receiver.spelled(head.rest(), at: place, isNote: isNote == 1)
    default: break
    }
    return true
  }

  private func number(_ cursor: inout ByteCursor, of count: Int) -> Int? {
    guard let number = cursor.number(upTo: count), number > 0 else { return nil }
    return number
  }
}
