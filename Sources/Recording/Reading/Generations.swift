/// The definitions of a recording whose blocks belong to several generations, as one: what is the
/// same in several of them has one number.
struct Generations: ~Copyable {
  /// What the numbers of one generation are in all of them, from 1 on.
  struct Numbers {
    let generation: UInt32
    fileprivate(set) var places: [Int] = [0]
    fileprivate(set) var codes: [Int] = [0]
    fileprivate(set) var labels: [Int] = [0]
    fileprivate var files: [Int] = [0]
  }

  private(set) var all = Definitions()
  private(set) var numbers: [Numbers] = []
  private var known = HashTable()

  /// - Throws: `damaged`, `tooMuch`, `cannotRead`.
  init(_ source: BlockSource, _ index: BlockIndex) throws(RecordingError) {
    var generations: [UInt32] = []
    for block in index.events where generations.last != block.generation {
      generations.append(block.generation)
    }
    for generation in generations {
      let blocks = index.definitions.filter { $0.generation == generation }
      add(try Definitions(source, blocks), as: generation)
      if all.bytes.count > Definitions.most { throw RecordingError(.tooMuch) }
    }
  }

  private mutating func add(_ part: Definitions, as generation: UInt32) {
    let start = UInt32(all.bytes.count)
    all.bytes += part.bytes
    var added = Numbers(generation: generation)
    for file in part.files.indices {
      added.files.append(number(ofFile: file + 1, in: part, from: start))
    }
    for place in part.places {
      added.places.append(number(of: place, in: part, added.files[place.file], from: start))
    }
    for code in part.codes {
      added.codes.append(number(of: code, in: part, added.files[code.file], from: start))
    }
    for label in part.labels {
      let key = ContentHash.of([part.text(label)], as: 5)
      added.labels.append(number(key, &all.labels, label.moved(by: start)))
    }
    all.threads += part.threads.map { ($0.thread, $0.name.moved(by: start)) }
    numbers.append(added)
  }

  private mutating func number<Item>(_ key: UInt64, _ items: inout [Item], _ item: Item) -> Int {
    if let number = known.value(key) { return Int(number) }
    items.append(item)
    known.set(key, to: Int32(truncatingIfNeeded: items.count))
    return items.count
  }

  /// A generation may have had no room for the source of a file.
  private mutating func number(ofFile number: Int, in part: Definitions, from start: UInt32) -> Int
  {
    let name = [part.name(ofFile: number), part.path(ofFile: number)]
    let any = ContentHash.of(name, as: 1)
    let source = part.source(ofFile: number)
    let exact = source.map { ContentHash.of(name + [$0], as: 2) } ?? any
    var file = part.files[number - 1]
    file.move(by: start)
    if known.value(exact) == nil, let other = known.value(any).map({ Int($0) }),
      all.files[other - 1].source == nil
    {
      all.files[other - 1].source = file.source
      known.set(exact, to: Int32(other))
    }
    let found = self.number(exact, &all.files, file)
    known.set(any, to: Int32(truncatingIfNeeded: found))
    return found
  }

  private mutating func number(
    of place: Definitions.Place, in part: Definitions, _ file: Int, from start: UInt32
  ) -> Int {
    let key = ContentHash.mix(
      ContentHash.of([part.text(of: place) ?? []], as: 3), UInt64(file) << 40 ^ UInt64(place.line))
    let moved = Definitions.Place(
      file: file, line: place.line, text: place.text?.moved(by: start))
    return number(key, &all.places, moved)
  }

  private mutating func number(
    of code: Definitions.Code, in part: Definitions, _ file: Int, from start: UInt32
  ) -> Int {
    let key = ContentHash.mix(
      ContentHash.of([part.name(of: code)], as: 4), UInt64(file) << 40 ^ UInt64(code.firstLine))
    let moved = Definitions.Code(
      file: file, firstLine: code.firstLine, name: code.name.moved(by: start))
    return number(key, &all.codes, moved)
  }
}

extension Stretch {
  /// Where it is among the bytes of all generations.
  fileprivate func moved(by start: UInt32) -> Stretch {
    Stretch(start: self.start + start, count: count)
  }
}

extension Definitions.File {
  fileprivate mutating func move(by start: UInt32) {
    (name, path, source) = (
      name.moved(by: start), path.moved(by: start), source?.moved(by: start)
    )
  }
}

/// Tells another receiver of the events of one generation, with the numbers of all of them.
final class GenerationReceiver: EventReceiver {
  var numbers: Generations.Numbers
  private let receiver: EventReceiver

  init(_ numbers: Generations.Numbers, to receiver: EventReceiver) {
    (self.numbers, self.receiver) = (numbers, receiver)
  }

  override func begin(thread: UInt32, time: UInt64) { receiver.begin(thread: thread, time: time) }
  override func line(_ place: Int) { receiver.line(numbers.places[place]) }
  override func call(_ code: Int) { receiver.call(numbers.codes[code]) }
  override func resume(_ code: Int, activation: UInt64) {
    receiver.resume(numbers.codes[code], activation: activation)
  }
  override func `return`() { receiver.return() }
  override func yield(activation: UInt64) { receiver.yield(activation: activation) }
  override func raise() { receiver.raise() }
  override func caught() { receiver.caught() }
  override func unwind() { receiver.unwind() }
  override func label(_ label: Int) { receiver.label(numbers.labels[label]) }
  override func time(_ time: UInt64) { receiver.time(time) }
  override func fork(child: UInt64, time: UInt64) { receiver.fork(child: child, time: time) }
  override func finish(status: Int?, time: UInt64) { receiver.finish(status: status, time: time) }
  override func text(_ bytes: UnsafeRawBufferPointer) { receiver.text(bytes) }
  override func note(_ text: UnsafeRawBufferPointer, at place: Int, indentation: Int?) {
    receiver.note(text, at: numbers.places[place], indentation: indentation)
  }
  override func spelled(_ text: UnsafeRawBufferPointer, at place: Int, isNote: Bool) {
    receiver.spelled(text, at: numbers.places[place], isNote: isNote)
  }
  override func more(_ bytes: UnsafeRawBufferPointer) { receiver.more(bytes) }
}
