import CPython
public import PythonInterop
public import TraceCore

/// What a session shows besides the lines: values, calls, what a function of Python's finds.
public final class Details {
  public struct Shown: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The variables that a line has bound or changed.
    public static let values = Shown(rawValue: 1)
    /// Calls, returns, yields and exceptions.
    public static let calls = Shown(rawValue: 2)
    /// The lines themselves.
    public static let lines = Shown(rawValue: 4)
    /// Values whose names look like a secret's.
    public static let secrets = Shown(rawValue: 8)
  }

  let shown: Shown
  /// Calls in scope that are deeper are not shown.
  let deepest: Int
  private(set) var texts: ValueText
  let attributes: PlainAttributes
  /// Called at each event of code in scope as `hook(event, frame, number, argument)`.
  private(set) var hook: Borrowed?
  /// Called in the same way after what `hook` has returned is printed.
  private(set) var stop: Borrowed?
  private var frames = AddressTable<FrameState>()
  private var lastFrame: FrameState?
  /// Where each thread has been last.
  private var places: [Place] = []
  private var lastPlace: Place?
  private var leaving = Leaving()
  /// How many frames have to do with exceptions.
  private(set) var holding = 0

  /// The line of a thread that ran last.
  struct Place {
    let thread: UInt
    let entry: CodeEntry
    let number: Int
    var isPrinted: Bool
  }

  /// - Parameter hook: kept, as `stop` is, and `show`, which is `ValueText`'s.
  public init(
    _ shown: Shown, deepest: Int, hook: Borrowed? = nil, stop: Borrowed? = nil,
    show: Borrowed? = nil
  ) throws(PythonError) {
    (self.shown, self.deepest) = (shown, deepest)
    texts = try ValueText(showsSecrets: shown.contains(.secrets), show: show)
    attributes = try PlainAttributes()
    (self.hook, self.stop) = (hook, stop)
    Py_IncRef(hook)
    Py_IncRef(stop)
  }

  deinit {
    Py_DecRef(hook)
    Py_DecRef(stop)
  }

  /// All that are held.
  var functions: [Borrowed?] { [hook, stop, texts.show] }

  func forgetFunctions() {
    let held = (hook, stop)
    (hook, stop) = (nil, nil)
    Py_DecRef(held.0)
    Py_DecRef(held.1)
    texts.forgetShow()
  }

  /// What a value looks like where nobody's code is run for it.
  /// - Parameter name: the variable's, or with `isResult` the function's.
  public static func text(
    of value: Borrowed, showsSecrets: Bool, named name: Bytes, isResult: Bool
  ) throws(PythonError) -> Bytes {
    if plain == nil { plain = (try Details([], deepest: 0), try Details(.secrets, deepest: 0)) }
    guard let details = showsSecrets ? plain?.open : plain?.hiding else { return [] }
    return isResult
      ? details.texts.text(ofResult: value, of: name) : details.texts.text(of: value, named: name)
  }

  /// The arguments of a command without the secrets in them.
  public static func withoutSecrets(_ arguments: [Bytes]) -> [Bytes] {
    SecretText.masked(arguments: arguments, SecretValues.mask)
  }

  nonisolated(unsafe) private static var plain: (hiding: Details, open: Details)?

  /// What it has of Python's is gone.
  static func forgetInterpreter() {
    keepForGood(plain?.hiding)
    keepForGood(plain?.open)
    plain = nil
  }

  // MARK: frames

  /// What is known of a frame that runs `code`; nil: nothing.
  func known(_ frame: OpaquePointer, _ code: Borrowed) -> FrameState? {
    let address = UInt(bitPattern: frame)
    if let lastFrame, lastFrame.address == address, lastFrame.code == code { return lastFrame }
    guard let state = frames[address] else { return nil }
    if state.code != code {
      forget(state)
      return nil
    }
    lastFrame = state
    return state
  }

  /// A frame that is entered, or met for the first time.
  func meet(_ frame: OpaquePointer, _ code: Borrowed, line: Int) -> FrameState {
    if let old = frames[UInt(bitPattern: frame)] { forget(old) }
    let state = FrameState(frame, code, line: line)
    frames.insert(state)
    lastFrame = state
    return state
  }

  func forget(_ state: FrameState) {
    state.thrown = []
    count(state)
    frames.remove(state)
    if lastFrame === state { lastFrame = nil }
  }

  // MARK: exceptions

  func count(_ state: FrameState) {
    let isHolding = state.thrown?.isEmpty == false
    if isHolding != state.isHolding { holding += isHolding ? 1 : -1 }
    state.isHolding = isHolding
  }

  func leave(by identity: UInt, _ way: Leaving.Way) { leaving.leave(by: identity, way) }

  func arrived(_ identity: UInt) -> Leaving.Way { leaving.arrived(identity) }

  // MARK: places

  /// Of a thread that has run no line yet: where another has been, which has started it.
  var place: Place? {
    let thread = UInt(cpython_thread())
    return places.first { $0.thread == thread } ?? lastPlace
  }

  func place(of state: FrameState, _ entry: CodeEntry) -> Place {
    Place(
      thread: UInt(cpython_thread()), entry: entry, number: state.line, isPrinted: state.isPrinted)
  }

  func setPlace(_ entry: CodeEntry, _ number: Int, isPrinted: Bool) {
    let thread = UInt(cpython_thread())
    let place = Place(thread: thread, entry: entry, number: number, isPrinted: isPrinted)
    lastPlace = place
    if let known = places.firstIndex(where: { $0.thread == thread }) {
      places[known] = place
    } else {
      places.append(place)
    }
  }
}

/// What is known of a frame that runs, or waits to be resumed.
final class FrameState: AddressKeyed {
  let address: UInt
  let code: Borrowed
  /// The line that has run last.
  var line: Int
  /// And was printed.
  var isPrinted = false
  /// Of each variable; nothing is kept alive by it.
  var values: [Seen] = []
  /// The first line of the statement that runs, where statements are shown, and the offset that
  /// it has begun at; 0: none.
  var statement = 0
  var place = 0
  /// All of it is in that statement.
  var isInner = false
  /// The exceptions that it has to do with, the one that counts last; nil: it was entered
  /// before the trace began, and nobody has looked.
  var thrown: [Thrown]?
  /// The identity of one that ends the frame, and goes through what the compiler tidies up.
  var passing: UInt?
  /// There are some.
  fileprivate(set) var isHolding = false
  /// It has yielded.
  var waits = false
  /// It runs the program, and is none of it.
  var isBelow = false

  /// A value as it was seen.
  struct Seen {
    /// 0: there was none.
    var identity: UInt = 0
    /// Of a number: its own, as another one may have got the address.
    var number = 0
    var text = Bytes()
  }

  init(_ frame: OpaquePointer, _ code: Borrowed, line: Int) {
    (address, self.code, self.line) = (UInt(bitPattern: frame), code, line)
  }
}
