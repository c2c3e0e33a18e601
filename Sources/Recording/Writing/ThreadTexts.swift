/// What a recording has to say again of its threads where the blocks are gone that have said it.
struct ThreadTexts {
  typealias Label = (thread: UInt32, number: UInt32, text: [UInt8])

  /// Threads that were named before so many others are forgotten.
  private static let most = 1024

  private(set) var names: [(thread: UInt32, name: [UInt8])] = []
  /// Of the threads whose lines carry any. A number of 0: it is to be defined anew.
  private var labels: [Label] = []

  mutating func note(_ thread: UInt32, name: [UInt8]) {
    names.removeAll { $0.thread == thread }
    if names.count >= Self.most { names.removeFirst() }
    names.append((thread, name))
  }

  mutating func setLabel(of thread: UInt32, _ number: UInt32, _ text: [UInt8]) {
    labels.removeAll { $0.thread == thread }
    if labels.count >= Self.most { labels.removeFirst() }
    if number > 0 { labels.append((thread, number, text)) }
  }

  func label(of thread: UInt32) -> Label? { labels.first { $0.thread == thread } }

  /// Their numbers are none of the generation that begins.
  mutating func forgetLabels() {
    for index in labels.indices { labels[index].number = 0 }
  }
}
