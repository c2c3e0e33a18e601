/// A number that belongs to another one. Arrays of one type for all that is known so: each type of
/// element has some 500 bytes of code of its own.
public struct NumberOfKey {
  /// What the number is of: an offset, a thread, a hash.
  public let key: Int
  /// What belongs to it.
  public let number: Int

  /// The two.
  public init(_ key: Int, _ number: Int) { (self.key, self.number) = (key, number) }
}
