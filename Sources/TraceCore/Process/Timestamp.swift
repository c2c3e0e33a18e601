import CSystem

/// A moment, to the second, at a place on earth: `2026-11-21 05:40:13 +0100`.
///
/// Nothing here takes a lock of libc's, as `localtime_r` does: another thread may have
/// held it when a child was forked.
public struct Timestamp: Equatable, Sendable {
  /// Since 1970, UTC.
  let seconds: Int
  /// East of UTC, in seconds.
  let offset: Int

  init(seconds: Int, offset: Int) {
    (self.seconds, self.offset) = (seconds, offset)
  }

  /// The local time. The corresponding C function is `localtime_r`.
  public static var now: Timestamp {
    let seconds = time(nil)
    return Timestamp(seconds: seconds, offset: csystem_utc_offset(seconds))
  }

  /// Now, at the same place.
  public var later: Timestamp { Timestamp(seconds: time(nil), offset: offset) }

  /// As `strftime("%Y-%m-%d %H:%M:%S %z")` writes it.
  public func append(to output: inout Bytes) {
    let local = seconds &+ offset
    let (days, second) = Self.divided(local, by: 86_400)
    Self.appendDate(days, to: &output)
    output.append(Ascii.space)
    output.append(decimal: second / 3600, digits: 2)
    output.append(":")
    output.append(decimal: second / 60 % 60, digits: 2)
    output.append(":")
    output.append(decimal: second % 60, digits: 2)
    output.append(offset < 0 ? " -" : " +")
    output.append(decimal: abs(offset) / 3600, digits: 2)
    output.append(decimal: abs(offset) / 60 % 60, digits: 2)
  }

  /// Of the Gregorian calendar, counted in years that begin in March: the day that
  /// comes and goes is then the last one.
  private static func appendDate(_ days: Int, to output: inout Bytes) {
    let (era, day) = divided(days &+ 719_468, by: 146_097)
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
    let ofYear = day - (365 * year + year / 4 - year / 100)
    let month = (5 * ofYear + 2) / 153
    output.append(decimal: era * 400 + year + (month < 10 ? 0 : 1), digits: 4)
    output.append("-")
    output.append(decimal: month < 10 ? month + 3 : month - 9, digits: 2)
    output.append("-")
    output.append(decimal: ofYear - (153 * month + 2) / 5 + 1, digits: 2)
  }

  private static func divided(_ number: Int, by divisor: Int) -> (quotient: Int, rest: Int) {
    let rest = number % divisor
    return rest < 0 ? (number / divisor - 1, rest + divisor) : (number / divisor, rest)
  }
}
