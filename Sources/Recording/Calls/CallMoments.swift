/// What happens to the calls of a recording, until the time of it is known.
///
/// Between two moments whose time a recording has, events are spread evenly.
struct CallMoments {
  enum Kind: Equatable {
    case begin(isResumed: Bool)
    case end(EndedCall.Ending)
    case note
  }

  struct Moment {
    let kind: Kind
    let thread: UInt32
    let code: UInt32
    let place: UInt32
    /// The end in `texts` of the text of a note.
    let textEnd: Int
    /// How many events there were before it.
    let position: Int
  }

  private(set) var moments: [Moment] = []
  private(set) var texts: [UInt8] = []
  /// How many events there were.
  var position = 0
  private var (since, sincePosition) = (0 as UInt64, 0)

  /// The last time that is known.
  var last: UInt64 { since }

  mutating func add(_ kind: Kind, thread: UInt32, code: UInt32 = 0, place: UInt32 = 0) {
    moments.append(
      Moment(
        kind: kind, thread: thread, code: code, place: place, textEnd: texts.count,
        position: position))
    position += 1
  }

  mutating func add(_ text: UnsafeRawBufferPointer, thread: UInt32, place: UInt32) {
    texts += text
    add(.note, thread: thread, place: place)
  }

  /// - Returns: when a moment was, now that the time of the last event is known.
  func time(of moment: Moment, until time: UInt64) -> UInt64 {
    let count = position - sincePosition
    if count <= 0 || time <= since { return since }
    let part = (time - since).multipliedFullWidth(by: UInt64(moment.position - sincePosition))
    return since + UInt64(count).dividingFullWidth(part).quotient
  }

  /// All that was added so far is told.
  mutating func clear(at time: UInt64) {
    moments.removeAll(keepingCapacity: true)
    texts.removeAll(keepingCapacity: true)
    (since, sincePosition) = (max(time, since), position)
  }
}
