/// Finds the calls among the events of a recording, with the times that they took.
///
/// A recording without calls has the functions that its lines are in: a line of another function is
/// a call of it, or the return to it.
public final class CallPlayer: EventReceiver {
  private var tree = CallTree()
  /// How many calls have begun.
  public private(set) var calls: UInt32 = 0
  /// The exit status, if the recording has one.
  public private(set) var status: Int?
  /// Whether it has the end of its process.
  public private(set) var hasEnd = false
  /// Whether the recording has the time of each call.
  public private(set) var isTimed = false
  private let output: CallOutput
  private let start: UInt64
  private let functions: [UInt32]
  private var moments = CallMoments()
  private var stacks: [CallStack] = []
  private var current: CallStack

  /// Stands with the number of a function where its body begins.
  public static let entry: UInt32 = 1 << 31

  /// - Parameters:
  ///   - functions: the number of the function that each place is in, from place 0 on, if they are
  ///     to be told by lines. The places at which one is entered have `entry` besides.
  ///   - output: is told of the calls.
  public init(_ reader: RecordingReader, functions: [UInt32], to output: CallOutput) {
    start = reader.header.monotonic
    (self.functions, self.output) = (functions, output)
    current = CallStack(0, node: -1)
    super.init()
  }

  /// Goes through the nodes; each comes after the one that it was called from.
  public func withNodes(_ body: (CallTree.Node) -> Void) { tree.nodes.forEach(body) }

  /// When the recording ends, in nanoseconds since it began.
  public var end: UInt64 { moments.last }

  // MARK: events

  public override func begin(thread: UInt32, time: UInt64) {
    settle(at: time)
    if current.thread == thread, current.root >= 0 { return }
    if let known = stacks.first(where: { $0.thread == thread }) {
      current = known
    } else {
      current = CallStack(thread, node: tree.node(thread, in: -1))
      stacks.append(current)
    }
  }

  public override func time(_ time: UInt64) {
    isTimed = true
    settle(at: time)
  }

  public override func line(_ place: Int) {
    moments.position += 1
    if functions.isEmpty {
      current.setPlace(UInt32(place))
    } else if place < functions.count {
      follow(functions[place])
      current.setPlace(UInt32(place))
    }
  }

  public override func call(_ code: Int) { begin(UInt32(code), isResumed: false) }
  public override func resume(_ code: Int, activation: UInt64) {
    begin(UInt32(code), isResumed: true)
  }
  public override func `return`() { end(.returned) }
  public override func yield(activation: UInt64) { end(.suspended) }
  public override func unwind() { end(.unwound) }

  public override func fork(child: UInt64, time: UInt64) { settle(at: time) }
  public override func finish(status: Int?, time: UInt64) {
    (self.status, hasEnd) = (status, true)
    settle(at: time)
  }

  public override func note(_ text: UnsafeRawBufferPointer, at place: Int, indentation: Int?) {
    moments.add(text, thread: current.thread, place: UInt32(place))
  }
  public override func spelled(_ text: UnsafeRawBufferPointer, at place: Int, isNote: Bool) {
    if !isNote { return line(place) }
    moments.add(text, thread: current.thread, place: UInt32(place))
  }

  /// A note that no place was recorded of: it is of the line that runs. Lines about the trace itself
  /// have no crosses.
  public override func text(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.first == UInt8(ascii: "+") else { return }
    moments.add(bytes, thread: current.thread, place: current.place)
  }

  /// Ends what is open. To be called once all events were played.
  public func finish() {
    settle(moments.last)
    for stack in stacks {
      while !stack.frames.isEmpty { pop(stack, .open, at: moments.last) }
    }
  }

  // MARK: calls

  private func begin(_ code: UInt32, isResumed: Bool) {
    let site = current.place
    current.places.append(0)
    moments.add(.begin(isResumed: isResumed), thread: current.thread, code: code, place: site)
  }

  private func end(_ ending: EndedCall.Ending) {
    if current.places.count > 1 { current.places.removeLast() }
    moments.add(.end(ending), thread: current.thread)
  }

  /// A line of a function runs.
  private func follow(_ function: UInt32) {
    let code = function & ~Self.entry
    let isEntered = function != code
    if code == 0 || !isEntered && current.functions.last == code { return }
    if !isEntered, let index = current.functions.lastIndex(of: code) {
      while current.functions.count > index + 1 {
        current.functions.removeLast()
        end(.returned)
      }
      return
    }
    current.functions.append(code)
    begin(code, isResumed: false)
  }

  // MARK: times

  private func settle(at time: UInt64) { settle(time > start ? time - start : 0) }

  /// The time is known: so are those of all moments before.
  private func settle(_ time: UInt64) {
    if !moments.moments.isEmpty { tell(until: time) }
    moments.clear(at: time)
    if output.isDone { isDone = true }
  }

  private func tell(until time: UInt64) {
    var textStart = 0
    for moment in moments.moments {
      let time = moments.time(of: moment, until: time)
      guard let stack = stack(of: moment.thread) else { continue }
      switch moment.kind {
      case .begin(let isResumed): push(stack, moment, isResumed, at: time)
      case .end(let ending): pop(stack, ending, at: time)
      case .note:
        let text = [UInt8](moments.texts[textStart..<moment.textEnd])
        output.noted(
          text, at: moment.place, thread: moment.thread,
          in: stack.frames.last?.call.number ?? 0, time)
      }
      textStart = moment.textEnd
    }
  }

  private func stack(of thread: UInt32) -> CallStack? {
    current.thread == thread ? current : stacks.first { $0.thread == thread }
  }

  private func push(
    _ stack: CallStack, _ moment: CallMoments.Moment, _ isResumed: Bool, at time: UInt64
  ) {
    let above = stack.frames.last
    let node = tree.node(moment.code, in: above?.node ?? stack.root)
    if !isResumed { tree.count(node) }
    calls &+= 1
    let call = EndedCall(
      number: calls, parent: above?.call.number ?? 0, code: moment.code, thread: stack.thread,
      site: moment.place, depth: stack.frames.count, start: time, end: time,
      isResumed: isResumed)
    stack.frames.append(
      CallStack.Frame(call: call, node: node, isWhole: node != above?.node))
    output.began(moment.code, thread: stack.thread, at: time)
  }

  private func pop(_ stack: CallStack, _ ending: EndedCall.Ending, at time: UInt64) {
    guard var frame = stack.frames.popLast() else { return }
    (frame.call.end, frame.call.ending) = (time, ending)
    let total = time - frame.call.start
    tree.add(total, own: total - min(frame.inner, total), to: frame.node, isWhole: frame.isWhole)
    if let index = stack.frames.indices.last { stack.frames[index].inner += total }
    output.ended(frame.call)
  }
}

/// The calls that a thread is in.
final class CallStack {
  struct Frame {
    var call: EndedCall
    let node: Int
    /// Whether its node is its own, which one that is too deep has not.
    let isWhole: Bool
    /// How long the calls took that it made.
    var inner: UInt64 = 0
  }

  let thread: UInt32
  /// The node that stands for the thread.
  let root: Int
  var frames: [Frame] = []
  /// The place of the line that runs in each frame; the first one is of no frame.
  var places: [UInt32] = [0]
  /// The functions that the lines were in, where calls are told by them.
  var functions: [UInt32] = []

  init(_ thread: UInt32, node: Int) { (self.thread, root) = (thread, node) }

  var place: UInt32 { places[places.count - 1] }
  func setPlace(_ place: UInt32) { places[places.count - 1] = place }
}
