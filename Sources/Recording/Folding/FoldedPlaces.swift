/// What folding has to know of each place: the loops of its file, and its function.
struct FoldedPlaces {
  struct Place {
    let file: Int32
    let line: Int32
    /// The loop whose header it is; -1: none.
    var header: Int32 = -1
    /// 0: it is not known.
    var function: Int32 = 0
  }

  private(set) var places = Stack<Place>()
  private(set) var loops: [FoldedTrace.Loop] = []
  /// Places that only define or import something.
  private(set) var definitions: [Bool] = [false]

  /// What a source has; without one there is one function and no loop.
  private struct File {
    var scan: SourceScanner?
    var headers: [Int32] = []
    var firstFunction: Int32
  }

  private var files: [File] = []
  private var functions: Int32 = 1

  init(_ definitions: Definitions) {
    places.append(Place(file: 0, line: 0))
    extend(by: definitions)
  }

  func free() { places.free() }

  /// Takes what has been defined since the last time.
  mutating func extend(by definitions: Definitions) {
    for place in definitions.places[(places.count - 1)...] {
      // Not before: the source of a file is defined after the file, and before any place of it.
      while files.count < place.file { addFile(of: definitions) }
      add(place, of: files[place.file - 1])
    }
  }

  private mutating func addFile(of definitions: Definitions) {
    var file = File(firstFunction: functions)
    functions += 1
    if let source = definitions.source(ofFile: files.count + 1) {
      let scan = SourceScanner(source)
      (file.scan, file.headers) = (scan, addLoops(of: scan, file: files.count + 1))
      functions += scan.functions.max() ?? 0
    }
    files.append(file)
  }

  /// - Returns: the loop that begins with each line.
  private mutating func addLoops(of scan: SourceScanner, file: Int) -> [Int32] {
    let first = loops.count
    for loop in scan.loops {
      loops.append(
        FoldedTrace.Loop(file: file, header: loop.header, first: loop.first, last: loop.last))
    }
    return Self.headers(scan, from: first)
  }

  private mutating func add(_ known: Definitions.Place, of file: File) {
    var place = Place(file: Int32(known.file), line: Int32(truncatingIfNeeded: known.line))
    place.function = file.firstFunction
    var isDefinition = false
    if let scan = file.scan, known.line < scan.functions.count {
      place.function += scan.functions[known.line]
      isDefinition = scan.definitions[known.line]
      place.header = file.headers[known.line]
    }
    places.append(place)
    definitions.append(isDefinition)
  }

  /// The loop that begins with each line; -1: none. Of several it is the outermost.
  private static func headers(_ scan: SourceScanner, from first: Int) -> [Int32] {
    var headers = [Int32](repeating: -1, count: scan.functions.count)
    for (index, loop) in scan.loops.enumerated() where headers[loop.header] < 0 {
      headers[loop.header] = Int32(first + index)
    }
    return headers
  }
}
