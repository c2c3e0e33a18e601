import CSystem

/// A variable of the environment that we write for children.
public struct Variable {
  private let name: Bytes
  private var written: Bytes?
  private var left: Bytes?

  /// The variable of that name. Nothing is read or written yet.
  public init(_ name: Bytes) { self.name = name }

  /// The variable's value; nil if it is not set. The corresponding C function is `getenv`.
  public var value: Bytes? {
    name.withCString { name in
      getenv(name).map { start in
        Bytes(UnsafeRawBufferPointer(start: start, count: strlen(start)))
      }
    }
  }

  /// - Parameters:
  ///   - written: what it is now.
  ///   - left: what `restore` makes of it; nil: nothing.
  public mutating func note(written: Bytes, left: Bytes?) {
    (self.written, self.left) = (written, left)
  }

  /// Where it is still what we have written. The corresponding C functions are `setenv` and
  /// `unsetenv`.
  public func restore() {
    guard let written, value == written else { return }
    name.withCString { name in
      guard let left else {
        unsetenv(name)
        return
      }
      left.withCString { _ = setenv(name, $0, 1) }
    }
  }
}
