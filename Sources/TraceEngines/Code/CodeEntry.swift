import CPython
import PythonInterop
import TraceCore

/// What is known of a code object that has been met.
final class CodeEntry {
  /// Alive for as long as the entry is: its weak reference takes the entry away.
  let code: CodeObject
  /// Another one, where it turns out that the code was not made of that one's text.
  var file: SourceFile
  /// Whether that was looked at.
  var isTextChecked = false
  /// Keeps the callback alive that hears of the code object's end.
  var weakReference: PyRef?
  /// Whether the code object is in scope, so that the engine sends its lines.
  var isTraced = false
  /// What its events were asked for: `HotState.purpose`.
  var purpose = 0
  /// An exception has come to it that a handler of its may have to do with: its lines say what
  /// becomes of that.
  var meetsExceptions = false
  /// Its number in a recording, and in which one.
  var recorded: (generation: Int, code: UInt32) = (0, 0)
  /// Those of `sys.monitoring` that were asked for.
  var events = 0
  /// In scope or not: it sends its calls, one of which may be that of `sys.settrace`.
  var mayCallSettrace = false
  /// Whether `findResumptionShows()`; nil: not asked yet.
  private(set) var resumptionShows: Bool?
  private var knownFunction: Bytes?
  private var knownSecrecy: Bool?
  private var knownModule: Bytes?
  private var knownFirstLine: Int?
  private var knownVariables: LocalVariables?
  /// What is looked at, line by line, by whom it was made for; nil: nothing is.
  var linePlan: LinePlan?
  var linePlanOwner: UInt = 0
  /// What `handlers` has found; nil within says that they cannot be known.
  private var knownHandlers: Handlers??
  /// The backward jumps that stay on their line, and that line (PEP 669's offsets).
  private var repeats: [NumberOfKey] = []
  /// The lines of offsets that frames were at.
  private var lines: [NumberOfKey] = []

  init(_ code: CodeObject, _ file: SourceFile) {
    (self.code, self.file) = (code, file)
  }

  /// The function's qualified name.
  var function: Bytes? {
    if knownFunction == nil {
      knownFunction = contained { code throws(PythonError) in try code.qualifiedName }
    }
    return knownFunction
  }

  /// Whether a function of that name returns a secret.
  var returnsSecret: Bool {
    if let knownSecrecy { return knownSecrecy }
    let isSecret = SecretNames.areReturned(by: function ?? [])
    knownSecrecy = isSecret
    return isSecret
  }

  /// The name of its module, as the frame that runs has it.
  var module: Bytes? {
    if knownModule == nil {
      knownModule = contained { _ throws(PythonError) in
        try Frame.running?.moduleName.flatMap { Bytes(textOf: $0) }
      }
    }
    return knownModule
  }

  /// The line that it begins with; 0 if that is not to be known.
  var firstLine: Int {
    if knownFirstLine == nil {
      knownFirstLine = withExceptionsContained { () throws(PythonError) in try code.firstLine }
    }
    return knownFirstLine ?? 0
  }

  var variables: LocalVariables? {
    if knownVariables == nil {
      knownVariables = withExceptionsContained { () throws(PythonError) in
        try LocalVariables(of: code)
      }
    }
    return knownVariables
  }

  /// The handlers that its exceptions go to; nil if the instructions of this Python are not known.
  var handlers: Handlers? {
    if let knownHandlers { return knownHandlers }
    knownHandlers = withExceptionsContained { () throws(PythonError) -> Handlers? in
      guard let opcodes = Interpreter.opcodes else { return nil }
      let table = try code.exceptionTable
      return Handlers(instructions: try code.instructions, exceptionTable: table, opcodes)
    }
    return knownHandlers ?? nil
  }

  /// Whether its code lies within a statement: a comprehension, a generator expression, a lambda.
  var isInner: Bool {
    withExceptionsContained { () throws(PythonError) -> Bool in
      let name = try code.name
      return name.first == UInt8(ascii: "<") && name != Bytes("<module>")
    } ?? false
  }

  private func contained(_ body: (CodeObject) throws(PythonError) -> Bytes?) -> Bytes? {
    withExceptionsContained { () throws(PythonError) -> Bytes? in try body(code) }.flatMap { $0 }
  }

  private static var mostLines: Int { 64 }

  /// The line that a frame is at, which the interpreter counts from the beginning each time; 0 if
  /// it has none.
  /// - Parameter offset: that it is at; nil: not known.
  func line(at offset: Int?, of frame: Frame) -> Int {
    guard let offset else { return frame.line }
    if let known = lines.first(where: { $0.key == offset }) { return known.number }
    let line = frame.line
    if lines.count < Self.mostLines { lines.append(NumberOfKey(offset, line)) }
    return line
  }

  // MARK: lines that come again

  /// The line that a backward jump stays on; nil where it leaves it.
  func repeatedLine(_ offset: Int, _ destination: Int) -> Int? {
    if let known = repeats.first(where: { $0.key == offset }) { return known.number }
    let ranges = withExceptionsContained { () throws(PythonError) in try LineRange.all(of: code) }
    guard let line = ranges?.line(at: offset), line == ranges?.line(at: destination) else {
      return nil
    }
    repeats.append(NumberOfKey(offset, line))
    return line
  }

  /// Whether an exception that is thrown into its frame may come back to the line that waits.
  ///
  /// `sys.settrace` shows the line again, as that of the handler: `await` has one on its
  /// own line. `Interpreter.hidesLineAfterSilentResume` says what that takes here. Most generators
  /// have no such handler, and are not slowed down by one more event for each resumption.
  func findResumptionShows() throws(PythonError) -> Bool {
    if let resumptionShows { return resumptionShows }
    let found = try code.isResumable ? comesBack() : false
    resumptionShows = found
    return found
  }

  private func comesBack() throws(PythonError) -> Bool {
    let lines = try LineRange.all(of: code)
    var handlers = ExceptionTable(try code.exceptionTable)
    while let handler = handlers.next() {
      guard let line = lines.line(at: handler.target) else { continue }
      if lines.contains(where: { $0.line == line && $0.offsets.overlaps(handler.guarded) }) {
        return true
      }
    }
    return false
  }
}

extension CodeEntry: AddressKeyed {
  var address: UInt { code.address }
}
