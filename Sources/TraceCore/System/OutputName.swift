import CSystem

/// The name of a trace's file, in which `%p` stands for the process.
public struct OutputName {
  private let template: Bytes

  /// - Parameter template: absolute, as the program may move to another directory.
  public init(_ template: Bytes) {
    self.template = template
  }

  /// Whether each process has a file of its own by it.
  var namesProcess: Bool { template.indices.contains { isPlace($0) } }

  private func isPlace(_ index: Int) -> Bool {
    template[index] == UInt8(ascii: "%") && index + 1 < template.count
      && template[index + 1] == UInt8(ascii: "p")
  }

  /// Whether to open it waits for a reader, as a FIFO's.
  public var isWaitedFor: Bool { !(FileStamp(of: path(1))?.isRegularFile ?? true) }

  /// The file of the process that runs, where the names before are other processes':
  /// `FILE`, `FILE.PID`, `FILE.PID.2`, and with `%p` for the pid `PID`, `PID.2`.
  /// - Parameter number: from 1 on.
  func path(_ number: Int) -> Bytes {
    if namesProcess { return filled(with: process(number)) }
    return number == 1 ? template : template + Bytes(".") + process(number - 1)
  }

  /// The same of a child: with no `%p` its number stands behind the name, as
  /// `strace -ff` does it. A device or a FIFO is for all.
  func pathOfChild(_ number: Int) -> Bytes {
    if namesProcess { return filled(with: process(number)) }
    if let stamp = FileStamp(of: template), !stamp.isRegularFile { return template }
    return path(number + 1)
  }

  private func filled(with process: Bytes) -> Bytes {
    var path = Bytes()
    var index = 0
    while index < template.count {
      if isPlace(index) {
        path += process
        index += 2
      } else {
        path.append(template[index])
        index += 1
      }
    }
    return path
  }

  /// `PID`, `PID.2`, ...
  private func process(_ number: Int) -> Bytes {
    var text = Bytes(decimal: Int(getpid()))
    if number > 1 {
      text.append(".")
      text.append(decimal: number)
    }
    return text
  }
}
