/// What a folder keeps: numbers alone.
extension Folder {
  struct Level {
    /// The loop; -1: it is a call.
    var loop: Int32
    /// The code object of a call, or its function where calls are not recorded.
    var number: Int32
    /// The index of the level's first item in the thread's items.
    var start: Int
    var hash = ContentHash.start
    /// The sum of the hashes of the ways that were taken since the loop began.
    var ways: UInt64 = 0
    /// The number of the loop's execution, from 1 on.
    var execution = 0
    /// The index in `taken` of the first way that was taken since the loop began.
    var taken = 0
    /// The number of the call around a call.
    var caller: Int32 = 0
  }

  struct Thread {
    let number: UInt32
    var levels = Stack<Level>()
    var items = Stack<Int32>()
    var taken = Stack<Int32>()
    var lines = 0
    /// Calls that are too deep to be told apart.
    var tooDeep = 0
    /// The number of the innermost call.
    var function: Int32 = 0

    init(_ number: UInt32) {
      self.number = number
      levels.append(Level(loop: -1, number: 0, start: 0))
    }

    func free() {
      levels.free()
      items.free()
      taken.free()
    }
  }

  struct Loop {
    let file: Int32
    let first: Int
    let last: Int
    var rounds = 0
    var executions = 0
    /// Rounds that were not told apart.
    var others = 0
    var ways: Int32 = 0

    @inline(__always)
    func has(_ place: FoldedPlaces.Place) -> Bool {
      file == place.file && first <= place.line && place.line <= last
    }
  }

  struct Way {
    let loop: Int32
    /// Its number among those of the loop, from 0 on.
    let number: Int32
    let items: FoldedTrace.Sequence
    let first: Int
    let hash: UInt64
    var count = 0
    var execution = 0
  }

  struct Node {
    let hash: UInt64
    var count = 0
  }
}
