/// Items of which the last ones are taken away again, without what an array does beyond that.
/// They are numbers alone, or structures of numbers. Whoever has a stack frees it.
struct Stack<Element> {
  private(set) var start: UnsafeMutablePointer<Element>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int = 64) {
    self.capacity = capacity
    start = .allocate(capacity: capacity)
  }

  func free() { start.deallocate() }

  var view: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: start, count: count)
  }

  /// The last item. There has to be one.
  var top: UnsafeMutablePointer<Element> {
    @inline(__always) get { start + (count - 1) }
  }

  /// - Parameter index: of an item that is there.
  subscript(index: Int) -> Element {
    @inline(__always) get { start[index] }
    @inline(__always) nonmutating set { start[index] = newValue }
  }

  @inline(__always)
  mutating func append(_ item: Element) {
    if count == capacity { grow() }
    (start + count).initialize(to: item)
    count += 1
  }

  @inline(__always)
  mutating func cut(to count: Int) { self.count = count }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: start, count: count)
    start.deallocate()
    (start, capacity) = (larger, capacity * 2)
  }
}
