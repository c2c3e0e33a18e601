import CPython
import PythonInterop
import TraceCore

/// A thread's own state: `PyThreadState` of 3.11.
struct ThreadState: Equatable {
  let pointer: UnsafeMutablePointer<cpython311_thread>

  @inline(__always)
  init(_ pointer: UnsafeMutablePointer<cpython311_thread>) { self.pointer = pointer }

  static var current: ThreadState? {
    PyThreadState_Get().map { ThreadState(UnsafeMutablePointer($0)) }
  }

  @inline(__always)
  var isUntraced: Bool { pointer.pointee.trace_function == nil }

  @inline(__always)
  var stack: CallStack { CallStack(pointer: pointer.pointee.stack) }

  /// Whether the running frame sends events: what the interpreter itself does when
  /// either function is set. The corresponding C function is
  /// `_PyThreadState_UpdateTracingState`.
  func updateTracing() {
    let isWanted =
      pointer.pointee.trace_function != nil || pointer.pointee.profile_function != nil
    stack.pointer.pointee.use_tracing =
      isWanted && pointer.pointee.tracing == 0 ? .tracing : .notTracing
  }

  /// In the frames that run. Whoever asks for no lines has made the frame's object.
  func showLines(_ from: CChar, as to: CChar) {
    var frame = stack.frame
    while let running = frame {
      if let object = running.pointer.pointee.object, object.pointee.shows_lines == from {
        object.pointee.shows_lines = to
      }
      frame = running.previous
    }
  }
}

extension UInt8 {
  /// The two values of `use_tracing`.
  static var tracing: UInt8 { 255 }
  static var notTracing: UInt8 { 0 }
}

/// One run of the interpreter's loop, on the C stack: `_PyCFrame`.
struct CallStack {
  let pointer: UnsafeMutablePointer<cpython311_stack>

  /// The frame that runs.
  @inline(__always)
  var frame: RunningFrame? { pointer.pointee.current_frame.map { RunningFrame($0) } }

  /// The first frame on a C stack that is not the thread's own: greenlet switches between
  /// several, and a frame that goes on has the trace function of the one before.
  @inline(__always)
  var isAnother: Bool { pointer.pointee.current_frame == nil && pointer.pointee.previous != nil }
}

/// The interpreter's own frame: `_PyInterpreterFrame`.
struct RunningFrame {
  let pointer: UnsafeMutablePointer<cpython311_frame>

  @inline(__always)
  init(_ pointer: UnsafeMutablePointer<cpython311_frame>) { self.pointer = pointer }

  @inline(__always)
  var code: CodeObject { CodeObject(pointer.pointee.code) }

  var previous: RunningFrame? { pointer.pointee.previous.map { RunningFrame($0) } }

  private static var ownedByGenerator: CChar { 1 }

  /// Whether the frame is a generator's that goes on behind a `yield from` or an `await`:
  /// what it has waited for has ended by an exception that was thrown into it.
  /// `_gen_throw` has moved the frame to the jump at the end of that loop.
  var goesOnSilently: Bool { isGenerators(at: Opcodes.Of311.jumpBackwardNoInterrupt) }

  /// Whether it is a generator's that does not itself run.
  var waits: Bool { isGenerators(at: Opcodes.Of311.yieldValue) }

  @inline(__always)
  private func isGenerators(at operation: UInt8) -> Bool {
    guard pointer.pointee.owner == Self.ownedByGenerator, let last = pointer.pointee.instruction
    else { return false }
    return last.load(as: UInt8.self) == operation
  }
}

/// A frame's object: `PyFrameObject`.
struct FrameObject {
  let pointer: UnsafeMutablePointer<cpython311_frame_object>

  @inline(__always)
  init(_ frame: Frame) { pointer = UnsafeMutablePointer(frame.pointer) }

  /// `f_trace_lines`
  @inline(__always)
  var sendsLines: CChar {
    get { pointer.pointee.shows_lines }
    nonmutating set { pointer.pointee.shows_lines = newValue }
  }

  /// - Parameter before: what it was before theirs was called.
  func showLinesToUs(before: CChar) {
    if before == .shown, sendsLines == .hidden { sendsLines = .shownToUsAlone }
  }
}

extension CChar {
  /// The values of `f_trace_lines`. The program reads `True` for the third as well, which
  /// stands where it has asked for no lines: they are sent for us, and not handed on.
  static var hidden: CChar { 0 }
  static var shown: CChar { 1 }
  static var shownToUsAlone: CChar { 2 }
}
