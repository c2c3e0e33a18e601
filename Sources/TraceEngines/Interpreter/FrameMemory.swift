import CPython
import PythonInterop

/// Where the interpreter's own frames have the variables of functions: read in place, with no name
/// looked for.
///
/// The layout is not promised. On 3.11 it is `cpython311_frame`; later ones are asked for each
/// variable of a function (`PyFrame_GetVar`) until one has shown where they are.
enum FrameMemory {
  private typealias Words = UnsafePointer<UInt>

  /// Which word of a frame its first variable is; 0: not known.
  nonisolated(unsafe) private static var firstVariable =
    Interpreter.hasFrameEvaluationOf311 ? 9 : 0
  /// How many functions more may show it.
  nonisolated(unsafe) private static var tries = 100
  private static let wordOfFrame = 3

  /// The words of the variables of a frame that runs; nil: they are to be asked for.
  @inline(__always)
  static func variables(of frame: Frame) -> UnsafePointer<UInt>? {
    firstVariable > 0 ? words(of: frame).map { $0 + firstVariable } : nil
  }

  /// What a variable's word refers to. Its last bits say how it is counted.
  @inline(__always)
  static func object(_ word: UInt) -> Borrowed? { Borrowed(bitPattern: word & ~7) }

  /// Returns what a cell holds; nil if it is empty, or is none yet.
  static func contents(of cell: Borrowed) -> Borrowed? {
    let object = UnsafeMutablePointer<cpython_cell>(OpaquePointer(cell))
    let type = UnsafeMutableRawPointer(cpython_type(cell))
    return type == Symbols.cellType ? object.pointee.contents : nil
  }

  @inline(__always)
  private static func words(of frame: Frame) -> Words? {
    guard let words = Words(bitPattern: Words(frame.pointer)[wordOfFrame]) else { return nil }
    return words[Interpreter.wordOfCodeInFrame] & ~7 == frame.code.address ? words : nil
  }

  /// Finds out where the variables are, by those of one function, none of which is in a cell.
  static func learn(from frame: Frame, _ names: [Borrowed]) {
    guard firstVariable == 0, tries > 0, MemoryLayout<Int>.size == 8,
      let words = words(of: frame), let getVariable = Symbols.getVariable
    else { return }
    tries -= 1
    var (isBound, isAtNinth, isAtTenth) = (false, true, true)
    for index in names.indices {
      let value = getVariable(frame.pointer, names[index])
      if value == nil { clearOwnException() }
      isBound = isBound || value != nil
      isAtNinth = isAtNinth && object(words[9 + index]) == value
      isAtTenth = isAtTenth && object(words[10 + index]) == value
      Py_DecRef(value)
    }
    if isBound { firstVariable = isAtNinth ? 9 : isAtTenth ? 10 : 0 }
  }
}
