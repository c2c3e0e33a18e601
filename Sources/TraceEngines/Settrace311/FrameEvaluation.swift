import CPython
import PythonInterop
import TraceCore

/// A frame evaluation function (PEP 523) that takes our trace function away while a frame of
/// code out of scope runs, and puts it in place for one in scope. Code out of scope runs as
/// if there was no trace.
///
/// A frame that ends leaves things as it has found them, as its caller had them. Where
/// another trace or profile function has been set meanwhile, which is to get every event of
/// every frame, or another scope, nothing is switched: our function stays.
struct FrameEvaluation {
  fileprivate let state: UnsafeMutablePointer<FrameEvaluationState>

  /// Finds the interpreter's function for frames (PEP 523); nil if the interpreter is not laid out
  /// as expected.
  init?(_ functions: TraceFunctions) {
    let api = functions.api
    let index = api.requestExtra(nil)
    guard index >= 0, let slot = FrameEvaluationState.slot(api) else { return nil }
    state = .allocate(capacity: 1)
    state.initialize(to: FrameEvaluationState(functions, slot, index))
    shared = state
  }

  fileprivate init(_ state: UnsafeMutablePointer<FrameEvaluationState>) { self.state = state }

  /// Frames are switched on and off.
  var isOn: Bool { state.pointee.isOn }
}

/// Set once, before the function is.
nonisolated(unsafe) private var shared: UnsafeMutablePointer<FrameEvaluationState>?

/// What a frame evaluation reads and writes.
private struct FrameEvaluationState {
  let api: CPython311
  let functions: TraceFunctions
  /// The one for threads that have no other.
  let trace: cpython_trace_function
  /// The address at which the interpreter keeps its function.
  let slot: UnsafePointer<UInt>
  /// Which of a code object's `co_extra` has what has been decided about it.
  let index: Int
  var isOn = false
  /// Another number whenever the frames that run are not what they were entered as.
  var epoch = 0
  /// `Session.generation`: decisions of another one do not count.
  var generation: UInt = 0
  var stack = ThreadStack()
  /// `HotState.countsCalls`
  var countsCalls = false
  /// The thread whose recursion is too deep for frames to be evaluated by us.
  var suspended: ThreadState?

  init(_ functions: TraceFunctions, _ slot: UnsafePointer<UInt>, _ index: Int) {
    (self.functions, self.slot, self.index) = (functions, slot, index)
    api = functions.api
    trace = functions.first
  }

  /// Looked for while ours is there: among the first of the interpreter's fields, of which
  /// it has 100 kB.
  static func slot(_ api: CPython311) -> UnsafePointer<UInt>? {
    let interpreter = CPython311.interpreter
    let before = api.getEvaluate(interpreter)
    api.setEvaluate(interpreter, evaluateFrame)
    defer { api.setEvaluate(interpreter, before) }
    let fields = UnsafePointer<UInt>(OpaquePointer(interpreter))
    return (0..<512).first { fields[$0] == address }.map { fields + $0 }
  }

  /// The address of our function.
  static var address: UInt { unsafeBitCast(evaluateFrame, to: UInt.self) }

  var isOurs: Bool { slot.pointee == Self.address }
  var isFree: Bool {
    isOurs
      || unsafeBitCast(api.getEvaluate(CPython311.interpreter), to: UInt.self)
        == unsafeBitCast(api.evaluateDefault, to: UInt.self)
  }
}

// MARK: on and off

extension FrameEvaluation {
  fileprivate var tracer: Tracer { state.pointee.functions.hot.tracer }

  /// - Returns: whether ours is in place; somebody else's is left alone.
  func start() -> Bool {
    guard state.pointee.isFree else { return false }
    resume()
    if Interpreter.hasSeveralStacks { traceAll() }
    return true
  }

  func stop() {
    state.pointee.isOn = false
    state.pointee.suspended = nil
    state.pointee.epoch &+= 1
    if state.pointee.isOurs { setDefault() }
  }

  /// The scope may be another.
  func noteScope() {
    generation(of: tracer.session)
  }

  private func generation(of session: Session?) {
    state.pointee.generation = UInt(session?.generation ?? 0)
  }

  private func setDefault() {
    state.pointee.api.setEvaluate(CPython311.interpreter, state.pointee.api.evaluateDefault)
  }

  /// In the child, after a fork: the thread that was deep down may not be there. If it is,
  /// its next frame suspends again.
  func forked() {
    if state.pointee.suspended != nil { resume() }
  }

  fileprivate func resume() {
    noteScope()
    state.pointee.countsCalls = state.pointee.functions.hot.state.pointee.countsCalls
    state.pointee.suspended = nil
    state.pointee.isOn = true
    state.pointee.epoch &+= 1
    state.pointee.api.setEvaluate(CPython311.interpreter, evaluateFrame)
  }

  /// Calls take no C stack from here on, and all frames are traced, until this thread has
  /// come up again.
  fileprivate func suspend(_ thread: ThreadState) {
    traceAll()
    setDefault()
    state.pointee.suspended = thread
  }

  /// Leaves our trace function in place everywhere. The other one stays too, to meet new
  /// threads.
  fileprivate func traceAll() {
    state.pointee.isOn = false
    state.pointee.epoch &+= 1
    for thread in state.pointee.api.threads { state.pointee.functions.set(in: thread) }
  }
}

// MARK: the frames

/// `_PyFrameEvalFunction`.
private let evaluateFrame: cpython311_evaluate = { thread, frame, throwing in
  let evaluation = FrameEvaluation(shared.unsafelyUnwrapped)
  let (thread, frame) = (ThreadState(thread), RunningFrame(frame))
  return evaluation.isThrown(frame, throwing)
    ? evaluation.evaluateThrown(thread, frame, throwing)
    : evaluation.evaluateInScope(thread, frame, throwing)
}

extension FrameEvaluation {
  /// With the trace function that the frame is to have. Takes no C stack beside its caller's.
  @inline(__always)
  fileprivate func evaluateInScope(
    _ thread: ThreadState, _ frame: RunningFrame, _ throwing: CInt
  ) -> Borrowed? {
    if !switches(thread) {
      settle(thread)
      if !switches(thread) { return evaluate(thread, frame, throwing) }
    }
    let epoch = state.pointee.epoch
    let isInScope = isInScope(frame.code)
    // To find that out Python code may have run.
    guard state.pointee.epoch == epoch else { return evaluate(thread, frame, throwing) }
    let wasOn = isOn(thread)
    switchTrace(isInScope, thread)
    let result = state.pointee.api.evaluateDefault(thread.pointer, frame.pointer, throwing)
    if isAsBefore(thread, epoch, isInScope) {
      switchTrace(wasOn, thread)
    } else {
      leave(thread, frame)
    }
    return result
  }

  /// Whether a frame goes on by an exception that was thrown into it, or into what it waits
  /// for: no event may say so, and the frames beneath it are others than those it has left.
  @inline(__always)
  fileprivate func isThrown(_ frame: RunningFrame, _ throwing: CInt)
    -> Bool
  {
    state.pointee.countsCalls && (throwing != 0 || frame.goesOnSilently)
  }

  @inline(never)
  fileprivate func evaluateThrown(
    _ thread: ThreadState, _ frame: RunningFrame, _ throwing: CInt
  ) -> Borrowed? {
    let known = tracer.calls.beginThrow(
      waiting: waiting(in: thread) + (throwing != 0 ? 0 : itself(frame)))
    defer { tracer.calls.endThrow(known) }
    return evaluateInScope(thread, frame, throwing)
  }

  /// 1 for a frame in scope: that it goes on is said by no event, that it ends is.
  private func itself(_ frame: RunningFrame) -> Int {
    tracer.code.isTraced(frame.code) ? 1 : 0
  }

  /// How many frames in scope wait for the next one in a `yield from` or an `await`.
  private func waiting(in thread: ThreadState) -> Int {
    var count = 0
    var below = thread.stack.frame
    while let waiting = below, waiting.waits {
      if tracer.code.isTraced(waiting.code) { count += 1 }
      below = waiting.previous
    }
    return count
  }

  /// Whether there is nothing but us: nobody else who traces or profiles, nobody who
  /// evaluates frames before us, no other C stack below.
  @inline(__always)
  fileprivate func switches(_ thread: ThreadState) -> Bool {
    let stack = thread.stack
    return state.pointee.isOn
      && (isAlone(thread) || thread.isUntraced && stack.frame != nil)
      && thread.pointer.pointee.profile_function == nil && thread.pointer.pointee.tracing == 0
      && state.pointee.isOurs
      && !stack.isAnother && !state.pointee.stack.isUsedUp()
  }

  @inline(__always)
  fileprivate func isAsBefore(_ thread: ThreadState, _ epoch: Int, _ isInScope: Bool) -> Bool {
    state.pointee.epoch == epoch && (isAlone(thread) || thread.isUntraced && !isInScope)
      && thread.pointer.pointee.profile_function == nil && state.pointee.isOurs
  }

  @inline(__always)
  private func isAlone(_ thread: ThreadState) -> Bool {
    unsafeBitCast(thread.pointer.pointee.trace_function, to: UInt.self)
      == unsafeBitCast(state.pointee.trace, to: UInt.self)
  }

  /// Whether our function is in place for the frame that runs, or has to be: C code may have
  /// taken it away.
  @inline(__always)
  fileprivate func isOn(_ thread: ThreadState) -> Bool {
    guard thread.isUntraced, let caller = thread.stack.frame else {
      return true
    }
    return isKnownInScope(caller.code)
  }

  @inline(__always)
  fileprivate func switchTrace(_ isOn: Bool, _ thread: ThreadState) {
    thread.pointer.pointee.trace_function = isOn ? state.pointee.trace : nil
    thread.stack.pointer.pointee.use_tracing = isOn ? .tracing : .notTracing
  }

  @inline(never)
  fileprivate func evaluate(
    _ thread: ThreadState, _ frame: RunningFrame, _ throwing: CInt
  ) -> Borrowed? {
    let result = state.pointee.api.evaluateDefault(thread.pointer, frame.pointer, throwing)
    leave(thread, frame)
    return result
  }

  /// Does what there is to be done before a frame that is not like others.
  @inline(never)
  fileprivate func settle(_ thread: ThreadState) {
    guard isTraceOn else { return }
    let stack = thread.stack
    let isTaken = !thread.isUntraced
    setFunction(in: thread, noticedAt: isTaken ? stack.frame : nil)
    guard state.pointee.isOn else { return }
    if !state.pointee.isOurs || stack.isAnother {
      traceAll()
    } else if state.pointee.stack.isUsedUp() {
      suspend(thread)
    }
  }

  /// Puts the thread's trace function in order as a frame ends.
  @inline(never)
  fileprivate func leave(
    _ thread: ThreadState, _ frame: RunningFrame
  ) {
    guard isTraceOn else { return }
    setFunction(in: thread, noticedAt: frame)
    if state.pointee.isOn, !state.pointee.isOurs {
      traceAll()
      sayMissing("another frame evaluation function has been set")
    }
    if state.pointee.suspended == thread, state.pointee.stack.isFreeAgain() {
      resume()
      state.pointee.functions.setEverywhere()
    }
  }

  private var isTraceOn: Bool { state.pointee.functions.hot.isOn }

  /// For a thread that is met at its first frame, and where another function has been set
  /// meanwhile. If by C code that a frame in scope has called, its next lines were missed.
  private func setFunction(
    in thread: ThreadState, noticedAt frame: RunningFrame?
  ) {
    // Python code that a trace function calls, or an audit hook, is not traced.
    if thread.isUntraced, thread.pointer.pointee.tracing != 0 { return }
    if state.pointee.functions.areSet(in: thread) { return }
    state.pointee.functions.set(in: thread)
    // As a thread's state is cleared, and at the interpreter's end, nobody has set another.
    guard thread.pointer.pointee.trace_function != nil, state.pointee.api.isFinalizing() == 0 else {
      return
    }
    if let frame, isKnownInScope(frame.code) {
      sayMissing("a trace function was set in C by traced code")
    }
  }

  private func sayMissing(_ why: StaticString) {
    tracer.missLines(why)
  }
}

// MARK: the scope

extension FrameEvaluation {
  @inline(__always)
  fileprivate func isInScope(_ code: CodeObject) -> Bool {
    let decision = self.decision(code)
    return decision >> 1 == state.pointee.generation ? decision & 1 != 0 : decide(code)
  }

  fileprivate func isKnownInScope(_ code: CodeObject) -> Bool {
    let decision = decision(code)
    if decision >> 1 == state.pointee.generation { return decision & 1 != 0 }
    // A module's is decided as it runs.
    return tracer.code.isTraced(code)
  }

  /// The generation it is of, and in the last bit whether it is in scope.
  @inline(__always)
  private func decision(_ code: CodeObject) -> UInt {
    var decision: UInt = 0
    _ = state.pointee.api.getExtra(code.object, state.pointee.index, &decision)
    return decision
  }

  @inline(never)
  private func decide(_ code: CodeObject) -> Bool {
    guard let isInScope = tracer.foresee(code), let session = tracer.session else { return true }
    generation(of: session)
    _ = state.pointee.api.setExtra(
      code.object, state.pointee.index, state.pointee.generation << 1 | (isInScope ? 1 : 0))
    return isInScope
  }
}
