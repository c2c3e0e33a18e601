/// Takes the events out of one block, a stretch of one thread's at a time.
struct EventDecoder {
  /// What the events may refer to.
  struct Limits {
    let places: Int
    let codes: Int
    let labels: Int
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
    let count = bytes.count
    let places = UInt32(limits.places)
    var (position, previous) = (state.position, state.previous)
    defer { (state.position, state.previous) = (position, previous) }
    while position < count {
      let opcode = bytes[position]
      if opcode >= Opcode.nearLine {
        var number = UInt32(opcode &- Opcode.nearLine)
        if opcode >= Opcode.middleLine + 0x20 { return damage(position) }
        if opcode >= Opcode.middleLine {
          guard position + 1 < count else { return damage(position) }
          number =
            UInt32(opcode &- Opcode.middleLine) << 8 + UInt32(bytes[position + 1])
            + UInt32(Opcode.nearCount)
          position += 1
        }
        let place = previous &+ UInt32(bitPattern: ZigZag.decode(number))
        guard place &- 1 < places else { return damage(position) }
        position += 1
        previous = place
        receiver.line(Int(place))
        continue
      }
      if opcode == Opcode.end { return isClosed ? damage(position) : .end }
      var cursor = ByteCursor(UnsafeRawBufferPointer(rebasing: bytes[(position + 1)...]))
      if opcode == Opcode.switch {
        guard let thread = cursor.number(upTo: Int(UInt32.max)), let segment = cursor.number(),
          let elapsed = cursor.number()
        else { return damage(position) }
        (state.thread, state.elapsed) = (UInt32(thread), elapsed)
        position += 1 + cursor.position
        return .segment(segment)
      }
      guard take(opcode, &cursor, &previous, to: receiver) else { return damage(position) }
      position += 1 + cursor.position
    }
    return .end
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
    switch opcode {
    case Opcode.farLine:
      guard let number = cursor.number(upTo: Int(UInt32.max)) else { return false }
      let place = previous &+ UInt32(bitPattern: ZigZag.decode(UInt32(number)))
      guard place > 0, place <= limits.places else { return false }
      previous = place
      receiver.line(Int(place))
    case Opcode.call:
      guard let code = number(&cursor, of: limits.codes) else { return false }
      receiver.call(code)
    case Opcode.resume:
      guard let code = number(&cursor, of: limits.codes), let activation = cursor.number() else {
        return false
      }
      receiver.resume(code, activation: activation)
    case Opcode.yield:
      guard let activation = cursor.number() else { return false }
      receiver.yield(activation: activation)
    case Opcode.return: receiver.return()
    case Opcode.raise: receiver.raise()
    case Opcode.caught: receiver.caught()
    case Opcode.unwind: receiver.unwind()
    case Opcode.label:
      guard let label = cursor.number(upTo: limits.labels) else { return false }
      receiver.label(label)
    default: return takeTimed(opcode, &cursor, to: receiver)
    }
    return true
  }

  private func takeTimed(
    _ opcode: UInt8, _ cursor: inout ByteCursor, to receiver: EventReceiver
  ) -> Bool {
    let hasNumber = opcode == Opcode.fork || opcode == Opcode.finish
    guard hasNumber || opcode == Opcode.time, let first = cursor.number() else { return false }
    if !hasNumber {
      receiver.time(opened &+ first)
      return true
    }
    guard let elapsed = cursor.number() else { return false }
    if opcode == Opcode.fork {
      receiver.fork(child: first, time: opened &+ elapsed)
      return true
    }
    guard first <= 256 else { return false }
    receiver.finish(status: first == 0 ? nil : Int(first) - 1, time: opened &+ elapsed)
    return true
  }

  /// Those that are not known are left out.
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
    default: break
    }
    return true
  }

  private func number(_ cursor: inout ByteCursor, of count: Int) -> Int? {
    guard let number = cursor.number(upTo: count), number > 0 else { return nil }
    return number
  }
}
