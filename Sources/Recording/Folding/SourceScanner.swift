/// Which lines of a Python source are in which loop and which function, and which of them
/// define or import something: as far as tokens show it, so that it holds for sources of each
/// version of Python.
public struct SourceScanner {
  /// A `for`, a `while` or a comprehension.
  public struct Loop: Equatable {
    /// The line that each round begins with.
    public let header: Int
    /// The number of the loop's first line. It differs from the header's in a comprehension over
    /// several lines.
    public let first: Int
    /// The number of the loop's last line.
    public internal(set) var last: Int
  }

  /// The loops, in the order of their headers.
  public private(set) var loops: [Loop] = []
  /// For each line, from line 0 on, the function whose body it is in; 0: the module's.
  public private(set) var functions: [Int32] = [0]
  /// For each line, from line 0 on, whether it belongs to a statement that only defines or
  /// imports.
  public private(set) var definitions: [Bool] = [false]

  private struct Block {
    let indentation: Int
    let loop: Int?
    /// The function around it.
    let function: Int32
  }

  private struct Bracket {
    let line: Int
    var loop: Int?
  }

  private var blocks: [Block] = []
  private var brackets: [Bracket] = []
  private var function: Int32 = 0
  private var functionCount: Int32 = 0
  /// The function whose head is being read; 0: none is.
  private var headOf: Int32 = 0
  private var (indentation, isAtStart) = (0, true)
  private var (isDefinition, wasAsync) = (false, false)

  /// Scans a source in UTF-8, or in any encoding that has ASCII as a part.
  public init(_ source: [UInt8]) {
    source.withUnsafeBufferPointer { source in
      var tokens = SourceTokens(source)
      while let token = tokens.next() { take(token) }
    }
    endLine(isContinued: false)
  }

  /// The number of the line that is being read.
  private var line: Int { functions.count }

  private mutating func take(_ token: SourceTokens.Token) {
    switch token {
    case .newline: endLine(isContinued: !brackets.isEmpty)
    case .continuation: endLine(isContinued: true)
    case .indentation(let width): if isAtStart { indentation = width }
    case .word(let word): take(word)
    case .other: beginStatement(.other)
    case .open:
      beginStatement(.other)
      brackets.append(Bracket(line: line))
    case .close:
      beginStatement(.other)
      if let loop = brackets.popLast()?.loop { loops[loop].last = line }
    }
  }

  private mutating func endLine(isContinued: Bool) {
    functions.append(function)
    definitions.append(isDefinition)
    if isContinued || isAtStart { return }
    for block in blocks { if let loop = block.loop { loops[loop].last = line - 1 } }
    if headOf != 0 { function = headOf }
    (isAtStart, isDefinition, wasAsync, headOf) = (true, false, false, 0)
  }

  private mutating func take(_ word: SourceTokens.Word) {
    if wasAsync { return continueAsync(word) }
    if isAtStart { return beginStatement(word) }
    if word == .for, !brackets.isEmpty { takeComprehension() }
  }

  private mutating func continueAsync(_ word: SourceTokens.Word) {
    wasAsync = false
    beginBlock(word)
  }

  /// Notes a comprehension. If a bracket has several `for`, the first of them is the loop.
  private mutating func takeComprehension() {
    let place = brackets.count - 1
    let isKnown = loops.suffix(8).contains { $0.header == line }
    if brackets[place].loop != nil || isKnown { return }
    brackets[place].loop = loops.count
    loops.append(Loop(header: line, first: brackets[place].line, last: line))
  }

  /// Begins a statement. Its first token ends all blocks that are indented as much or more.
  private mutating func beginStatement(_ word: SourceTokens.Word) {
    guard isAtStart else { return }
    isAtStart = false
    while let last = blocks.last, last.indentation >= indentation {
      function = last.function
      blocks.removeLast()
    }
    wasAsync = word == .async
    isDefinition = word == .import || word == .from || word == .at
    beginBlock(word)
  }

  private mutating func beginBlock(_ word: SourceTokens.Word) {
    var loop: Int?
    switch word {
    case .for, .while:
      loop = loops.count
      loops.append(Loop(header: line, first: line, last: line))
    case .def:
      functionCount += 1
      (headOf, isDefinition) = (functionCount, true)
    case .class: isDefinition = true
    default: return
    }
    blocks.append(Block(indentation: indentation, loop: loop, function: function))
  }
}
