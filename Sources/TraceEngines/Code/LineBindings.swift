import PythonInterop
import TraceCore

/// Which variables each line of a code object can bind or delete, as its instructions say.
///
/// A variable is known by its number: in the frame of a function, in `co_names` of a module or a
/// class.
final class LineBindings {
  private struct Line {
    /// Where its variables begin among the links; -1: it has none.
    var head = -1
    var mayBindElsewhere = false
  }

  enum Outcome {
    case all, stopped
    /// The line is none of the code object's.
    case unknown
  }

  /// A code object that says its lines are farther apart is none of the compiler's.
  private static let mostLines = 1 << 20

  private let first: Int
  /// The first is for the instructions that have no line: they may belong to any.
  private var lines: [Line]
  /// Each link's variable, and the link that follows it; -1: none does.
  private var variables: [Int] = []
  private var following: [Int] = []
  /// The variables of a frame that are deleted, by `del` or at the end of an `except ... as`.
  private(set) var deleted: [Int] = []

  /// nil if the instructions of this Python are not known.
  init?(of code: CodeObject, areInFrame: Bool) throws(PythonError) {
    guard let opcodes = Interpreter.opcodes else { return nil }
    let ranges = try LineRange.all(of: code)
    var (first, last) = (Int.max, 0)
    for range in ranges { (first, last) = (min(first, range.line), max(last, range.line)) }
    guard first <= last, first >= 0, last - first < Self.mostLines else { return nil }
    self.first = first
    lines = Array(repeating: Line(), count: last - first + 2)
    read(try code.instructions, ranges, opcodes, areInFrame)
  }

  private func read(
    _ code: Bytes, _ ranges: [LineRange], _ opcodes: Opcodes, _ areInFrame: Bool
  ) {
    var (argument, range) = (0, 0)
    for offset in stride(from: 0, to: code.count - 1, by: 2) {
      argument = argument << 8 & 0xFF_FFFF | Int(code[offset + 1])
      if code[offset] == opcodes.extendedArgument { continue }
      while range < ranges.count, ranges[range].offsets.upperBound <= offset { range += 1 }
      let hasLine = range < ranges.count && ranges[range].offsets.contains(offset)
      let line = hasLine ? ranges[range].line - first + 1 : 0
      note(code[offset], argument, in: line, opcodes.bindings, areInFrame)
      argument = 0
    }
  }

  private func note(
    _ operation: UInt8, _ argument: Int, in line: Int, _ opcodes: BindingOpcodes,
    _ areInFrame: Bool
  ) {
    if opcodes.mayBindElsewhere(operation) { lines[line].mayBindElsewhere = true }
    guard areInFrame else {
      if opcodes.bindsName(operation) { link(argument, to: line) }
      return
    }
    guard let (one, other) = opcodes.inFrame(operation, argument) else { return }
    link(one, to: line)
    if let other { link(other, to: line) }
    if opcodes.deletes(operation) { deleted.append(argument) }
  }

  /// A variable that a line binds in several ways, as the end of `except ... as` has them, is one.
  private func link(_ variable: Int, to line: Int) {
    if has(variable, in: line) { return }
    variables.append(variable)
    following.append(lines[line].head)
    lines[line].head = variables.count - 1
  }

  @inline(never)
  private func has(_ variable: Int, in line: Int) -> Bool {
    var next = lines[line].head
    while next >= 0, variables[next] != variable { next = following[next] }
    return next >= 0
  }

  // MARK: what is asked

  /// Calls `body` for the variables of a line while it answers true.
  @inline(__always)
  func forEach(in line: Int, _ body: (Int) -> Bool) -> Outcome {
    guard line >= first, line - first + 1 < lines.count else { return .unknown }
    let own = line - first + 1
    var (next, isOwn) = (lines[own].head, true)
    while next >= 0 || isOwn {
      if next < 0 {
        (next, isOwn) = (lines[0].head, false)
        continue
      }
      let variable = variables[next]
      if isOwn || !has(variable, in: own), !body(variable) { return .stopped }
      next = following[next]
    }
    return .all
  }

  /// Whether a module's names may be bound while the line runs, and not by its own instructions.
  func mayBindElsewhere(_ line: Int) -> Bool {
    guard line >= first, line - first + 1 < lines.count else { return true }
    return lines[line - first + 1].mayBindElsewhere || lines[0].mayBindElsewhere
  }
}
