import CSystem

/// The handlers of signals that a trace installs, each of which hands on to what was
/// there before it. The state is a C header's, of which each object file has one of its
/// own: it is used here alone, and nothing of this is inlined elsewhere.
enum SignalHandlers {
  private static let fatal = [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT]

  /// - Parameter take: whether the address is one of ours, and is dealt with.
  @inline(never)
  static func guardAgainstSigbus(_ take: @convention(c) (UInt) -> CInt) {
    csystem_signals_state().pointee.take = take
    csystem_handle(SIGBUS, 0)
  }

  /// Has `print` called for each fatal signal, before it goes where it would have gone.
  @inline(never)
  static func printing(_ print: @convention(c) (CInt) -> Void) {
    csystem_give_handlers_a_stack()
    csystem_signals_state().pointee.print = print
    for number in fatal { csystem_handle(number, CInt(CSYSTEM_PRINTS_FATAL)) }
  }

  /// The same for a signal the user names. Where it would end the program it does, but
  /// for SIGUSR1 and SIGUSR2, which are there to be sent.
  @inline(never)
  static func install(requested number: CInt) {
    csystem_handle(number, CInt(CSYSTEM_PRINTS_REQUESTED))
  }

  @inline(never)
  static func removePrinting(requested number: CInt) {
    let state = csystem_signals_state()
    state.pointee.print = nil
    for fatal in fatal where fatal != SIGBUS || state.pointee.take == nil {
      csystem_unhandle(fatal)
    }
    if number != 0 { csystem_unhandle(number) }
  }

  /// As `kill -l` has it, with `SIG` in front; nil for one that few would know.
  static func name(of number: CInt) -> StaticString? {
    switch number {
    case SIGHUP: "SIGHUP"
    case SIGINT: "SIGINT"
    case SIGQUIT: "SIGQUIT"
    case SIGILL: "SIGILL"
    case SIGABRT: "SIGABRT"
    case SIGBUS: "SIGBUS"
    case SIGFPE: "SIGFPE"
    case SIGSEGV: "SIGSEGV"
    case SIGUSR1: "SIGUSR1"
    case SIGUSR2: "SIGUSR2"
    case SIGALRM: "SIGALRM"
    case SIGTERM: "SIGTERM"
    default: nil
    }
  }
}
