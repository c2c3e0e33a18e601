import Testing

@testable import Recording

@Suite struct FoldingTests {
  private func scan(_ source: String) -> SourceScanner { SourceScanner(Array(source.utf8)) }

  @Test("loops are found with the lines that they have")
  func loops() {
    let source = """
      for x in y:
          while x: x -= 1
          if x:
              pass
      else:
          pass
      z = [
          f(a)
          for a in b
      ]
      async def g():
          async for n in m:
              n
      """
    let found = scan(source).loops.map { [$0.header, $0.first, $0.last] }
    #expect(found == [[1, 1, 4], [2, 2, 2], [9, 7, 10], [12, 12, 13]])
  }

  @Test("words in strings and comments are no loops")
  func strings() {
    let source =
      "x = 'for a in b:'\n\"\"\"\nfor a in b:\n  c\n\"\"\"\n# while x:\ny = \"\\\"for\" \\\n  'while'\n"
    #expect(scan(source).loops.isEmpty)
    #expect(scan(source).functions.count >= 8)
  }

  @Test("functions have their bodies, definitions are told from what runs")
  func functions() {
    let source = "import a\n@b\ndef f(\n  x=1,\n):\n  y = 1\n  def g():\n    z\n  w\nv = 2\n"
    let found = scan(source)
    #expect(found.functions[1...10].map { Int($0) } == [0, 0, 0, 0, 0, 1, 1, 2, 1, 0])
    #expect(
      found.definitions[1...10].map { $0 ? 1 : 0 } == [1, 1, 1, 1, 1, 0, 1, 0, 0, 0])
  }

  @Test("any bytes are scanned, and each line has its function")
  func anyBytes() {
    var generator = Generator(state: 5)
    let alphabet = Array("for while def (){}[]'\"\"\"\\#:\n\r\t @async".utf8)
    for _ in 0..<2_000 {
      let bytes = (0..<60).map { _ in alphabet[Int(generator.next() % UInt64(alphabet.count))] }
      let found = SourceScanner(bytes)
      #expect(found.functions.count == found.definitions.count)
      #expect(found.loops.allSatisfy { $0.header < found.functions.count })
    }
  }
}
