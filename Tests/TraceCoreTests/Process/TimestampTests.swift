import Foundation
import Testing

@testable import TraceCore

@Suite struct TimestampTests {
  private func text(_ seconds: Int, _ offset: Int = 0) -> String {
    appended { Timestamp(seconds: seconds, offset: offset).append(to: &$0) }.string
  }

  @Test(
    "a moment is written with its place",
    arguments: [
      (0, 0, "1970-01-01 00:00:00 +0000"),
      (1_795_239_613, 0, "2026-11-21 05:40:13 +0000"),
      (1_795_239_613, 19_800, "2026-11-21 11:10:13 +0530"),
      (1_795_239_613, -12_600, "2026-11-21 02:10:13 -0330"),
      (951_782_399, 0, "2000-02-28 23:59:59 +0000"),
      (951_782_400, 0, "2000-02-29 00:00:00 +0000"),
      (-1, 0, "1969-12-31 23:59:59 +0000"),
      (0, -3600, "1969-12-31 23:00:00 -0100"),
      (4_107_542_400, 0, "2100-03-01 00:00:00 +0000"),
    ])
  func written(seconds: Int, offset: Int, expected: String) {
    #expect(text(seconds, offset) == expected)
  }

  @Test("every day of four centuries is the calendar's")
  func days() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
    for day in stride(from: -30_000, to: 120_000, by: 13) {
      let date = Date(timeIntervalSince1970: Double(day) * 86_400)
      let parts = calendar.dateComponents([.year, .month, .day], from: date)
      let expected = String(
        format: "%04d-%02d-%02d", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
      #expect(text(day * 86_400).prefix(10) == expected)
    }
  }

  @Test("now is now, at this place")
  func now() {
    let before = Int(Date().timeIntervalSince1970)
    let now = Timestamp.now
    #expect(before...(before + 2) ~= now.seconds)
    #expect(now.offset == TimeZone.current.secondsFromGMT(for: Date()))
    #expect(now.later.offset == now.offset)
    #expect(now.later.seconds - now.seconds <= 2)
  }
}
