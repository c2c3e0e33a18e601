import CPython
public import PythonInterop
public import TraceCore

/// What a session shows besides the lines: values, calls, what a function of Python's finds.
public final class DetailOptions {
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

  /// Functions of Python's; each is kept.
  public struct Functions {
    /// Called at each event of code in scope as `hook(event, frame, number, argument)`.
    let hook: Borrowed?
    /// Called in the same way after what `hook` has returned is printed.
    let stop: Borrowed?
    /// `ValueText`'s.
    let show: Borrowed?
    /// `LineLooks`'.
    let looks: [Borrowed?]

    public init(
      hook: Borrowed? = nil, stop: Borrowed? = nil, show: Borrowed? = nil, looks: [Borrowed?] = []
    ) {
      (self.hook, self.stop, self.show, self.looks) = (hook, stop, show, looks)
    }
  }

  let shown: Shown
  /// Calls in scope that are deeper are not shown.
  let deepest: Int
  private(set) var texts: ValueText
  let attributes: PlainAttributes
  private var hook: PyRef?
  private var stop: PyRef?
  private var looks = PyRefs()

  /// - Parameter width: nil: the usual one.
  public init(
    _ shown: Shown, deepest: Int, width: Int? = nil, _ functions: Functions = Functions()
  ) throws(PythonError) {
    (self.shown, self.deepest) = (shown, deepest)
    texts = try ValueText(
      showsSecrets: shown.contains(.secrets), width: width ?? ValueText.usualWidth,
      show: functions.show)
    for function in functions.looks { if let function { looks.append(retaining: function) } }
    attributes = try PlainAttributes()
    replace(&hook, retaining: functions.hook)
    replace(&stop, retaining: functions.stop)
  }

  var hookFunction: Borrowed? { hook?.borrowed }
  var stopFunction: Borrowed? { stop?.borrowed }
  /// What plans, what looks at a line that begins, and what at one that has ended, if that is asked for.
  var lookFunctions: [Borrowed] { looks.borrowed }

  /// All that are held.
  var functions: [Borrowed?] {
    var all = [hook?.borrowed, stop?.borrowed, texts.showFunction]
    for function in looks.borrowed { all.append(function) }
    return all
  }

  func forgetFunctions() {
    release(&hook)
    release(&stop)
    looks = PyRefs()
    texts.forgetShow()
  }

  // MARK: without a session

  /// What a value looks like where nobody's code is run for it.
  /// - Parameter name: the variable's, or with `isResult` the function's.
  public static func text(
    of value: Borrowed, showsSecrets: Bool, named name: Bytes, isResult: Bool, width: Int? = nil
  ) throws(PythonError) -> Bytes {
    let width = width ?? ValueText.usualWidth
    if plain == nil || plain?.open.texts.width != width {
      plain = (
        try DetailOptions([], deepest: 0, width: width),
        try DetailOptions(.secrets, deepest: 0, width: width)
      )
    }
    guard let options = showsSecrets ? plain?.open : plain?.hiding else { return [] }
    return isResult
      ? options.texts.text(ofResult: value, of: name) : options.texts.text(of: value, named: name)
  }

  /// The arguments of a command without the secrets in them.
  public static func withoutSecrets(_ arguments: [Bytes]) -> [Bytes] {
    SecretText.masked(arguments: arguments, SecretValues.mask)
  }

  nonisolated(unsafe) private static var plain: (hiding: DetailOptions, open: DetailOptions)?

  /// What it has of Python's is gone.
  static func forgetInterpreter() {
    keepForGood(plain?.hiding)
    keepForGood(plain?.open)
    plain = nil
  }
}
