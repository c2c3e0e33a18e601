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

  private(set) var places: [Place] = [Place(file: 0, line: 0)]
  private(set) var loops: [FoldedTrace.Loop] = []
  /// Places that only define or import something.
  private(set) var definitions: [Bool] = [false]

  init(_ definitions: Definitions) {
    var headers = [[Int32]](repeating: [], count: definitions.fileCount + 1)
    var scanned = [SourceScanner?](repeating: nil, count: definitions.fileCount + 1)
    var firstFunction = [Int32](repeating: 0, count: definitions.fileCount + 1)
    var functions: Int32 = 1
    if definitions.fileCount > 0 {
      for file in 1...definitions.fileCount {
        firstFunction[file] = functions
        guard let source = definitions.source(ofFile: file) else {
          functions += 1
          continue
        }
        let scan = SourceScanner(source)
        headers[file] = Self.headers(scan, from: loops.count)
        loops += scan.loops.map {
          FoldedTrace.Loop(file: file, header: $0.header, first: $0.first, last: $0.last)
        }
        functions += (scan.functions.max() ?? 0) + 1
        scanned[file] = scan
      }
    }
    for place in definitions.places {
      add(place, scanned[place.file], headers[place.file], firstFunction[place.file])
    }
  }

  private mutating func add(
    _ known: Definitions.Place, _ scan: SourceScanner?, _ headers: [Int32], _ firstFunction: Int32
  ) {
    var place = Place(file: Int32(known.file), line: Int32(truncatingIfNeeded: known.line))
    place.function = firstFunction
    var isDefinition = false
    if let scan, known.line < scan.functions.count {
      place.function += scan.functions[known.line]
      isDefinition = scan.definitions[known.line]
      place.header = headers[known.line]
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
