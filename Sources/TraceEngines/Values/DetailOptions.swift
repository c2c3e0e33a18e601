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

    public init(hook: Borrowed? = nil, stop: Borrowed? = nil, show: Borrowed? = nil) {
      (self.hook, self.stop, self.show) = (hook, stop, show)
    }
  }

  let shown: Shown
  /// Calls in scope that are deeper are not shown.
  let deepest: Int
  private(set) var texts: ValueText
  let attributes: PlainAttributes
  private var hook: PyRef?
  private var stop: PyRef?

  public init(_ shown: Shown, deepest: Int, _ functions: Functions = Functions())
    throws(PythonError)
  {
    (self.shown, self.deepest) = (shown, deepest)
    texts = try ValueText(showsSecrets: shown.contains(.secrets), show: functions.show)
    attributes = try PlainAttributes()
    replace(&hook, retaining: functions.hook)
    replace(&stop, retaining: functions.stop)
  }

  var hookFunction: Borrowed? { hook?.borrowed }
  var stopFunction: Borrowed? { stop?.borrowed }

  /// All that are held.
  var functions: [Borrowed?] { [hook?.borrowed, stop?.borrowed, texts.showFunction] }

  func forgetFunctions() {
    release(&hook)
    release(&stop)
    texts.forgetShow()
  }

  // MARK: without a session

  /// What a value looks like where nobody's code is run for it.
  /// - Parameter name: the variable's, or with `isResult` the function's.
  public static func text(
    of value: Borrowed, showsSecrets: Bool, named name: Bytes, isResult: Bool
  ) throws(PythonError) -> Bytes {
    if plain == nil {
      plain = (try DetailOptions([], deepest: 0), try DetailOptions(.secrets, deepest: 0))
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
