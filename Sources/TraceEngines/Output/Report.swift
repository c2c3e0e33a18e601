import CSystem
import TraceCore

/// What the tracer itself has to say, on standard error.
enum Report {
  static func stopped(_ error: TraceError) {
    // Whoever read the trace has gone; there is nobody to tell.
    if error.errno == EPIPE { return }
    var message = Bytes("swifttrace: trace stopped: ")
    message.append(contentsOf: error.description)
    message.append("\n")
    StandardError.write(message)
  }

  static func replaced() {
    StandardError.write(
      Bytes("swifttrace: the trace function that was set is not called meanwhile\n"))
  }

  static func linesMayBeMissing(_ why: StaticString) {
    var message = Bytes("swifttrace: lines may be missing: ")
    message.append(why)
    message.append("\n")
    StandardError.write(message)
  }
}
