import Testing

@testable import TraceCore

/// Line 1 of `text` in `/d/f.py`, as `template` has it.
private func rendered(_ template: Bytes, _ text: Bytes = "  x = 1  ", depth: Int = 1) throws
  -> Bytes
{
  let template = try LineTemplate(template)
  let lines = RenderedLines(
    of: RenderedLines.Source(SourceText(text), name: "f.py", path: "/d/f.py"),
    as: LineStyle(.template(template), depth: depth))
  return withExtendedLifetime(lines) {
    appended { output in
      template.append(lines.line(1), to: &output) { field in
        field == .task ? nil : Bytes(field.name) + "!"
      }
    }
  }
}

private func complaint(about template: Bytes) -> Bytes {
  do {
    _ = try LineTemplate(template)
    return "none"
  } catch {
    return error.description
  }
}

@Suite struct LineTemplateTests {
  @Test(
    "fields stand for what the line has",
    arguments: [
      ("{line}", "  x = 1\n"), ("{prefix} {lineno}", "+ 1\n"), ("{file} {path}", "f.py /d/f.py\n"),
      ("{name}", "f.py\n"), ("plain", "plain\n"), ("", "\n"), ("{{{lineno}}}", "{1}\n"),
      ("é{lineno}→", "é1→\n"),
    ] as [(Bytes, Bytes)])
  func fields(template: Bytes, expected: Bytes) throws {
    #expect(try rendered(template) == expected)
  }

  @Test("the levels' formats can be written as templates")
  func levels() throws {
    #expect(try rendered("{prefix} [{lineno:6}] {line}") == "+ [     1]   x = 1\n")
    let located = appended { output in
      Bytes("  x = 1").withUnsafeBufferPointer {
        LineStyle(.located).append(SourceLine($0, file: "f.py", number: 1), to: &output)
      }
    }
    #expect(try rendered("{prefix} [{file:>32.32}:{lineno:<6}] {line}") == located)
  }

  @Test("a prefix has a cross for each process")
  func depth() throws {
    #expect(try rendered("{prefix}{lineno}", depth: 3) == "+++1\n")
  }

  @Test(
    "a layout has a side, a width and how much of the end is kept",
    arguments: [
      ("{name:6}|", "f.py  |\n"), ("{name:>6}|", "  f.py|\n"), ("{name:<6}|", "f.py  |\n"),
      ("{name:.2}|", "py|\n"), ("{name:>4.2}|", "  py|\n"), ("{lineno:3}|", "  1|\n"),
      ("{name:2}|", "f.py|\n"), ("{depth:>7}|", " depth!|\n"), ("{name:.0}|", "|\n"),
    ] as [(Bytes, Bytes)])
  func layout(template: Bytes, expected: Bytes) throws {
    #expect(try rendered(template) == expected)
  }

  @Test("fields that vary are filled in their order; one that has no value is empty")
  func varying() throws {
    #expect(
      try rendered("{pid}-{thread}/{task}.{lineno} {time} {delta} {module} {function}")
        == "pid!-thread!/.1 time! delta! module! function!\n")
  }

  @Test("a template says what it has to be told each time")
  func wanted() throws {
    #expect(try LineTemplate("{line} {name}").varying.isEmpty)
    #expect(try LineTemplate("{pid}{depth}").varying == [.process, .depth])
  }

  @Test("what a terminal would act on is escaped, in the line and in a field that varies")
  func escaped() throws {
    #expect(try rendered("{line}", "\u{1B}[2J") == "\\x1b[2J\n")
    let template = try LineTemplate("{thread}")
    let lines = RenderedLines(
      of: RenderedLines.Source(SourceText("x"), name: "f.py"), as: LineStyle(.template(template)))
    let line = appended { output in
      template.append(lines.line(1), to: &output) { _ in "a\u{1B}b\n" }
    }
    #expect(line == "a\\x1bb\\x0a\n")
  }

  @Test(
    "what makes no sense is named",
    arguments: [
      ("{", "a { without its }"), ("}", "a } without its {"), ("a}b", "a } without its {"),
      ("{line", "a { without its }"), ("{line:x}", "no such layout: x"),
      ("{line:>x}", "no such layout: >x"), ("{line:.}", "no such layout: ."),
      ("{line:99999}", "no such layout: 99999"), ("{line:5.3f}", "no such layout: 5.3f"),
      ("{line:1234567}", "no such layout: 1234567"), ("\u{1E}", "it has a byte 0x1e"),
    ] as [(Bytes, Bytes)])
  func nonsense(template: Bytes, expected: Bytes) {
    #expect(complaint(about: template) == expected)
  }

  @Test("an unknown field is answered by the list of those there are")
  func unknown() {
    for name in ["{foo}", "{foo:3}", "{}", "{calls}", "{line.x}", "{0}"] as [Bytes] {
      let said = complaint(about: name)
      #expect(said.starts(with: "no field {"))
      #expect(
        said.string.hasSuffix(
          "there are prefix, file, path, name, lineno, line, pid, "
            + "thread, task, depth, function, module, time, delta, took"))
    }
  }
}

@Suite struct LineFieldTests {
  @Test(
    "seconds have six digits behind the point",
    arguments: [
      (0, "0.000000"), (999, "0.000000"), (1000, "0.000001"), (1_500_000_000, "1.500000"),
      (61_000_042_000, "61.000042"), (-5, "0.000000"),
    ] as [(Int, Bytes)])
  func seconds(nanoseconds: Int, expected: Bytes) {
    #expect(Bytes(seconds: nanoseconds) == expected)
  }
}
