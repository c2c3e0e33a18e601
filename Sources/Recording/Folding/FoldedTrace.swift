/// What has become of a recording's events: each way through a loop and each course of a call
/// once, with how often it was taken.
///
/// An item of a sequence is a place's number, or, negative, a node's: `~index`.
public struct FoldedTrace {
  /// A stretch of `items`.
  public struct Sequence: Sendable {
    /// The index in `items` where the stretch begins.
    public let start: Int
    /// How many items the stretch has.
    public let count: Int
    static let empty = Sequence(start: 0, count: 0)
  }

  /// A call of a code object in one of its courses, or a loop.
  public struct Node {
    /// What a node stands for: a call, a loop, or something that was not told apart.
    public enum Kind: Equatable, Sendable { case call, loop, other }
    /// Which of the three the node is.
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

  /// One of the ways that rounds of a loop took: the lines and calls of such a round.
  public struct Way {
    /// The lines and calls of a round that takes this way, in order.
    public let items: Sequence
    /// How many rounds took this way.
    public internal(set) var count: Int
    /// The number of the first round that took it, from 1 on.
    public let first: Int
  }

  /// A loop in a source file, with all that became of its executions.
  public struct Loop {
    /// The number of the file that the loop is in.
    public let file: Int
    /// The number of the line that each round begins with.
    public let header: Int
    /// The number of the first line of the loop.
    public let first: Int
    /// The number of the last line of the loop.
    public let last: Int
    /// The ways that rounds took, ordered by the first round that took each.
    public internal(set) var ways: [Way] = []
    /// How many rounds there were in all executions.
    public internal(set) var rounds = 0
    /// How often it was begun.
    public internal(set) var executions = 0
    /// Rounds that took ways of which there were too many to be told apart.
    public internal(set) var otherRounds = 0
  }

  /// The top level of one thread: what is in no call and no loop.
  public struct Thread {
    /// The number that the recording gives the thread.
    public let number: UInt32
    /// What the thread ran at its top level.
    public let items: Sequence
    /// How many lines the thread ran.
    public let lines: Int
  }

  /// The items of all sequences, one stretch after the other.
  public internal(set) var items: [Int32] = []
  /// The calls and loops that items refer to.
  public internal(set) var nodes: [Node] = []
  /// The loops of all files; nodes refer to them by their index.
  public internal(set) var loops: [Loop] = []
  /// The threads, in the order in which they ran first.
  public internal(set) var threads: [Thread] = []
  /// How many lines ran in all threads.
  public internal(set) var lines = 0
  /// Nothing more was told apart: it would not have fit into memory.
  public internal(set) var isFull = false
}
