/// What has become of a recording's events: each way through a loop and each course of a call
/// once, with how often it was taken.
///
/// An item of a sequence is a place's number, or, negative, a node's: `~index`.
public struct FoldedTrace {
  /// A stretch of `items`.
  public struct Sequence: Sendable {
    public let start: Int
    public let count: Int
    static let empty = Sequence(start: 0, count: 0)
  }

  /// A call of a code object in one of its courses, or a loop.
  public struct Node {
    public enum Kind: Equatable, Sendable { case call, loop, other }
    public let kind: Kind
    /// The number of the code object, or the index of the loop. Without calls in the recording:
    /// the function's, where 0 is not known.
    public let number: Int
    /// What ran in the call; of a loop, the indices of the ways that it took.
    public let items: Sequence
    /// How often it came to that.
    public internal(set) var count: Int
    /// An exception ended it.
    public let isUnwound: Bool
  }

  public struct Way {
    public let items: Sequence
    public internal(set) var count: Int
    /// The number of the first round that took it, from 1 on.
    public let first: Int
    var execution: Int
    let hash: UInt64
  }

  public struct Loop {
    public let file: Int
    public let header: Int
    public let first: Int
    public let last: Int
    /// In the order in which they were taken first.
    public internal(set) var ways: [Way] = []
    public internal(set) var rounds = 0
    /// How often it was begun.
    public internal(set) var executions = 0
    /// Rounds that took ways of which there were too many to be told apart.
    public internal(set) var otherRounds = 0
  }

  public struct Thread {
    public let number: UInt32
    public let items: Sequence
    public let lines: Int
  }

  public internal(set) var items: [Int32] = []
  public internal(set) var nodes: [Node] = []
  public internal(set) var loops: [Loop] = []
  public internal(set) var threads: [Thread] = []
  public internal(set) var lines = 0
  /// Nothing more was told apart: it would not have fit into memory.
  public internal(set) var isFull = false
}
