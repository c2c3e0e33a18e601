import CPython
import PythonInterop
import Recording
import TraceCore

/// What Python wants to be told of.
struct Wanted: OptionSet {
  let rawValue: Int
  static let calls = Wanted(rawValue: 1)
  static let notes = Wanted(rawValue: 2)
  static let packets = Wanted(rawValue: 4)
}

/// The function of Python's that takes what there is. `exporting.pyi` says how it is packed.
final class Taker {
  enum Kind: Int { case codes = 0, calls, notes, packets, nodes, summary }

  let wanted: Wanted
  private(set) var hasFailed = false
  private let function: Borrowed

  init(_ function: Borrowed, wanted: Int) {
    (self.function, self.wanted) = (function, Wanted(rawValue: wanted))
  }

  func give(_ kind: Kind, _ bytes: Bytes) {
    if hasFailed { return }
    do throws(PythonError) {
      let kind = try PyRef.integer(kind.rawValue)
      let data = try PyRef.bytes(bytes)
      _ = try PyRef(retaining: function).call(kind.borrowed, data.borrowed)
    } catch {
      hasFailed = true
    }
  }

  func give(_ definitions: Definitions) {
    var bytes = Bytes()
    for code in definitions.codes {
      let name = definitions.name(of: code)
      bytes.append32(code.file)
      bytes.append32(code.firstLine)
      bytes.append32(name.count)
      bytes += name
    }
    give(.codes, bytes)
  }

  func give(_ player: CallPlayer) {
    var bytes = Bytes()
    player.withNodes { node in
      bytes.append32(node.parent)
      bytes.append32(Int(node.code))
      bytes.append64(UInt64(node.count))
      bytes.append64(node.total)
      bytes.append64(node.own)
    }
    give(.nodes, bytes)
    bytes = []
    bytes.append64(player.end)
    bytes.append64(UInt64(player.calls))
    bytes.append32(player.status ?? -1)
    bytes.append32((player.hasEnd ? 1 : 0) + (player.isTimed ? 2 : 0))
    give(.summary, bytes)
  }
}

extension Bytes {
  /// The lower half of a number.
  mutating func append32(_ number: Int) {
    Swift.withUnsafeBytes(of: UInt32(truncatingIfNeeded: number).littleEndian) {
      append(contentsOf: $0)
    }
  }

  mutating func append64(_ number: UInt64) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }
}
