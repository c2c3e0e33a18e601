import Testing

@testable import TraceCore

@Suite struct SecretNamesTests {
  @Test(
    "a secret's name, in each way to write several words",
    arguments: [
      "password", "DBPassword", "api_key", "apiKeys", "AWSKey", "DBPass", "otp", "otp_2",
      "sessionId", "session-id", "SESSIONID", "mfa_code", "__pw", "passcode", "dsn",
    ] as [Bytes])
  func secret(name: Bytes) {
    #expect(SecretNames.contain(name))
  }

  @Test(
    "a name that has the letters and not the word",
    arguments: [
      "", "1", "_", "key", "sort_key", "author", "spin", "p_at", "bypass", "sessionidle", "é",
    ] as [Bytes])
  func open(name: Bytes) {
    #expect(!SecretNames.contain(name))
  }

  @Test(
    "functions that return a secret",
    arguments: [
      "get_password", "_readApiKey", "token", "get_password.<locals>.<genexpr>",
      "A.token.<locals>.<lambda>.<locals>.<listcomp>",
    ] as [Bytes]
  )
  func returned(name: Bytes) {
    #expect(SecretNames.areReturned(by: name))
  }

  @Test(
    "functions that return something else",
    arguments: [
      "", "get", "check_password", "get_user_by_token", "_get_value_for_key", "next_token",
      "get_password.<locals>.f", "Token.<genexpr>", "Token.f", "<lambda>",
    ] as [Bytes])
  func notReturned(name: Bytes) {
    #expect(!SecretNames.areReturned(by: name))
  }
}
