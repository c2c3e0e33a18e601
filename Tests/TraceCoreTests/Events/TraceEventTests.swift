import Testing

@testable import TraceCore

private func event(_ kind: TraceEvent.Kind, depth: Int = 1) -> TraceEvent {
  TraceEvent(kind, at: 7, function: "Shop.sell", depth: depth)
}

@Suite struct TraceEventTests {
  @Test("a call says its function and its arguments, a return its value")
  func calls() {
    #expect(event(.call(arguments: "self, n=3")).text == Bytes("=> Shop.sell(self, n=3)"))
    #expect(event(.return(value: "None")).text == Bytes("<= Shop.sell: None"))
    #expect(event(.yield(value: "1")).text == Bytes("<~ Shop.sell: 1"))
    #expect(event(.resume).text == Bytes("~> Shop.sell()"))
  }

  @Test(
    "an exception says what becomes of it, and its type where that is known",
    arguments: [
      (TraceEvent.Stage.raised, "KeyError('x')", "!! Shop.sell: raised KeyError('x')"),
      (.raisedAgain, "KeyError", "!! Shop.sell: raised again KeyError"),
      (.caught, "KeyError", "!! Shop.sell: caught KeyError"),
      (.left, "KeyError", "!! Shop.sell: left KeyError"), (.left, "", "!! Shop.sell: left"),
    ] as [(TraceEvent.Stage, Bytes, Bytes)])
  func exceptions(_ stage: TraceEvent.Stage, _ exception: Bytes, _ text: Bytes) {
    #expect(event(.exception(stage, exception: exception)).text == text)
  }

  @Test("changes and notes stand behind a #, indented as their line is")
  func notes() {
    #expect(event(.change("x = 3 → 4")).text == Bytes("# x = 3 → 4"))
    #expect(event(.note("by f.py:1 main")).text == Bytes("# by f.py:1 main"))
    #expect(event(.change("x = 3")).indentation == nil)
  }

  @Test("a call is indented by its depth, up to 50 calls", arguments: [(1, 0), (3, 4), (999, 100)])
  func indentation(depth: Int, spaces: Int) {
    #expect(event(.resume, depth: depth).indentation == spaces)
  }
}
