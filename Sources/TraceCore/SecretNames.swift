/// Names whose values nobody should find in a trace: `password`, `api_key`, `authToken`.
public enum SecretNames {
  private static let anywhere: [StaticString] = [
    "password", "passwd", "passphrase", "secret", "token", "credential", "authorization",
    "apikey", "privatekey", "cookie",
  ]
  private static let words: [StaticString] = [
    "key", "keys", "auth", "pwd", "pass", "pin", "cvv", "ssn", "salt", "otp",
  ]

  /// - Parameter name: of a variable, or a string that is a dictionary's key.
  public static func contain(_ name: Bytes) -> Bool {
    let letters = name.filter(isLetter).map(lowered)
    return anywhere.contains { contains(letters, $0) }
      || words.contains { isWord($0, of: name) }
  }

  private static func contains(_ text: Bytes, _ wanted: StaticString) -> Bool {
    let wanted = Bytes(wanted)
    guard text.count >= wanted.count else { return false }
    return (0...text.count - wanted.count).contains { text[$0...].starts(with: wanted) }
  }

  /// Words are apart by anything that is no letter, or by a capital: `api_key`, `apiKey`.
  private static func isWord(_ wanted: StaticString, of name: Bytes) -> Bool {
    var word = Bytes()
    for byte in name {
      if !isLetter(byte) || isCapital(byte) && !(word.last.map(isCapital) ?? true) {
        if matches(word, wanted) { return true }
        word.removeAll(keepingCapacity: true)
      }
      if isLetter(byte) { word.append(byte) }
    }
    return matches(word, wanted)
  }

  private static func matches(_ word: Bytes, _ wanted: StaticString) -> Bool {
    word.map(lowered) == Bytes(wanted)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    UInt8(ascii: "a")...UInt8(ascii: "z") ~= lowered(byte)
  }

  private static func isCapital(_ byte: UInt8) -> Bool {
    UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
  }

  private static func lowered(_ byte: UInt8) -> UInt8 { isCapital(byte) ? byte | 0x20 : byte }
}
