/// Which calls were made in which, how often, and how long they took in all.
public struct CallTree: ~Copyable {
  /// All calls of one code object that were made in the same chain of calls.
  public struct Node {
    /// The index of the node that they were made in; -1: this one stands for a thread.
    public let parent: Int
    /// The number of the code object, or of the thread.
    public let code: UInt32
    /// How many calls there were. A generator that goes on is no other call.
    public internal(set) var count = 0
    /// How long they took, in nanoseconds, with the calls that they made.
    public internal(set) var total: UInt64 = 0
    /// How long they took themselves.
    public internal(set) var own: UInt64 = 0
    let depth: Int
  }

  /// The nodes; each comes after the one that it was called from.
  public private(set) var nodes: [Node] = []
  private var known = HashTable()

  /// What is deeper is counted where it was called from.
  static let mostDepth = 500

  init() {}

  /// The index of a node, which is made if there is none yet.
  mutating func node(_ code: UInt32, in parent: Int) -> Int {
    let depth = parent < 0 ? 0 : nodes[parent].depth + 1
    if depth > Self.mostDepth { return parent }
    let key = ContentHash.mix(
      ContentHash.mix(ContentHash.start, UInt64(parent + 1)), UInt64(code))
    if let index = known.value(key) { return Int(index) }
    nodes.append(Node(parent: parent, code: code, depth: depth))
    known.set(key, to: Int32(nodes.count - 1))
    return nodes.count - 1
  }

  mutating func count(_ node: Int) { nodes[node].count += 1 }

  mutating func add(_ total: UInt64, own: UInt64, to node: Int, isWhole: Bool) {
    nodes[node].own += own
    if isWhole { nodes[node].total += total }
  }
}
