import CPython
import PythonInterop

/// A frame evaluation function (PEP 523) that takes our trace function away while a frame of
/// code out of scope runs, and puts it in place for one in scope. Code out of scope runs as
/// if there was no trace.
///
/// A frame that ends leaves things as it has found them, as its caller had them. Where
/// another trace or profile function has been set meanwhile, which is to get every event of
/// every frame, or another scope, nothing is switched: our function stays.
struct FrameEvaluation {
  fileprivate let api: CPython311
  fileprivate let functions: UnsafeMutablePointer<TraceFunctions>
  /// The one for threads that have no other.
  fileprivate let trace: cpython_trace_function
  /// Where the interpreter keeps its function.
  fileprivate let slot: UnsafePointer<UInt>
  /// Where code objects keep what has been decided about them: of `co_extra`, our place.
  fileprivate let place: Int
  /// Frames are switched on and off.
  fileprivate(set) var isOn = false
  /// Another number whenever the frames that run are not what they were entered as.
  fileprivate var epoch = 0
  /// `Session.generation`: decisions of another one do not count.
  fileprivate var generation: UInt = 0
  fileprivate var stack = ThreadStack()
  /// `HotState.countsCalls`
  fileprivate var countsCalls = false
  /// The thread whose recursion is too deep for frames to be evaluated by us.
  fileprivate var suspended: ThreadState?

  /// Set once, before the function is.
  nonisolated(unsafe) fileprivate static var shared: UnsafeMutablePointer<FrameEvaluation>?

  static func make(_ functions: UnsafeMutablePointer<TraceFunctions>)
    -> UnsafeMutablePointer<FrameEvaluation>?
  {
    let api = functions.pointee.api
    let place = api.requestExtra(nil)
    guard place >= 0, let slot = slot(api) else { return nil }
    let made = UnsafeMutablePointer<FrameEvaluation>.allocate(capacity: 1)
    made.initialize(to: FrameEvaluation(functions, slot, place))
    shared = made
    return made
  }

  private init(
    _ functions: UnsafeMutablePointer<TraceFunctions>, _ slot: UnsafePointer<UInt>, _ place: Int
  ) {
    (self.functions, self.slot, self.place) = (functions, slot, place)
    api = functions.pointee.api
    trace = functions.pointee.ours[0]
  }

  /// Looked for while ours is there: among the first of the interpreter's fields, of which
  /// it has 100 kB.
  private static func slot(_ api: CPython311) -> UnsafePointer<UInt>? {
    let interpreter = CPython311.interpreter
    let before = api.getEvaluate(interpreter)
    api.setEvaluate(interpreter, evaluateFrame)
    defer { api.setEvaluate(interpreter, before) }
    let fields = UnsafePointer<UInt>(OpaquePointer(interpreter))
    return (0..<512).first { fields[$0] == address }.map { fields + $0 }
  }

  /// Of our function.
  fileprivate static var address: UInt { unsafeBitCast(evaluateFrame, to: UInt.self) }

  fileprivate var isOurs: Bool { slot.pointee == Self.address }
  fileprivate var isFree: Bool {
    isOurs
      || unsafeBitCast(api.getEvaluate(CPython311.interpreter), to: UInt.self)
        == unsafeBitCast(api.evaluateDefault, to: UInt.self)
  }
}

// MARK: on and off

extension UnsafeMutablePointer<FrameEvaluation> {
  /// - Returns: whether ours is in place; somebody else's is left alone.
  func start() -> Bool {
    guard pointee.isFree else { return false }
    resume()
    if Interpreter.hasSeveralStacks { traceAll() }
    return true
  }

  func stop() {
    pointee.isOn = false
    pointee.suspended = nil
    pointee.epoch &+= 1
    if pointee.isOurs { setDefault() }
  }

  /// The scope may be another.
  func noteScope() {
    generation(of: pointee.functions.pointee.hot.pointee.tracer.session)
  }

  private func generation(of session: Session?) {
    pointee.generation = UInt(session?.generation ?? 0)
  }

  private func setDefault() {
    pointee.api.setEvaluate(CPython311.interpreter, pointee.api.evaluateDefault)
  }

  /// In the child, after a fork: the thread that was deep down may not be there. If it is,
  /// its next frame suspends again.
  func forked() {
    if pointee.suspended != nil { resume() }
  }

  fileprivate func resume() {
    noteScope()
    pointee.countsCalls = pointee.functions.pointee.hot.pointee.countsCalls
    pointee.suspended = nil
    pointee.isOn = true
    pointee.epoch &+= 1
    pointee.api.setEvaluate(CPython311.interpreter, evaluateFrame)
  }

  /// Calls take no C stack from here on, and all frames are traced, until this thread has
  /// come up again.
  fileprivate func suspend(_ thread: ThreadState) {
    traceAll()
    setDefault()
    pointee.suspended = thread
  }

  /// Leaves our trace function in place everywhere. The other one stays too, to meet new
  /// threads.
  fileprivate func traceAll() {
    pointee.isOn = false
    pointee.epoch &+= 1
    for thread in pointee.api.threads { pointee.functions.pointee.set(in: thread) }
  }
}

// MARK: the frames

/// `_PyFrameEvalFunction`.
private let evaluateFrame: cpython311_evaluate = { thread, frame, throwing in
  let evaluation = FrameEvaluation.shared.unsafelyUnwrapped
  return evaluation.isThrown(frame, throwing)
    ? evaluation.evaluateThrown(thread, frame, throwing)
    : evaluation.evaluateInScope(thread, frame, throwing)
}

extension UnsafeMutablePointer<FrameEvaluation> {
  /// With the trace function that the frame is to have. Takes no C stack beside its caller's.
  @inline(__always)
  fileprivate func evaluateInScope(
    _ thread: ThreadState, _ frame: UnsafeMutablePointer<cpython311_frame>, _ throwing: CInt
  ) -> Borrowed? {
    if !switches(thread) {
      settle(thread)
      if !switches(thread) { return evaluate(thread, frame, throwing) }
    }
    let epoch = pointee.epoch
    let isInScope = isInScope(frame.pointee.code)
    // To find that out Python code may have run.
    guard pointee.epoch == epoch else { return evaluate(thread, frame, throwing) }
    let wasOn = isOn(thread)
    switchTrace(isInScope, thread)
    let result = pointee.api.evaluateDefault(thread, frame, throwing)
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
  fileprivate func isThrown(_ frame: UnsafeMutablePointer<cpython311_frame>, _ throwing: CInt)
    -> Bool
  {
    pointee.countsCalls && (throwing != 0 || frame.goesOnSilently)
  }

  @inline(never)
  fileprivate func evaluateThrown(
    _ thread: ThreadState, _ frame: UnsafeMutablePointer<cpython311_frame>, _ throwing: CInt
  ) -> Borrowed? {
    let tracer = pointee.functions.pointee.hot.pointee.tracer
    let known = tracer.beginThrow(
      waiting: waiting(in: thread) + (throwing != 0 ? 0 : itself(frame)))
    defer { tracer.endThrow(known) }
    return evaluateInScope(thread, frame, throwing)
  }

  /// 1 for a frame in scope: that it goes on is said by no event, that it ends is.
  private func itself(_ frame: UnsafeMutablePointer<cpython311_frame>) -> Int {
    pointee.functions.pointee.hot.pointee.tracer.isTraced(frame.pointee.code) ? 1 : 0
  }

  /// How many frames in scope wait for the next one in a `yield from` or an `await`.
  private func waiting(in thread: ThreadState) -> Int {
    let tracer = pointee.functions.pointee.hot.pointee.tracer
    var count = 0
    var below = thread.pointee.stack.pointee.current_frame
    while let waiting = below, waiting.waits {
      if tracer.isTraced(waiting.pointee.code) { count += 1 }
      below = waiting.pointee.previous
    }
    return count
  }

  /// Whether there is nothing but us: nobody else who traces or profiles, nobody who
  /// evaluates frames before us, no other C stack below.
  @inline(__always)
  fileprivate func switches(_ thread: ThreadState) -> Bool {
    let stack = thread.pointee.stack
    return pointee.isOn
      && (isAlone(thread) || thread.isUntraced && stack.pointee.current_frame != nil)
      && thread.pointee.profile_function == nil && thread.pointee.tracing == 0 && pointee.isOurs
      && !stack.isAnother && !pointee.stack.isUsedUp()
  }

  @inline(__always)
  fileprivate func isAsBefore(_ thread: ThreadState, _ epoch: Int, _ isInScope: Bool) -> Bool {
    pointee.epoch == epoch && (isAlone(thread) || thread.isUntraced && !isInScope)
      && thread.pointee.profile_function == nil && pointee.isOurs
  }

  @inline(__always)
  private func isAlone(_ thread: ThreadState) -> Bool {
    unsafeBitCast(thread.pointee.trace_function, to: UInt.self)
      == unsafeBitCast(pointee.trace, to: UInt.self)
  }

  /// Whether our function is in place for the frame that runs, or has to be: C code may have
  /// taken it away.
  @inline(__always)
  fileprivate func isOn(_ thread: ThreadState) -> Bool {
    guard thread.isUntraced, let caller = thread.pointee.stack.pointee.current_frame else {
      return true
    }
    return isKnownInScope(caller.pointee.code)
  }

  @inline(__always)
  fileprivate func switchTrace(_ isOn: Bool, _ thread: ThreadState) {
    thread.pointee.trace_function = isOn ? pointee.trace : nil
    thread.pointee.stack.pointee.use_tracing = isOn ? .tracing : .notTracing
  }

  @inline(never)
  fileprivate func evaluate(
    _ thread: ThreadState, _ frame: UnsafeMutablePointer<cpython311_frame>, _ throwing: CInt
  ) -> Borrowed? {
    let result = pointee.api.evaluateDefault(thread, frame, throwing)
    leave(thread, frame)
    return result
  }

  /// Does what there is to be done before a frame that is not like others.
  @inline(never)
  fileprivate func settle(_ thread: ThreadState) {
    guard isTraceOn else { return }
    let stack = thread.pointee.stack
    let isTaken = !thread.isUntraced
    setFunction(in: thread, noticedAt: isTaken ? stack.pointee.current_frame : nil)
    guard pointee.isOn else { return }
    if !pointee.isOurs || stack.isAnother {
      traceAll()
    } else if pointee.stack.isUsedUp() {
      suspend(thread)
    }
  }

  /// The same after it.
  @inline(never)
  fileprivate func leave(
    _ thread: ThreadState, _ frame: UnsafeMutablePointer<cpython311_frame>
  ) {
    guard isTraceOn else { return }
    setFunction(in: thread, noticedAt: frame)
    if pointee.isOn, !pointee.isOurs {
      traceAll()
      sayMissing("another frame evaluation function has been set")
    }
    if pointee.suspended == thread, pointee.stack.isFreeAgain() {
      resume()
      pointee.functions.pointee.setEverywhere()
    }
  }

  private var isTraceOn: Bool { pointee.functions.pointee.hot.pointee.isOn }

  /// For a thread that is met at its first frame, and where another function has been set
  /// meanwhile. If by C code that a frame in scope has called, its next lines were missed.
  private func setFunction(
    in thread: ThreadState, noticedAt frame: UnsafeMutablePointer<cpython311_frame>?
  ) {
    // Python code that a trace function calls, or an audit hook, is not traced.
    if thread.isUntraced, thread.pointee.tracing != 0 { return }
    if pointee.functions.pointee.areSet(in: thread) { return }
    pointee.functions.pointee.set(in: thread)
    // As a thread's state is cleared, and at the interpreter's end, nobody has set another.
    guard thread.pointee.trace_function != nil, pointee.api.isFinalizing() == 0 else { return }
    if let frame, isKnownInScope(frame.pointee.code) {
      sayMissing("a trace function was set in C by traced code")
    }
  }

  private func sayMissing(_ why: StaticString) {
    pointee.functions.pointee.hot.pointee.tracer.missLines(why)
  }
}

extension UnsafeMutablePointer<cpython311_frame> {
  private static var jumpBackwardNoInterrupt: UInt8 { 134 }
  private static var ownedByGenerator: CChar { 1 }

  /// Whether the frame is a generator's that goes on behind a `yield from` or an `await`:
  /// what it has waited for has ended by an exception that was thrown into it.
  /// `_gen_throw` has moved the frame to the jump at the end of that loop.
  fileprivate var goesOnSilently: Bool {
    guard pointee.owner == Self.ownedByGenerator, let last = pointee.instruction else {
      return false
    }
    return last.load(as: UInt8.self) == Self.jumpBackwardNoInterrupt
  }

  private static var yieldValue: UInt8 { 86 }

  /// Whether it is a generator's that does not itself run.
  fileprivate var waits: Bool {
    guard pointee.owner == Self.ownedByGenerator, let last = pointee.instruction else {
      return false
    }
    return last.load(as: UInt8.self) == Self.yieldValue
  }
}

private typealias CallStack = UnsafeMutablePointer<cpython311_stack>

extension CallStack {
  /// The first frame on a C stack that is not the thread's own: greenlet switches between
  /// several, and a frame that goes on has the trace function of the one before.
  fileprivate var isAnother: Bool { pointee.current_frame == nil && pointee.previous != nil }
}

// MARK: the scope

extension UnsafeMutablePointer<FrameEvaluation> {
  @inline(__always)
  fileprivate func isInScope(_ code: Borrowed) -> Bool {
    let decision = self.decision(code)
    return decision >> 1 == pointee.generation ? decision & 1 != 0 : decide(code)
  }

  fileprivate func isKnownInScope(_ code: Borrowed) -> Bool {
    let decision = decision(code)
    if decision >> 1 == pointee.generation { return decision & 1 != 0 }
    // A module's is decided as it runs.
    return pointee.functions.pointee.hot.pointee.tracer.isTraced(code)
  }

  /// The generation it is of, and in the last bit whether it is in scope.
  @inline(__always)
  private func decision(_ code: Borrowed) -> UInt {
    var decision: UInt = 0
    _ = pointee.api.getExtra(code, pointee.place, &decision)
    return decision
  }

  @inline(never)
  private func decide(_ code: Borrowed) -> Bool {
    let tracer = pointee.functions.pointee.hot.pointee.tracer
    guard let isInScope = tracer.foresee(code), let session = tracer.session else { return true }
    generation(of: session)
    _ = pointee.api.setExtra(code, pointee.place, pointee.generation << 1 | (isInScope ? 1 : 0))
    return isInScope
  }
}
