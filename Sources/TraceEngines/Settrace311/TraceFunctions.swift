import CPython
import PythonInterop

/// The trace functions of the threads: ours, and with each the one that the program
/// itself has set, in Python or in C, which is called on.
///
/// Only the function in a thread's state is replaced, not the object that goes with it:
/// `sys.gettrace()` shows what the program has set, and the interpreter itself hands the
/// object on. Which one of ours it is says which one is called on: a program has one or
/// two, `sys.settrace`'s own first of all, and nothing has to be kept for a thread.
struct TraceFunctions {
  /// How many functions of ours there are.
  static let most = 8

  let api: CPython311
  let hot: UnsafeMutablePointer<HotState>
  /// `ours[n]` calls `theirs[n]` on; there is no `theirs[0]`.
  let ours: UnsafeMutablePointer<cpython_trace_function>
  let theirs: UnsafeMutablePointer<cpython_trace_function?>
  private var count = 1

  /// Set once, before any of ours is set.
  nonisolated(unsafe) fileprivate static var shared: UnsafeMutablePointer<TraceFunctions>?

  static func make(_ api: CPython311, _ hot: UnsafeMutablePointer<HotState>)
    -> UnsafeMutablePointer<TraceFunctions>
  {
    let made = UnsafeMutablePointer<TraceFunctions>.allocate(capacity: 1)
    made.initialize(to: TraceFunctions(api, hot))
    (shared, hotState) = (made, hot)
    return made
  }

  private init(_ api: CPython311, _ hot: UnsafeMutablePointer<HotState>) {
    (self.api, self.hot) = (api, hot)
    let functions = [trace, chain1, chain2, chain3, chain4, chain5, chain6, chain7]
    ours = .allocate(capacity: Self.most)
    ours.initialize(from: functions, count: Self.most)
    theirs = .allocate(capacity: Self.most)
    theirs.initialize(repeating: nil, count: Self.most)
  }

  func areSet(in thread: ThreadState) -> Bool {
    place(of: thread.pointee.trace_function, in: ours) != nil
  }

  private func place<F>(of function: cpython_trace_function?, in list: UnsafeMutablePointer<F>)
    -> Int?
  {
    let wanted = address(of: function)
    return (0..<count).first { unsafeBitCast(list[$0], to: UInt.self) == wanted }
  }

  // MARK: every thread

  /// From now on each thread calls one of ours, and theirs from there.
  mutating func setEverywhere() {
    for thread in api.threads {
      set(in: thread)
      thread.showLines(.hidden, as: .shownToUsAlone)
    }
  }

  mutating func unsetEverywhere() {
    for thread in api.threads {
      unset(in: thread)
      thread.showLines(.shownToUsAlone, as: .hidden)
    }
  }

  // MARK: one thread

  mutating func setHere() {
    if let thread = ThreadState.current { set(in: thread) }
  }

  mutating func set(in thread: ThreadState) {
    let function = thread.pointee.trace_function
    if areSet(in: thread) { return }
    // Its state has been cleared: the end is near.
    if function == nil, api.isFinalizing() != 0 { return }
    guard let place = place(for: function) else { return }
    thread.pointee.trace_function = ours[place]
    if function == nil { thread.updateTracing() }
  }

  func unset(in thread: ThreadState) {
    guard let place = place(of: thread.pointee.trace_function, in: ours) else { return }
    thread.pointee.trace_function = theirs[place]
    if theirs[place] == nil { thread.updateTracing() }
  }

  private mutating func place(for function: cpython_trace_function?) -> Int? {
    if let known = place(of: function, in: theirs) { return known }
    guard count < Self.most else {
      hot.pointee.tracer.missLines("too many trace functions set in C")
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

nonisolated(unsafe) private var hotState: UnsafeMutablePointer<HotState>?

/// `Py_tracefunc`, where there is no other. Calls are passed over: code is asked about
/// at its first line, which also finds it in frames that were entered before. Fails only
/// where the handler of a signal has raised while the trace waited for its reader.
private let trace: cpython_trace_function = { _, frame, event, argument in
  guard let hot = hotState else { return 0 }
  if event == cpython_trace_line, hot.pointee.isOn { return hot.traceLine(of: frame) }
  if !hot.pointee.isOn { unsetHere() }
  if event == cpython_trace_call { FrameObject(frame).showLinesToUs(before: .shown) }
  return hot.pointee.countsCalls ? hot.countCalls(frame, event, argument) : 0
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
  _ place: Int, _ object: Borrowed?, _ frame: Borrowed, _ event: CInt, _ argument: Borrowed?
) -> CInt {
  guard let functions = TraceFunctions.shared, let theirs = functions.pointee.theirs[place] else {
    return 0
  }
  let shows = FrameObject(frame).pointee.shows_lines
  if event == cpython_trace_line, shows == .shownToUsAlone {
    return functions.traceUnseen(frame)
  }
  let status = theirs(object, frame, event, argument)
  functions.keepUp(FrameObject(frame), event == cpython_trace_call ? .shown : shows)
  let hot = functions.pointee.hot
  if status == 0, hot.pointee.countsCalls, event != cpython_trace_line {
    return hot.countCalls(frame, event, argument)
  }
  guard status == 0, event == cpython_trace_line, hot.pointee.isOn else { return status }
  return hot.traceLine(of: frame)
}

/// The one who set it has kept it, and has set it again after the end of the trace.
private func unsetHere() {
  guard let thread = ThreadState.current else { return }
  TraceFunctions.shared?.pointee.unset(in: thread)
}

extension UnsafeMutablePointer<TraceFunctions> {
  /// A line that they do not want.
  fileprivate func traceUnseen(_ frame: Borrowed) -> CInt {
    guard pointee.hot.pointee.isOn else { return 0 }
    let status = pointee.hot.traceLine(of: frame)
    if pointee.hot.pointee.isOutOfScope { FrameObject(frame).pointee.shows_lines = .hidden }
    return status
  }

  /// What they called may have set another function, or none, and may have said that it
  /// wants no lines of the frame: we do.
  fileprivate func keepUp(_ frame: FrameObject, _ shows: CChar) {
    if !pointee.hot.pointee.isOn { return unsetHere() }
    pointee.setHere()
    frame.showLinesToUs(before: shows)
  }
}

extension UnsafeMutablePointer<HotState> {
  @inline(__always)
  func traceLine(of frame: Borrowed) -> CInt {
    let code = code(of: frame)
    if pointee.code == code, pointee.isOutOfScope { return 0 }
    let number = Int(PyFrame_GetLineNumber(OpaquePointer(frame)))
    if printAtHand(code, number) { return 0 }
    if recall(code), printAtHand(code, number) { return 0 }
    pointee.tracer.line(code, number)
    return PyErr_Occurred() == nil ? 0 : -1
  }

  /// A return may be a yield, or an exception.
  fileprivate func countCalls(_ frame: Borrowed, _ event: CInt, _ argument: Borrowed?) -> CInt {
    guard pointee.isOn else { return 0 }
    let code = code(of: frame)
    if event == cpython_trace_call, isInScope(code) || pointee.tracer.enter(code) == true {
      entered(code)
      if pointee.isDetailed {
        pointee.tracer.called(code, isNew: pointee.tracer.begins(frame, code))
      }
    } else if event != cpython_trace_call, isInScope(code) || pointee.tracer.isTraced(code) {
      if pointee.notesOrigins, event == cpython_trace_exception { noteOrigin(code, argument) }
      if pointee.isDetailed { show(frame, code, event, argument) }
      if event == cpython_trace_return { left(isYield: false) }
    }
    return PyErr_Occurred() == nil ? 0 : -1
  }

  /// - Parameter argument: `(type, exception, traceback)`
  private func noteOrigin(_ code: Borrowed, _ argument: Borrowed?) {
    let error = argument.map { items(of: $0) } ?? []
    if error.count == 3 { pointee.tracer.noteOrigin(code, error[1], error[2]) }
  }

  private func show(_ frame: Borrowed, _ code: Borrowed, _ event: CInt, _ argument: Borrowed?) {
    let tracer = pointee.tracer
    if event == cpython_trace_exception {
      let error = argument.map { items(of: $0) } ?? []
      if error.count == 3 { tracer.raised(code, error[1], error[2]) }
    } else if event == cpython_trace_return, let argument {
      tracer.returned(code, argument, isYield: tracer.yields(frame, code))
    } else if event == cpython_trace_return {
      tracer.unwound(code, nil)
    }
  }

  /// The frame keeps it alive.
  @inline(__always)
  private func code(of frame: Borrowed) -> Borrowed {
    let code = Borrowed(PyFrame_GetCode(OpaquePointer(frame)).unsafelyUnwrapped)
    Py_DecRef(code)
    return code
  }
}

// MARK: frame.f_trace_lines

typealias FrameObject = UnsafeMutablePointer<cpython311_frame_object>

extension CChar {
  /// The values of `f_trace_lines`. The program reads `True` for the third as well, which
  /// stands where it has asked for no lines: they are sent for us, and not handed on.
  fileprivate static var hidden: CChar { 0 }
  fileprivate static var shown: CChar { 1 }
  fileprivate static var shownToUsAlone: CChar { 2 }
}

extension FrameObject {
  fileprivate init(_ frame: Borrowed) { self.init(OpaquePointer(frame)) }

  /// - Parameter before: what it was before theirs was called.
  fileprivate func showLinesToUs(before: CChar) {
    if before == .shown, pointee.shows_lines == .hidden { pointee.shows_lines = .shownToUsAlone }
  }
}

extension ThreadState {
  /// In the frames that run. Whoever asks for no lines has made the frame's object.
  fileprivate func showLines(_ from: CChar, as to: CChar) {
    var frame = pointee.stack.pointee.current_frame
    while let running = frame {
      if let object = running.pointee.object, object.pointee.shows_lines == from {
        object.pointee.shows_lines = to
      }
      frame = running.pointee.previous
    }
  }
}
