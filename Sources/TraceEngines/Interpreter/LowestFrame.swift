import CPython
public import PythonInterop

/// Runs a program as the interpreter itself does: with no frame below it.
///
/// A thread's state leads to its innermost frame. Up to 3.12 it does so by way of the C stack
/// (`_PyCFrame`), whose lowest part has no frame; later ones have the frame's address, and
/// from 3.15 on one of a frame that stands for the lowest. Where that is not found as
/// expected, the frames of the caller stay below the program.
public struct LowestFrame {
  private typealias Words = UnsafeMutablePointer<UInt>

  /// What leads to the innermost frame, and to which.
  private let link: Words
  private let before: UInt
  private let lowest: UInt

  /// The innermost of the frames that a program is run without; nil where it is none, or they
  /// are below it.
  nonisolated(unsafe) private(set) static var hidden: Frame?

  /// `function(*arguments)`. The corresponding C function is `PyObject_CallObject`.
  public static func call(_ function: Borrowed, _ arguments: Borrowed) throws(PythonError)
    -> PyRef
  {
    let (found, outer) = (LowestFrame(), hidden)
    hidden = found == nil ? nil : Frame.running
    found?.leave()
    defer {
      found?.comeBack()
      hidden = outer
    }
    return try check(PyObject_CallObject(function, arguments))
  }

  private init?() {
    guard MemoryLayout<Int>.size == 8, let thread = PyThreadState_Get(),
      let running = Self.runningFrame(), let link = Self.link(in: Words(thread), to: running),
      let lowest = Self.lowest(of: link, running)
    else { return nil }
    (self.link, self.lowest, before) = (link, lowest, link.pointee)
    leave()
    defer { comeBack() }
    if Frame.running != nil { return nil }
  }

  private func leave() {
    link.pointee = lowest
    copyTracing(from: before, to: lowest)
  }

  private func comeBack() {
    link.pointee = before
    copyTracing(from: lowest, to: before)
  }

  /// `use_tracing`, the first byte of 3.11's `_PyCFrame`, goes with the thread.
  private func copyTracing(from: UInt, to: UInt) {
    guard Interpreter.hasFrameEvaluationOf311,
      let from = UnsafePointer<UInt8>(bitPattern: from),
      let to = UnsafeMutablePointer<UInt8>(bitPattern: to)
    else { return }
    to.pointee = from.pointee
  }

  // MARK: where it is

  /// The address of the interpreter's own frame; nil where its object is not laid out as expected.
  private static func runningFrame() -> UInt? {
    let wordOfFrame = 3
    guard let frame = Frame.running else { return nil }
    let address = Words(frame.pointer)[wordOfFrame]
    guard let running = Words(bitPattern: address) else { return nil }
    // The two last bits say how the reference is counted.
    let executable = running[Interpreter.wordOfCodeInFrame] & ~3
    return executable == frame.code.address ? address : nil
  }

  private static func link(in thread: Words, to running: UInt) -> Words? {
    let link = thread + Interpreter.wordOfFrameInThread
    guard Interpreter.hasFramesByCStack else { return link.pointee == running ? link : nil }
    guard let part = onStack(link.pointee) else { return nil }
    return part[Interpreter.wordOfFrameOnStack] == running ? link : nil
  }

  /// An address that may be read: not far up the C stack.
  private static func onStack(_ address: UInt) -> Words? {
    let here = UInt(cpython_stack_place())
    let isNear = address > here && address - here < 1 << 20 && address % 8 == 0
    return isNear ? Words(bitPattern: address) : nil
  }

  private static func lowest(of link: Words, _ running: UInt) -> UInt? {
    if Interpreter.hasFramesByCStack {
      return last(from: link.pointee, Interpreter.wordOfFrameOnStack + 1)
    }
    guard Interpreter.hasLowestFrame else { return 0 }
    let lowest = last(from: running, 1)
    return link[1] == lowest ? lowest : nil
  }

  /// The end of a chain, each part of which has the address of the one below in a word.
  private static func last(from first: UInt, _ word: Int) -> UInt? {
    var last = first
    for _ in 0..<1000 {
      guard let part = Words(bitPattern: last) else { return nil }
      if part[word] == 0 { return last }
      last = part[word]
    }
    return nil
  }
}
