import Testing

@testable import TraceCore

@Suite struct SecretNumbersTests {
  @Test("numbers count values as they are first met")
  func firstMet() {
    var numbers = SecretNumbers()
    #expect([7, 9, 7, 8, 9].map { numbers.number(of: $0) } == [1, 2, 1, 3, 2])
  }

  @Test("a value that was met lately keeps its number, one that was not gets a new one")
  func bounded() {
    var numbers = SecretNumbers(most: 100)
    #expect(numbers.number(of: 1) == 1)
    #expect(numbers.number(of: 2) == 2)
    for print in 3...1000 as ClosedRange<UInt64> {
      #expect(numbers.number(of: print) == Int(print))
      #expect(numbers.number(of: 2) == 2)
    }
    #expect(numbers.number(of: 1) == 1001)
  }

  @Test("texts that begin alike, or end in zeros, differ")
  func prints() {
    func print(_ text: Bytes) -> UInt64 {
      var print = SecretPrint(key: (1, 2))
      print.feed(text)
      return print.finish()
    }
    let texts = ["", "\0", "a", "a\0", "aaaaaaaa", "aaaaaaaa\0", "aaaaaaab"] as [Bytes]
    #expect(Set(texts.map(print)).count == texts.count)
    #expect(print("secret") == print("secret"))
  }
}
