import Recording
import TraceCore

/// The numbers that packets of Perfetto's have.
struct PacketForm {
  let sequence: UInt64
  /// Of the first thread. The others have those that follow.
  let track: UInt64
}

/// Packs calls, notes and packets, and hands them on in pieces.
final class PackedCalls: CallOutput {
  private let taker: Taker
  private let form: PacketForm
  private var calls = Bytes()
  private var notes = Bytes()
  private var packets = Bytes()
  private var packet = Bytes()
  /// The time of the packet before.
  private var last: UInt64 = 0

  private static let size = 1 << 20

  init(to taker: Taker, _ form: PacketForm) {
    (self.taker, self.form) = (taker, form)
    super.init()
  }

  func flush() {
    if !calls.isEmpty { taker.give(.calls, calls) }
    if !notes.isEmpty { taker.give(.notes, notes) }
    if !packets.isEmpty { taker.give(.packets, packets) }
    calls.removeAll(keepingCapacity: true)
    notes.removeAll(keepingCapacity: true)
    packets.removeAll(keepingCapacity: true)
    isDone = taker.hasFailed
  }

  // MARK: what is told

  override func began(_ code: UInt32, thread: UInt32, at time: UInt64) {
    if taker.wanted.contains(.packets) { put(.sliceBegin, code, thread, time) }
  }

  override func ended(_ call: EndedCall) {
    if taker.wanted.contains(.packets) { put(.sliceEnd, 0, call.thread, call.end) }
    guard taker.wanted.contains(.calls) else { return }
    calls.append32(Int(call.number))
    calls.append32(Int(call.parent))
    calls.append32(Int(call.code))
    calls.append32(Int(call.thread))
    calls.append32(Int(call.site))
    calls.append32(
      Int(call.ending.rawValue) + (call.isResumed ? 8 : 0) + min(call.depth, 1 << 26) << 4)
    calls.append64(call.start)
    calls.append64(call.end)
    if calls.count >= Self.size { flush() }
  }

  override func noted(
    _ text: [UInt8], at place: UInt32, thread: UInt32, in call: UInt32, _ time: UInt64
  ) {
    guard taker.wanted.contains(.notes) else { return }
    notes.append32(Int(call))
    notes.append32(Int(place))
    notes.append32(Int(thread))
    notes.append32(text.count)
    notes.append64(time)
    notes += text
    if notes.count >= Self.size { flush() }
  }

  // MARK: Perfetto

  private enum EventType: UInt64 { case sliceBegin = 1, sliceEnd = 2 }

  /// Numbers of fields with their types, as `trace_packet.proto` and `track_event.proto` have them.
  private enum Tag {
    static let packet: UInt64 = 1 << 3 | 2
    static let timestamp: UInt64 = 8 << 3
    static let sequence: UInt64 = 10 << 3
    static let trackEvent: UInt64 = 11 << 3 | 2
    static let flags: UInt64 = 13 << 3
    static let type: UInt64 = 9 << 3
    static let name: UInt64 = 10 << 3
    static let track: UInt64 = 11 << 3
  }
  private static let needsState: UInt64 = 2

  private func put(_ type: EventType, _ code: UInt32, _ thread: UInt32, _ time: UInt64) {
    packet.removeAll(keepingCapacity: true)
    packet.field(Tag.timestamp, time - last)
    packet.field(Tag.sequence, form.sequence)
    packet.field(Tag.flags, Self.needsState)
    let start = packet.count
    packet.field(Tag.type, type.rawValue)
    if type == .sliceBegin { packet.field(Tag.name, UInt64(code)) }
    if thread != 0 { packet.field(Tag.track, form.track + UInt64(thread)) }
    let size = packet.count - start
    var head = Bytes()
    head.field(Tag.trackEvent, UInt64(size))
    packets.field(Tag.packet, UInt64(packet.count + head.count))
    packets += packet[..<start]
    packets += head
    packets += packet[start...]
    last = time
    if packets.count >= Self.size { flush() }
  }
}

extension Bytes {
  /// A field's tag, then its value, or how many bytes it has.
  fileprivate mutating func field(_ tag: UInt64, _ value: UInt64) {
    varint(tag)
    varint(value)
  }

  private mutating func varint(_ number: UInt64) {
    var number = number
    while number >= 0x80 {
      append(UInt8(truncatingIfNeeded: number) | 0x80)
      number >>= 7
    }
    append(UInt8(number))
  }
}
