import CPython
import PythonInterop
import TraceCore

/// Code objects in scope that ran a short while ago, with their lines: calls and returns
/// lead from one to the other all the time, and the code table is a long way.
struct RecentCode {
  private static let count = 512

  private struct Place {
    var code: Borrowed?
    var lines = HotState.noLines
    /// Holds the lines in memory.
    var owner: Unmanaged<RenderedLines>?
  }

  private let places: UnsafeMutablePointer<Place>

  init() {
    places = .allocate(capacity: Self.count)
    places.initialize(repeating: Place(), count: Self.count)
  }

  @inline(__always)
  private func place(of code: Borrowed) -> UnsafeMutablePointer<Place> {
    let address = UInt(bitPattern: code)
    return places + Int(truncatingIfNeeded: (address >> 4 ^ address >> 13) & UInt(Self.count - 1))
  }

  /// nil where the code object is not known to be in scope.
  @inline(__always)
  func lines(of code: Borrowed) -> UnsafeMutableBufferPointer<RenderedLine?>? {
    let place = place(of: code)
    return place.pointee.code == code ? place.pointee.lines : nil
  }

  func remember(_ lines: RenderedLines, of code: Borrowed) {
    let place = place(of: code)
    let owner = place.pointee.owner
    place.pointee = Place(code: code, lines: lines.lines, owner: .passRetained(lines))
    owner?.release()
  }

  /// The address will be another's.
  func forget(_ code: Borrowed) {
    let place = place(of: code)
    if place.pointee.code == code { place.pointee.code = nil }
  }

  /// In a child that was forked, where nothing may be freed: their owners go later.
  func forgetCode() {
    for place in 0..<Self.count { places[place].code = nil }
  }

  func forgetAll() {
    for place in 0..<Self.count {
      let owner = places[place].owner
      places[place] = Place()
      owner?.release()
    }
  }
}

extension UnsafeMutablePointer<HotState> {
  /// Whether the code object is known to be in scope.
  @inline(__always)
  func isInScope(_ code: Borrowed) -> Bool {
    pointee.code == code ? !pointee.isOutOfScope : pointee.recent.lines(of: code) != nil
  }

  /// Has the lines of a recent code object at hand.
  @inline(__always)
  func recall(_ code: Borrowed) -> Bool {
    guard let lines = pointee.recent.lines(of: code) else { return false }
    (pointee.code, pointee.lines, pointee.isOutOfScope) = (code, lines, false)
    return true
  }
}
