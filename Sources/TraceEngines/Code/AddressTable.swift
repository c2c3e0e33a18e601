/// What is known of objects of the interpreter, by the object's address.
protocol AddressKeyed: AnyObject {
  var address: UInt { get }
}

/// A table of what is known by address: open addressing, linear probing.
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
