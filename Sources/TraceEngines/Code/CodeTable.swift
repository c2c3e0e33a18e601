import CPython
import PythonInterop
import TraceCore

/// A code object that has been met.
final class CodeEntry {
  /// Alive for as long as the entry is: its weak reference takes the entry away.
  let code: Borrowed
  /// Another one, where it turns out that the code was not made of that one's text.
  var file: SourceFile
  /// Whether that was looked at.
  var isTextChecked = false
  /// Keeps the callback alive that hears of the code object's end.
  var weakReference: Borrowed?
  /// In scope: the engine sends its lines.
  var isTraced = false
  /// And its calls and returns with them.
  var countsCalls = false
  /// Those of `sys.monitoring` that were asked for.
  var events = 0
  /// Its qualified name and its module's, once they were asked for.
  var function: Bytes?
  var module: Bytes?
  /// In scope or not: it sends its calls, one of which may be that of `sys.settrace`.
  var mayCallSettrace = false
  /// Whether `showsResumption()`; nil: not asked yet.
  var resumptionShows: Bool?
  /// Its variables, once they were asked for.
  var variables: Variables?
  /// Where its exceptions go, likewise; nil within: not to be known.
  var handlers: Handlers??
  /// The line that it begins with, likewise.
  var firstLine: Int?
  /// The backward jumps that stay on their line, and that line (PEP 669's offsets).
  var repeats: [(offset: Int, line: Int)] = []

  init(_ code: Borrowed, _ file: SourceFile) {
    (self.code, self.file) = (code, file)
  }

  func dropReference() {
    if let reference = weakReference { Py_DecRef(reference) }
    weakReference = nil
  }
}

/// What is known of objects of the interpreter, by the object's address.
protocol AddressKeyed: AnyObject {
  var address: UInt { get }
}

extension CodeEntry: AddressKeyed {
  var address: UInt { UInt(bitPattern: code) }
}

/// Open addressing, linear probing.
struct AddressTable<Entry: AddressKeyed>: ~Copyable {
  private var slots: [Entry?]
  private(set) var count = 0

  init() {
    slots = Array(repeating: nil, count: 256)
  }

  subscript(address: UInt) -> Entry? { slots[slot(of: address)] }

  var entries: [Entry] { slots.compactMap { $0 } }

  mutating func insert(_ entry: Entry) {
    if count * 2 >= slots.count { grow() }
    slots[slot(of: entry.address)] = entry
    count += 1
  }

  mutating func remove(_ entry: Entry) {
    var gap = slot(of: entry.address)
    guard slots[gap] === entry else { return }
    slots[gap] = nil
    count -= 1
    // What was probed past the gap moves up, so that no search ends too early.
    var next = following(gap)
    while let moved = slots[next] {
      let wanted = home(of: moved.address)
      let isReachable =
        gap <= next ? gap < wanted && wanted <= next : gap < wanted || wanted <= next
      if !isReachable {
        slots[gap] = moved
        slots[next] = nil
        gap = next
      }
      next = following(next)
    }
  }

  private mutating func grow() {
    let old = entries
    slots = Array(repeating: nil, count: slots.count * 2)
    for entry in old { slots[slot(of: entry.address)] = entry }
  }

  /// Where the object is, or where it would go.
  private func slot(of address: UInt) -> Int {
    var slot = home(of: address)
    while let entry = slots[slot], entry.address != address { slot = following(slot) }
    return slot
  }

  private func home(of address: UInt) -> Int {
    // Objects lie 16 bytes apart: the low bits say nothing.
    Int(bitPattern: address &* 0x9E37_79B9 >> 12) & (slots.count - 1)
  }

  private func following(_ slot: Int) -> Int { (slot + 1) & (slots.count - 1) }
}

extension AddressTable where Entry == CodeEntry {
  subscript(code: Borrowed) -> CodeEntry? { self[UInt(bitPattern: code)] }
}

typealias CodeTable = AddressTable<CodeEntry>
