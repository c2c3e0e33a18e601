import CPython
import PythonInterop

/// The trace functions of the threads: ours, and with each the one that the program
/// itself has set, in Python or in C, which is called on.
///
/// Only the function in a thread's state is replaced, not the object that goes with it:
/// `sys.gettrace()` shows what the program has set, and the interpreter itself hands the
/// object on. Which one of ours it is says which one is called on: a program has one or
/// two, `sys.settrace`'s own first of all, and nothing has to be kept for a thread.
final class TraceFunctions {
  /// How many functions of ours there are.
  private static let most = 8

  let api: CPython311
  let hot: HotPath
  /// `ours[n]` calls `theirs[n]` on; there is no `theirs[0]`.
  private let ours: UnsafeMutablePointer<cpython_trace_function>
  fileprivate let theirs: UnsafeMutablePointer<cpython_trace_function?>
  private var count = 1

  init(_ api: CPython311, _ hot: HotPath) {
    (self.api, self.hot) = (api, hot)
    ours = .allocate(capacity: Self.most)
    ours.initialize(repeating: trace, count: Self.most)
    // One by one: an array would be a table of addresses, each with a relocation.
    (ours[1], ours[2], ours[3], ours[4]) = (chain1, chain2, chain3, chain4)
    (ours[5], ours[6], ours[7]) = (chain5, chain6, chain7)
    theirs = .allocate(capacity: Self.most)
    theirs.initialize(repeating: nil, count: Self.most)
    (shared, hotState) = (self, hot.state)
  }

  /// The one for threads that have no other.
  var first: cpython_trace_function { ours[0] }

  func areSet(in thread: ThreadState) -> Bool {
    index(of: thread.pointer.pointee.trace_function, in: ours) != nil
  }

  private func index<F>(of function: cpython_trace_function?, in list: UnsafeMutablePointer<F>)
    -> Int?
  {
    let wanted = address(of: function)
    return (0..<count).first { unsafeBitCast(list[$0], to: UInt.self) == wanted }
  }

  // MARK: every thread

  /// From now on each thread calls one of ours, and theirs from there.
  func setEverywhere() {
    for thread in api.threads {
      set(in: thread)
      thread.showLines(.hidden, as: .shownToUsAlone)
    }
  }

  func unsetEverywhere() {
    for thread in api.threads {
      unset(in: thread)
      thread.showLines(.shownToUsAlone, as: .hidden)
    }
  }

  // MARK: one thread

  func setHere() {
    if let thread = ThreadState.current { set(in: thread) }
  }

  func set(in thread: ThreadState) {
    let function = thread.pointer.pointee.trace_function
    if areSet(in: thread) { return }
    // Its state has been cleared: the end is near.
    if function == nil, api.isFinalizing() != 0 { return }
    guard let index = index(for: function) else { return }
    thread.pointer.pointee.trace_function = ours[index]
    if function == nil { thread.updateTracing() }
  }

  func unset(in thread: ThreadState) {
    guard let index = index(of: thread.pointer.pointee.trace_function, in: ours) else { return }
    thread.pointer.pointee.trace_function = theirs[index]
    if theirs[index] == nil { thread.updateTracing() }
  }

  private func index(for function: cpython_trace_function?) -> Int? {
    if let known = index(of: function, in: theirs) { return known }
    guard count < Self.most else {
      hot.tracer.missLines("too many trace functions set in C")
      return nil
    }
    theirs[count] = function
    count += 1
    return count - 1
  }
}

private func address(of function: cpython_trace_function?) -> UInt {
  unsafeBitCast(function, to: UInt.self)
}

// MARK: the functions

/// Set once, before any of ours is set.
nonisolated(unsafe) private var shared: TraceFunctions?
nonisolated(unsafe) private var hotState: UnsafeMutablePointer<HotState>?

/// `Py_tracefunc`, where there is no other. Calls are passed over: code is asked about
/// at its first line, which also finds it in frames that were entered before. Fails only
/// where the handler of a signal has raised while the trace waited for its reader.
private let trace: cpython_trace_function = { _, frame, event, argument in
  guard let hotState else { return 0 }
  let (hot, frame) = (HotPath(hotState), Frame(frame))
  if event == cpython_trace_line, hotState.pointee.mode == .copied {
    return hot.traceLine(of: frame)
  }
  return otherEvent(hot, frame, event, argument)
}

@inline(never)
private func otherEvent(_ hot: HotPath, _ frame: Frame, _ event: CInt, _ argument: Borrowed?)
  -> CInt
{
  if event == cpython_trace_line, hot.isOn { return hot.traceAnyLine(of: frame) }
  if !hot.isOn { unsetHere() }
  if event == cpython_trace_call { FrameObject(frame).showLinesToUs(before: .shown) }
  return hot.state.pointee.countsCalls ? hot.countCalls(frame, event, argument) : 0
}

private let chain1: cpython_trace_function = { traceBoth(1, $0, $1, $2, $3) }
private let chain2: cpython_trace_function = { traceBoth(2, $0, $1, $2, $3) }
private let chain3: cpython_trace_function = { traceBoth(3, $0, $1, $2, $3) }
private let chain4: cpython_trace_function = { traceBoth(4, $0, $1, $2, $3) }
private let chain5: cpython_trace_function = { traceBoth(5, $0, $1, $2, $3) }
private let chain6: cpython_trace_function = { traceBoth(6, $0, $1, $2, $3) }
private let chain7: cpython_trace_function = { traceBoth(7, $0, $1, $2, $3) }

/// Theirs with its own object, and then ours: as from 3.12 on, a line is printed that a
/// debugger has let run, and not one that it has jumped away from.
private func traceBoth(
  _ index: Int, _ object: Borrowed?, _ frame: Borrowed, _ event: CInt, _ argument: Borrowed?
) -> CInt {
  guard let functions = shared, let theirs = functions.theirs[index] else { return 0 }
  let shows = FrameObject(Frame(frame)).sendsLines
  if event == cpython_trace_line, shows == .shownToUsAlone {
    return functions.traceUnseen(Frame(frame))
  }
  let status = theirs(object, frame, event, argument)
  functions.keepUp(FrameObject(Frame(frame)), event == cpython_trace_call ? .shown : shows)
  let hot = functions.hot
  if status == 0, hot.state.pointee.countsCalls, event != cpython_trace_line {
    return hot.countCalls(Frame(frame), event, argument)
  }
  guard status == 0, event == cpython_trace_line, hot.isOn else { return status }
  return hot.traceAnyLine(of: Frame(frame))
}

/// The one who set it has kept it, and has set it again after the end of the trace.
private func unsetHere() {
  guard let thread = ThreadState.current else { return }
  shared?.unset(in: thread)
}

extension TraceFunctions {
  /// A line that they do not want.
  fileprivate func traceUnseen(_ frame: Frame) -> CInt {
    guard hot.isOn else { return 0 }
    let status = hot.traceAnyLine(of: frame)
    if hot.state.pointee.isOutOfScope { FrameObject(frame).sendsLines = .hidden }
    return status
  }

  /// What they called may have set another function, or none, and may have said that it
  /// wants no lines of the frame: we do.
  fileprivate func keepUp(_ frame: FrameObject, _ shows: CChar) {
    if !hot.isOn { return unsetHere() }
    setHere()
    frame.showLinesToUs(before: shows)
  }
}

extension HotPath {
  /// A line that is copied.
  @inline(__always)
  fileprivate func traceLine(of frame: Frame) -> CInt {
    let code = frame.code
    if state.pointee.code == code, state.pointee.isOutOfScope { return 0 }
    let number = frame.line
    if printAtHand(code, number) || recordNumberAtHand(code, number) { return 0 }
    if state.pointee.isDetailed ? printUnchanged(code, number) : isRecalled(code, number) {
      return 0
    }
    return traceLine(code, number)
  }

  private func isRecalled(_ code: CodeObject, _ number: Int) -> Bool {
    state.pointee.recall(code) && takeAtHand(code, number)
  }

  /// One that may have to be written by itself.
  @inline(never)
  func traceAnyLine(of frame: Frame) -> CInt {
    if state.pointee.mode == .copied { return traceLine(of: frame) }
    let code = frame.code
    if state.pointee.code == code, state.pointee.isOutOfScope { return 0 }
    let number = frame.line
    if writeAtHand(code, number) { return PyErr_Occurred() == nil ? 0 : -1 }
    return traceLine(code, number)
  }

  @inline(never)
  private func traceLine(_ code: CodeObject, _ number: Int) -> CInt {
    if state.pointee.leavesLinesOut, let entry = tracer.code.entry(known: code), entry.isTraced,
      !entry.meetsExceptions
    {
      return 0
    }
    tracer.line(code, number)
    return PyErr_Occurred() == nil ? 0 : -1
  }

  /// A return may be a yield, or an exception.
  fileprivate func countCalls(_ frame: Frame, _ event: CInt, _ argument: Borrowed?) -> CInt {
    guard isOn else { return 0 }
    let code = frame.code
    if event == cpython_trace_call, isEntered(code) == true {
      entered(code)
      if state.pointee.isDetailed {
        tracer.called(code, isNew: FrameInstruction.begins(frame, tracer))
      }
    } else if event != cpython_trace_call,
      isInScope(code) || tracer.code.isTraced(code)
    {
      showEnd(frame, event, argument)
      if event == cpython_trace_return { left(isYield: false) }
    }
    return PyErr_Occurred() == nil ? 0 : -1
  }

  /// - Parameter argument: of an exception `(type, exception, traceback)`; of a return its value.
  private func showEnd(_ frame: Frame, _ event: CInt, _ argument: Borrowed?) {
    let code = frame.code
    if event == cpython_trace_exception {
      let error = argument.map { items(of: $0) } ?? []
      guard error.count == 3 else { return }
      let raised = RaisedEvent(exception: ExceptionValue(error[1]), traceback: error[2])
      if state.pointee.notesOrigins { tracer.noteOrigin(code, raised) }
      if state.pointee.isDetailed { tracer.raised(code, raised) }
    } else if event == cpython_trace_return, state.pointee.isDetailed {
      guard let argument else { return tracer.unwound(code, nil) }
      tracer.returned(code, argument, isYield: FrameInstruction.yields(frame))
    }
  }
}
