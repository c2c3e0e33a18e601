import CPython
import PythonInterop
import TraceCore

/// Shows the calls, returns and exceptions of code in scope, and what its lines have changed.
class CallTracer: EventReceiver {
  final let context: FrameContext
  final let flow: ExceptionFlow
  final let hook: FrameHook
  private final let plain: PlainLines
  private final let looks: LineLooks

  init(_ options: DetailOptions, _ writer: TextWriter) {
    context = FrameContext(options, writer)
    flow = ExceptionFlow(context)
    hook = FrameHook(context)
    plain = PlainLines(context)
    looks = LineLooks(context)
  }

  private final var options: DetailOptions { context.options }

  override final var needsLines: Bool {
    context.shows(.lines) || context.shows(.values) || options.hookFunction != nil
      || context.writer.timesLines
  }

  // MARK: events

  /// What is to be said of the line before comes first.
  override func line(_ entry: CodeEntry, _ number: Int, at offset: Int?) {
    guard let frame = Frame.running, !plain.line(entry, number, frame, looks) else { return }
    if context.writer.timesLines { context.writer.endLine() }
    let state = settle(FrameEvent(.line, entry, frame, at: number))
    guard context.isInForce, PyErr_Occurred() == nil else { return }
    flow.follow(state, entry, frame, isLine: true)
    let isShown = context.shows(.lines) && context.writer.isShallow && entry.file.shows(number)
    (state.line, state.isPrinted) = (number, isShown)
    context.positions.set(entry, number, isPrinted: isShown)
    begin(entry, number, frame, state)
  }

  /// A line is about to run.
  final func begin(_ entry: CodeEntry, _ number: Int, _ frame: Frame, _ state: FrameState) {
    if state.isPrinted {
      context.writer.values = looks.begin(entry, number, frame, state)
      return context.write(.line(hasRun: false), at: number, of: entry)
    }
    if context.writer.timesLines { context.writer.beginUnseen() }
  }

  override final func called(_ entry: CodeEntry, _ frame: Frame, isNew: Bool, at offset: Int?) {
    let number = isNew ? entry.firstLine : entry.line(at: offset, of: frame)
    flow.followCaller(of: frame)
    let state =
      isNew ? begin(entry, frame, number) : settle(FrameEvent(.resume, entry, frame, at: number))
    guard context.showsCall(of: state) else { return }
    let kind: TraceEvent.Kind =
      isNew ? .call(arguments: arguments(of: entry, in: frame)) : .resume
    context.write(kind, at: number, of: entry, state)
  }

  private final func begin(_ entry: CodeEntry, _ frame: Frame, _ number: Int) -> FrameState {
    plain.leave()
    let state = context.states.meet(frame, entry.code, line: number)
    state.thrown = []
    state.isPrinted = context.shows(.lines)
    if context.shows(.calls) { lookAt(state, entry, frame) }
    hook.call(FrameEvent(.call, entry, frame, at: number), state)
    return state
  }

  override final func returned(
    _ entry: CodeEntry, _ frame: Frame, _ value: Borrowed, isYield: Bool, at offset: Int?
  ) {
    let line = entry.line(at: offset, of: frame)
    let state = settle(FrameEvent(isYield ? .yield : .return, entry, frame, at: line, value))
    flow.follow(state, entry, frame)
    let number = line > 0 ? line : state.line
    if context.showsCall(of: state) {
      let value = isYield ? unwrapped(value, of: entry) : value
      let text = options.texts.text(of: value, isSecret: entry.returnsSecret)
      context.write(
        isYield ? .yield(value: text) : .return(value: text), at: number, of: entry, state)
    }
    state.waits = isYield
    if !isYield { context.states.forget(state) }
    hook.goBack(from: frame)
  }

  override final func raised(_ entry: CodeEntry, _ frame: Frame, _ raised: RaisedEvent) {
    let state = settle(
      FrameEvent(.raise, entry, frame, at: frame.line, raised.exception.object))
    if context.shows(.calls) { flow.raised(raised, state, entry, frame) }
  }

  override final func unwound(_ entry: CodeEntry, _ frame: Frame, _ exception: ExceptionValue?) {
    let state = settle(FrameEvent(.leave, entry, frame, at: frame.line))
    if context.shows(.calls) { flow.left(state, entry, frame, by: exception) }
    context.states.forget(state)
    hook.goBack(from: frame)
  }

  // MARK: what they share

  /// Says what has changed since the last event: what the function of Python's has found,
  /// and in the frame itself.
  /// - Returns: what is known of the frame.
  @inline(never)
  final func settle(_ event: FrameEvent) -> FrameState {
    plain.leave()
    let (entry, frame) = (event.entry, event.frame)
    let known = context.known(frame, entry)
    if let known, known.waits { resumed(known, event) }
    let state = known ?? context.states.meet(frame, entry.code, line: frame.line)
    var changes = lookAt(state, entry, frame)
    let inner = looks.end(state, frame)
    if !inner.isEmpty { changes += changes.isEmpty ? inner : Bytes(", ") + inner }
    DeferredException.pending.raiseAgain()
    // Whoever resumes a frame has run before it.
    let isOwn = known != nil && event.kind != .resume
    let found = hook.call(event, state, isOwn: isOwn)
    // A frame that was entered before the trace began has had no changes so far.
    if known != nil, changes != found { noteChanges(changes, state, entry) }
    return state
  }

  /// A frame that has yielded goes on.
  final func resumed(_ state: FrameState, _ event: FrameEvent) {
    state.waits = false
    guard Interpreter.resumesSilentlyAfterThrow, event.kind != .resume else { return }
    flow.followCaller(of: event.frame)
    hook.call(FrameEvent(.resume, event.entry, event.frame, at: state.line), state)
    if context.shows(.calls) { context.write(.resume, at: state.line, of: event.entry, state) }
  }

  /// Writes what a line has changed, unless the line itself is not shown.
  private final func noteChanges(_ changes: Bytes, _ state: FrameState, _ entry: CodeEntry) {
    guard !changes.isEmpty, state.isPrinted, context.writer.isShallow else { return }
    context.write(.change(changes), at: state.line, of: entry)
  }

  @discardableResult
  private final func lookAt(_ state: FrameState, _ entry: CodeEntry, _ frame: Frame) -> Bytes {
    guard context.shows(.values), let variables = entry.variables else { return [] }
    return state.seen.changes(of: variables, in: frame, options.texts)
  }

  private static var usualLength: Int { 120 }

  /// `number=4, *rest=(), last=None, **names={}`
  private final func arguments(of entry: CodeEntry, in frame: Frame) -> Bytes {
    guard let variables = entry.variables else { return [] }
    var text = Bytes()
    text.reserveCapacity(Self.usualLength)
    for index in variables.signature where variables.isShown(index) {
      if !text.isEmpty { text.append(", ") }
      text.append(variables.stars(index))
      text.append(contentsOf: variables.all[index].text)
      text.append("=")
      let value = variables.argument(index, in: frame)
      options.texts.append(value.borrowed, isSecret: variables.isSecret(index), to: &text)
      _ = consume value
    }
    return text
  }

  /// What an asynchronous generator has yielded.
  private final func unwrapped(_ value: Borrowed, of entry: CodeEntry) -> Borrowed {
    guard entry.variables?.wrapsYielded == true,
      context.typeName(of: value) == Bytes("async_generator_wrapped_value")
    else { return value }
    return cpython_first_referent(value) ?? value
  }

  // MARK: frames

  override final func knows(_ frame: Frame) -> Bool {
    context.states.known(frame, frame.code) != nil
  }

  override final func isInner(_ frame: Frame) -> Bool {
    context.states.known(frame, frame.code)?.isInner ?? false
  }

  override final func programBegins(in frame: Frame, above hidden: Frame?) throws(PythonError) {
    try putBelow(callersOf: frame)
    guard let hidden else { return }
    putBelow(hidden)
    try putBelow(callersOf: hidden)
  }

  private final func putBelow(callersOf frame: Frame) throws(PythonError) {
    try frame.forEachCaller { caller in
      putBelow(caller)
      return true
    }
  }

  private final func putBelow(_ frame: Frame) {
    let code = frame.code
    guard context.code.isTraced(code) else { return }
    plain.leave()
    let state =
      context.states.known(frame, code) ?? context.states.meet(frame, code, line: frame.line)
    state.isBelow = true
  }

  override final var functions: [Borrowed?] { options.functions }
  override final func forgetFunctions() { options.forgetFunctions() }
}
