import CPython
import PythonInterop
import TraceCore

/// The functions of Python's that look at a line as it begins and as it has ended: at the values
/// that it reads, or at what it changes within objects. They are ours, and run nothing of the program's.
final class LineLooks {
  nonisolated(unsafe) private static var count: UInt = 0

  private let context: FrameContext
  /// By which the plans that are its own are known.
  private let owner: UInt

  init(_ context: FrameContext) {
    self.context = context
    Self.count += 1
    owner = Self.count
  }

  /// Whether a line is looked at.
  func isWanted(_ entry: CodeEntry, _ line: Int) -> Bool {
    if context.options.lookFunctions.isEmpty { return false }
    if entry.linePlanOwner != owner { plan(entry) }
    return entry.linePlan?.object(at: line) != nil
  }

  private func plan(_ entry: CodeEntry) {
    entry.linePlanOwner = owner
    let plan = PythonHooks.answer(of: context.options.lookFunctions[0], entry.code.object)
    entry.linePlan = plan.flatMap { LinePlan(PyRef(stealing: $0)) }
  }

  /// A line is about to run.
  /// - Returns: what is said behind its text.
  func begin(_ entry: CodeEntry, _ line: Int, _ frame: Frame, _ state: FrameState) -> Bytes {
    guard isWanted(entry, line), let object = entry.linePlan?.object(at: line) else { return [] }
    let functions = context.options.lookFunctions
    state.isLookedAt = functions.count > 2
    return Self.text(of: functions[1], frame.object, object)
  }

  /// A line has run.
  /// - Returns: what it has changed.
  func end(_ state: FrameState, _ frame: Frame) -> Bytes {
    guard state.isLookedAt, context.options.lookFunctions.count > 2 else { return [] }
    state.isLookedAt = false
    return Self.text(of: context.options.lookFunctions[2], frame.object)
  }

  private static func text(of function: Borrowed, _ frame: Borrowed, _ object: Borrowed? = nil)
    -> Bytes
  {
    guard let answer = PythonHooks.answer(of: function, frame, object) else { return [] }
    return PyRef(stealing: answer).text ?? []
  }
}
