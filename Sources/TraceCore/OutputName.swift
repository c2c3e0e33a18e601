import CSystem

/// The name of a trace's file, in which `%p` stands for the process.
public struct OutputName {
  private let template: Bytes

  /// - Parameter template: absolute, as the program may move to another directory.
  public init(_ template: Bytes) {
    self.template = template
  }

  private var namesProcess: Bool { template.indices.contains { isPlace($0) } }

  private func isPlace(_ index: Int) -> Bool {
    template[index] == UInt8(ascii: "%") && index + 1 < template.count
      && template[index + 1] == UInt8(ascii: "p")
  }

  /// The file of the process that runs.
  public var path: Bytes {
    var path = Bytes()
    var index = 0
    while index < template.count {
      if isPlace(index) {
        path.append(decimal: Int(getpid()))
        index += 2
      } else {
        path.append(template[index])
        index += 1
      }
    }
    return path
  }

  /// The file of a child: with no `%p` its number stands behind the name, as
  /// `strace -ff` does it. A device or a FIFO is for all.
  public var pathOfChild: Bytes {
    if namesProcess { return path }
    if let stamp = FileStamp(of: template), !stamp.isRegularFile { return template }
    var path = template + Bytes(".")
    path.append(decimal: Int(getpid()))
    return path
  }
}
