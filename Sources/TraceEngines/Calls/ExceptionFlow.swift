import CPython
import PythonInterop
import TraceCore

/// What becomes of exceptions in the frames of a session, seen from where these run next.
final class ExceptionFlow {
  private let context: FrameContext
  private var leaving = LeavingExceptions()

  init(_ context: FrameContext) { self.context = context }

  /// An exception has come to a frame.
  func raised(_ raised: RaisedEvent, _ state: FrameState, _ entry: CodeEntry, _ frame: Frame) {
    let offset = raised.offset ?? Self.offset(of: frame)
    let handlers = entry.handlers
    follow(state, entry, frame)
    if let handlers, Self.isUnseen(raised.exception, handlers, at: offset) { return }
    let isHere = handlers?.raises(at: offset) == true
    let name = context.typeName(of: raised.exception.object)
    if let kind = kind(of: raised, name, isHere: isHere, state) {
      context.write(kind, at: state.line(in: frame), of: entry, state)
    }
    state.passing = nil
    state.thrown?.append(
      Thrown(
        identity: raised.exception.identity, name: name, handler: handlers?.landing(from: offset)))
    context.states.count(state)
  }

  /// The offset of the instruction that it is at.
  static func offset(of frame: Frame) -> Int {
    withExceptionsContained { () throws(PythonError) in try frame.offset } ?? 0
  }

  /// Whether the program never sees it there: it tells the interpreter of an end, or is handed on.
  private static func isUnseen(_ exception: ExceptionValue, _ handlers: Handlers, at offset: Int)
    -> Bool
  {
    let end: Handlers.End? =
      exception.isStopIteration
      ? .iteration : exception.isStopAsyncIteration ? .asyncIteration : nil
    return end.map { handlers.ends(by: $0, at: offset) } ?? false || handlers.handsOn(at: offset)
  }

  /// - Parameter isHere: by a `raise` of the frame's own.
  /// - Returns: nil where a frame has just ended by it, which has said so.
  private func kind(of raised: RaisedEvent, _ name: Bytes, isHere: Bool, _ state: FrameState)
    -> TraceEvent.Kind?
  {
    let exception = raised.exception
    let way = leaving.arrived(exception.identity)
    let isKnown = state.thrown?.contains { $0.identity == exception.identity } == true
    // One that `except*` has put together has been nowhere yet.
    guard
      isKnown || way == .left && exception.isGroup
        || way != .changed && context.code.hasRaised(exception, raised.traceback)
    else {
      return .exception(
        .raised, exception: context.options.texts.text(ofException: exception.object))
    }
    return way == .left && !isHere ? nil : .exception(.raisedAgain, exception: name)
  }

  /// A frame ends by an exception.
  /// - Parameter exception: nil where the interpreter does not say which.
  func left(
    _ state: FrameState, _ entry: CodeEntry, _ frame: Frame, by exception: ExceptionValue?
  ) {
    let last = state.thrown?.last
    // Without one that has come to it, it is its caller's, by a bare `raise`.
    let handled = last == nil && exception == nil ? ExceptionValue.handled : nil
    var thrown = exception
    if thrown == nil { thrown = ExceptionValue(borrowed(handled)) }
    let way = way(of: thrown, last)
    var name = last?.name ?? []
    if let thrown, way != .changed { name = context.typeName(of: thrown.object) }
    // The end of a `finally` has the line of what was tried, or of its last branch.
    let line = last?.hasRun == true ? state.line : state.line(in: frame)
    let identity = thrown?.identity ?? last?.identity ?? 0
    if state.thrown != nil, last?.isHandled ?? (state.passing != identity) {
      context.write(.exception(.raisedAgain, exception: name), at: line, of: entry, state)
    }
    context.write(.exception(.left, exception: name), at: line, of: entry, state)
    leaving.leave(by: identity, way)
    _ = consume handled
  }

  private func way(of thrown: ExceptionValue?, _ last: Thrown?) -> LeavingExceptions.Way {
    guard let last else { return .left }
    // What `except*` raises may be put together of what it has not caught.
    guard let thrown else { return last.handler == nil ? .left : .leftByAny }
    // A generator's StopIteration becomes a RuntimeError on its way out; what `except*` raises
    // is put together.
    let isSame = last.identity == thrown.identity
    return isSame || last.handler != nil || thrown.isGroup ? .left : .changed
  }

  // MARK: where frames run next

  /// Says what has become of the exceptions of a frame, which is about to run what it is at.
  func follow(
    _ state: FrameState, _ entry: CodeEntry, _ frame: Frame, isLine: Bool = false,
    isCaller: Bool = false
  ) {
    guard context.shows(.calls), state.thrown?.isEmpty != true else { return }
    guard let handlers = entry.handlers else {
      state.thrown = []
      return
    }
    let offset = Self.offset(of: frame)
    if handlers.isOnTheWay(at: offset) { return }
    let around = handlers.around(offset)
    if state.thrown == nil { meet(state, handlers, around, at: offset) }
    let say = { [context] (stage: TraceEvent.Stage, name: Bytes) in
      context.write(
        .exception(stage, exception: name), at: state.line, of: entry, state, isCaller: isCaller)
    }
    leaveHandlers(state, around, say)
    if let last = state.thrown?.last, let number = last.handler, number == around.first {
      enter(handlers.all[number], state, at: offset, isLine: isLine, say)
    }
    context.states.count(state)
  }

  /// Follows the exceptions of the frame in scope that has called what begins now.
  func followCaller(of frame: Frame) {
    guard context.states.holding > 0, let caller = context.code.caller(of: frame) else { return }
    if let state = context.known(caller.frame, caller.entry) {
      follow(state, caller.entry, caller.frame, isCaller: true)
    }
  }

  /// A frame that was entered before the trace began: what its handlers have is caught.
  private func meet(
    _ state: FrameState, _ handlers: Handlers, _ around: [Handlers.Number], at offset: Int
  ) {
    state.thrown = []
    guard !around.isEmpty, let handled = ExceptionValue.handled else { return }
    let exception = ExceptionValue(handled.borrowed)
    for number in around.reversed() {
      state.thrown?.append(
        Thrown(
          identity: exception.identity, name: context.typeName(of: exception.object),
          handler: number, clause: handlers.all[number].clause(at: offset) ?? 0, hasRun: true))
    }
    _ = consume handled
  }

  /// What is over of a frame's exceptions is forgotten. The last one of these has been
  /// caught, or has gone on to the handler that the frame is in by now: neither engine tells
  /// of a bare `raise`, or of the end of a `finally`.
  private func leaveHandlers(
    _ state: FrameState, _ around: [Handlers.Number], _ say: (TraceEvent.Stage, Bytes) -> Void
  ) {
    var gone: Thrown?
    while let last = state.thrown?.last, !around.contains(where: { $0 == last.handler }) {
      gone = gone ?? last
      if last.handler == nil { state.passing = last.identity }
      state.thrown?.removeLast()
    }
    if let landed = around.first, let last = gone ?? state.thrown?.last,
      state.thrown?.last?.handler != landed
    {
      if last.isHandled { say(.raisedAgain, last.name) }
      state.thrown?.append(Thrown(identity: last.identity, name: last.name, handler: landed))
    } else if let gone, gone.handler != nil, gone.clause == nil {
      say(.caught, gone.name)
    }
  }

  private func enter(
    _ handler: Handler, _ state: FrameState, at offset: Int, isLine: Bool,
    _ say: (TraceEvent.Stage, Bytes) -> Void
  ) {
    guard var last = state.thrown?.popLast() else { return }
    if handler.kind == .finally, isLine { last.hasRun = true }
    if let clause = handler.clause(at: offset), clause != last.clause {
      say(.caught, groupName(handler) ?? last.name)
      last.clause = clause
    }
    state.thrown?.append(last)
  }

  /// Of what an `except` has, where an `except*` before it has put that together.
  private func groupName(_ handler: Handler) -> Bytes? {
    guard handler.kind == .exception, let handled = ExceptionValue.handled else { return nil }
    let exception = ExceptionValue(handled.borrowed)
    let name = exception.isGroup ? context.typeName(of: exception.object) : nil
    _ = consume handled
    return name
  }
}
