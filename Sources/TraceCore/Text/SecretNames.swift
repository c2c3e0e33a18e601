/// Names whose values nobody should find in a trace: `password`, `api_key`, `authToken`.
public enum SecretNames {
  /// Words that make a name secret wherever its letters have them.
  private static var anywhere: WordList {
    WordList(
      """
      password passwd passphrase passcode secret token credential authorization apikey \
      privatekey cookie
      """)
  }
  /// Words that make a name secret if one of its words is that.
  private static var words: WordList {
    WordList(
      """
      auth pwd pw pass pin cvv cvc ssn salt otp totp bearer jwt signature sas pat dsn cred
      """)
  }
  /// Words that make a name secret as one word of it, or as several that follow each other.
  private static var phrases: WordList {
    WordList(
      """
      accesskey secretkey signingkey signkey encryptionkey encryptkey decryptionkey decryptkey \
      cipherkey cryptokey masterkey sharedkey accountkey subscriptionkey sessionkey authkey \
      hmackey aeskey rsakey sshkey gpgkey pgpkey awskey fernetkey webhookkey deploykey \
      consumerkey licensekey privkey seedphrase sessionid sessid phpsessid jsessionid mfacode \
      tfacode facode recoverycode backupcode verificationcode securitycode connectionstring \
      connstring connstr
      """)
  }
  /// Functions whose names begin with these return what the rest of the name says.
  private static var getters: WordList { WordList("get read load fetch") }
  /// What follows these in a name says of what something is, not what it is.
  private static var prepositions: WordList {
    WordList("for of by from with without in to at on")
  }

  /// - Parameter name: of a variable, or a string that is a dictionary's key.
  public static func contain(_ name: Bytes) -> Bool {
    known.answer(for: name) {
      let name = NameWords(name)
      return areIn(name, words: 0..<name.count)
    }
  }

  nonisolated(unsafe) private static var known = KnownNames()

  /// Whether a function of that qualified name returns a secret: `get_password`,
  /// `load_api_key`, or a property `password`; and what is written in it without a name, as
  /// `get_password.<locals>.<genexpr>`.
  public static func areReturned(by function: Bytes) -> Bool {
    let parts = function.parts(between: UInt8(ascii: "."))
    var last = parts.count - 1
    while last > 1, parts[last].first == UInt8(ascii: "<"), parts[last - 1] == Bytes("<locals>") {
      last -= 2
    }
    let name = NameWords(last < 0 ? [] : parts[last])
    guard name.count > 0 else { return false }
    guard getters.contains(where: { name.isWord(0, $0) }) else { return isWhole(name) }
    let end = (1..<name.count).first { word in
      prepositions.contains { name.isWord(word, $0) }
    }
    return areIn(name, words: 1..<(end ?? name.count))
  }

  private static func areIn(_ name: NameWords, words range: Range<Int>) -> Bool {
    guard let letters = name.letters(of: range) else { return false }
    return anywhere.contains { name.has($0, in: letters) }
      || words.contains { word in range.contains { name.isWord($0, word) } }
      || phrases.contains { phrase in
        range.contains { name.isRun(from: $0, phrase, before: letters.upperBound) }
      }
  }

  private static func isWhole(_ name: NameWords) -> Bool {
    guard let letters = name.letters(of: 0..<name.count) else { return false }
    func isIt(_ word: BytesView) -> Bool {
      name.isRun(from: 0, word, before: letters.upperBound, isWhole: true)
    }
    return anywhere.contains(where: isIt) || words.contains(where: isIt)
      || phrases.contains(where: isIt)
  }
}

/// What was found of some of the last names: few come again and again.
private struct KnownNames {
  private static let count = 64

  private let names = UnsafeMutablePointer<(name: Bytes, isSecret: Bool)>.allocate(capacity: count)

  init() { names.initialize(repeating: ([], false), count: Self.count) }

  func answer(for name: Bytes, _ find: () -> Bool) -> Bool {
    var hash = 0
    for byte in name { hash = hash &* 31 &+ Int(byte) }
    let place = names + (hash & (Self.count - 1))
    if place.pointee.name != name { place.pointee = (name, find()) }
    return place.pointee.isSecret
  }
}

/// The letters of a name without case, and where its words begin. Words are apart by
/// anything that is no letter, or by a capital: `api_key`, `apiKey`, `APIKey`.
private struct NameWords {
  private var letters = Bytes()
  private var starts: [Int] = []

  init(_ name: Bytes) {
    letters.reserveCapacity(name.count)
    for (index, byte) in name.enumerated() where Self.isLetter(byte) {
      if Self.beginsWord(index, of: name) { starts.append(letters.count) }
      letters.append(byte | 0x20)
    }
  }

  var count: Int { starts.count }

  func letters(of words: Range<Int>) -> Range<Int>? {
    guard !words.isEmpty else { return nil }
    return starts[words.lowerBound]..<end(of: words.upperBound - 1)
  }

  func has(_ text: BytesView, in range: Range<Int>) -> Bool {
    let last = range.upperBound - text.count
    return last >= range.lowerBound && (range.lowerBound...last).contains { isAt($0, text) }
  }

  /// Whether that is the word, or the plural of it is.
  func isWord(_ word: Int, _ text: BytesView) -> Bool {
    let rest = end(of: word) - starts[word] - text.count
    return (rest == 0 || rest == 1 && letters[end(of: word) - 1] == UInt8(ascii: "s"))
      && isAt(starts[word], text)
  }

  /// Whether that is the words from one on, or the plural of it is.
  func isRun(
    from word: Int, _ text: BytesView, before most: Int, isWhole: Bool = false
  ) -> Bool {
    var end = starts[word] + text.count
    guard end <= most, isAt(starts[word], text) else { return false }
    if end < most, letters[end] == UInt8(ascii: "s"), isBoundary(end + 1) { end += 1 }
    return isWhole ? end == most : isBoundary(end)
  }

  private func end(of word: Int) -> Int {
    word + 1 < starts.count ? starts[word + 1] : letters.count
  }

  private func isBoundary(_ index: Int) -> Bool {
    index == letters.count || starts.contains(index)
  }

  @inline(never)
  private func isAt(_ index: Int, _ text: BytesView) -> Bool {
    index + text.count <= letters.count
      && text.indices.allSatisfy { letters[index + $0] == text[$0] }
  }

  private static func beginsWord(_ index: Int, of name: Bytes) -> Bool {
    guard index > 0, isLetter(name[index - 1]) else { return true }
    guard isCapital(name[index]) else { return false }
    // The last capital of several begins the word of the small letters behind it.
    let isBeforeSmall =
      index + 1 < name.count && isLetter(name[index + 1]) && !isCapital(name[index + 1])
    return !isCapital(name[index - 1]) || isBeforeSmall
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
  }

  private static func isCapital(_ byte: UInt8) -> Bool {
    UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
  }
}
