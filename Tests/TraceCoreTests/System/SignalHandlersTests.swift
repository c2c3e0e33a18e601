import CSystem
import Foundation
import Testing

@testable import TraceCore

nonisolated(unsafe) private var printed: [CInt] = []
nonisolated(unsafe) private var handed: [CInt] = []

private func begin(_ requested: CInt = 0) {
  SignalHandlers.printing { printed.append($0) }
  if requested != 0 { SignalHandlers.install(requested: requested) }
}

private func setHandler(_ number: CInt, flags: CInt = 0) {
  var action = sigaction()
  action.__sigaction_handler.sa_handler = { handed.append($0) }
  action.sa_flags = flags
  sigaction(number, &action, nil)
}

private func flags(of number: CInt) -> CInt {
  var action = sigaction()
  sigaction(number, nil, &action)
  return action.sa_flags
}

private func isDefault(_ number: CInt) -> Bool {
  var action = sigaction()
  sigaction(number, nil, &action)
  return action.__sigaction_handler.sa_handler == nil
}

/// Each in a process of its own: handlers are the process's.
@Suite struct SignalHandlersTests {
  @Test("a handler that was there is called after what is printed")
  func handedOn() async throws {
    await #expect(processExitsWith: .success) {
      setHandler(SIGTERM)
      begin(SIGTERM)
      send(SIGTERM)
      send(SIGTERM)
      #expect(printed == [SIGTERM, SIGTERM])
      #expect(handed == [SIGTERM, SIGTERM])
    }
  }

  @Test("whether calls are interrupted stays as it was", arguments: [0, SA_RESTART])
  func restart(before: CInt) async throws {
    await #expect(processExitsWith: .success) { [before = before as CInt] in
      setHandler(SIGTERM, flags: before)
      begin(SIGTERM)
      #expect(flags(of: SIGTERM) & SA_RESTART == before)
      begin(SIGUSR1)
      #expect(flags(of: SIGUSR1) & SA_RESTART == SA_RESTART)
    }
  }

  @Test("SIGUSR1 and SIGUSR2, which would end the process, do not; others do")
  func userSignals() async throws {
    await #expect(processExitsWith: .signal(SIGHUP)) {
      begin(SIGUSR1)
      begin(SIGUSR2)
      begin(SIGHUP)
      send(SIGUSR1)
      send(SIGUSR2)
      guard printed == [SIGUSR1, SIGUSR2] else { exit(1) }
      send(SIGHUP)
    }
  }

  @Test("what does nothing by itself, or is ignored, goes on doing nothing")
  func nothing() async throws {
    await #expect(processExitsWith: .success) {
      signal(SIGHUP, SIG_IGN)
      for number in [SIGWINCH, SIGHUP, SIGCONT] {
        begin(number)
        printed = []
        for _ in 0..<3 { send(number) }
        #expect(printed == [number, number, number])
      }
      signal(SIGFPE, SIG_IGN)
      SignalHandlers.removePrinting(requested: 0)
      signal(SIGFPE, SIG_IGN)
      begin()
      printed = []
      send(SIGFPE)
      #expect(printed.isEmpty)
    }
  }

  @Test("afterwards the handlers are what they were")
  func removed() async throws {
    await #expect(processExitsWith: .success) {
      for number in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT] { signal(number, SIG_DFL) }
      setHandler(SIGFPE)
      for _ in 0..<3 {
        begin(SIGTERM)
        #expect(!isDefault(SIGSEGV) && !isDefault(SIGTERM))
        SignalHandlers.removePrinting(requested: SIGTERM)
        #expect([SIGSEGV, SIGBUS, SIGILL, SIGABRT, SIGTERM].allSatisfy(isDefault))
      }
      send(SIGFPE)
      #expect(handed == [SIGFPE])
      #expect(printed.isEmpty)
    }
  }

  @Test("a handler that comes back to ours, as faulthandler's does, is not called for ever")
  func circle() async throws {
    await #expect(processExitsWith: .signal(SIGFPE)) {
      signal(SIGFPE, SIG_DFL)
      begin()
      // On top of ours, it puts that back and raises again.
      nonisolated(unsafe) var ours = sigaction()
      sigaction(SIGFPE, nil, &ours)
      oursBefore = ours
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        handed.append(number)
        if handed.count > 1 { _exit(3) }
        sigaction(number, &oursBefore, nil)
        raise(number)
      }
      action.sa_flags = CInt(bitPattern: UInt32(SA_NODEFER))
      sigaction(SIGFPE, &action, nil)
      begin()
      send(SIGFPE)
      _exit(4)
    }
  }

  @Test("the main thread gets a stack for handlers, once, and only where it has none")
  func stack() throws {
    // The thread that forks is the child's main thread.
    _ = try fork {
      var none = stack_t()
      none.ss_flags = CInt(SS_DISABLE)
      var (first, second) = (stack_t(), stack_t())
      guard sigaltstack(&none, nil) == 0 else { return false }
      csystem_give_handlers_a_stack()
      sigaltstack(nil, &first)
      csystem_give_handlers_a_stack()
      sigaltstack(nil, &second)
      return first.ss_size >= 64 * 1024 && first.ss_sp == second.ss_sp
    }
  }

  @Test("names are those that kill -l has", arguments: [(SIGHUP, "SIGHUP"), (SIGTERM, "SIGTERM")])
  func names(number: CInt, expected: String) {
    #expect(SignalHandlers.name(of: number).map { Bytes($0).string } == expected)
    #expect(SignalHandlers.name(of: 63) == nil)
  }
}

nonisolated(unsafe) private var oursBefore = sigaction()
