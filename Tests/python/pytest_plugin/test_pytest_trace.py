"""`pytest --swifttrace`: every line of every test, in its report or in a file."""

from __future__ import annotations

import re

import pytest
from pytest_runs import CART, TEST_CART, cart, run, section, shown_lines
from terminals import run_in_terminal

pytest_plugins = "pytester"
__all__ = ["cart"]

CALL = "swifttrace: call"
# What `test_passes` runs.
LINES = [
    ("test_cart.py", 5),
    ("cart.py", 3),
    ("test_cart.py", 6),
    ("cart.py", 6),
    ("test_cart.py", 7),
    ("cart.py", 9),
    ("cart.py", 10),
    ("cart.py", 11),
    ("cart.py", 10),
    ("cart.py", 12),
]
TEXTS = {"cart.py": CART.splitlines(), "test_cart.py": TEST_CART.splitlines()}


def printed(directory, level, lines=LINES):
    """Return what a level prints of some lines."""
    result = []
    for file, number in lines:
        name = str(directory / file)[-32:]
        place = {1: "", 2: f"[{number:6}] ", 3: f"[{name:>32}:{number:<6}] "}[level]
        result.append(f"+ {place}{TEXTS[file][number - 1]}")
    return result


def with_names(texts, lines=LINES):
    """Return printed lines with the name of each file above those of it."""
    result = []
    for index, text in enumerate(texts):
        if index == 0 or lines[index][0] != lines[index - 1][0]:
            result.append(f"# {lines[index][0]}")
        result.append(text)
    return result


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_report_has_the_lines_as_the_level_prints_them(cart, level):
    """Levels 1 and 2 do not say which of several files a line is of: the report does."""
    ended = run(cart, f"--swifttrace={level}", "-rP", "test_cart.py::test_passes")
    texts = printed(cart.path, level)
    assert shown_lines(ended, CALL) == (texts if level == 3 else with_names(texts))
    assert ended.stderr.str() == ""


def test_reports_of_tests_that_fail_have_them_too_others_where_pytest_shows_those(cart):
    ended = run(cart, "--swifttrace=2")
    assert shown_lines(ended, CALL)[-1] == "+ [    11]             total += price * count"
    both = run(cart, "--swifttrace=2", "--swifttrace-on-failure=1")
    assert section(both.stdout.str(), "swifttrace: last 1 lines") is not None
    assert shown_lines(both, CALL) == shown_lines(ended, CALL)


@pytest.mark.parametrize("level", [1, 3])
def test_a_file_has_the_lines_of_all_tests_and_reports_have_none(cart, level):
    output = cart.path / "trace.log"
    output.write_text("what was there before\n" * 100)
    ended = run(cart, f"--swifttrace={level}", "--swifttrace-output=trace.log", "-rA")
    lines = output.read_text().splitlines()
    assert lines[: len(LINES)] == printed(cart.path, level)
    assert lines[-1] == printed(cart.path, level, [("cart.py", 11)])[0]
    assert len(lines) == len(LINES) + 8
    assert CALL not in ended.stdout.str()
    assert ended.stderr.str() == ""


@pytest.mark.parametrize("options", [[], ["-v"], ["-s"], ["-pno:terminal"]])
def test_a_dash_is_standard_output_past_what_is_captured(cart, options):
    ended = run(cart, "--swifttrace=2", "--swifttrace-output=-", *options)
    lines = [line for line in ended.stdout.lines if line.startswith("+ ")]
    assert lines[: len(LINES)] == printed(cart.path, 2)
    assert len(lines) == len(LINES) + 8
    assert ended.stderr.str() == ""


def test_a_report_of_very_many_lines_says_how_many_are_missing(pytester):
    pytester.makepyfile(
        test_many="""\
        def test_many():
            for number in range(1000):
                last = number
        """
    )
    ended = run(pytester, "--swifttrace=2", "-rP")
    shown = shown_lines(ended, CALL)
    assert shown[0] == "# 1001 lines before these"
    assert len(shown) == 1001
    assert shown[-1] == "+ [     2]     for number in range(1000):"
    run(pytester, "--swifttrace=2", "--swifttrace-output=all")
    assert len((pytester.path / "all").read_text().splitlines()) == 2001


def test_phases_have_sections_of_their_own(pytester):
    pytester.makepyfile(
        test_phases="""\
        import pytest

        @pytest.fixture
        def ready():
            up = 1
            yield up
            down = 1

        def test_ready(ready):
            assert ready
        """
    )
    ended = run(pytester, "--swifttrace=2", "--swifttrace-phases=all", "-rP")
    shown = [shown_lines(ended, f"swifttrace: {phase}") for phase in ("setup", "call", "teardown")]
    assert shown == [
        ["+ [     5]     up = 1", "+ [     6]     yield up"],
        ["+ [    10]     assert ready"],
        ["+ [     7]     down = 1"],
    ]
    ended = run(pytester, "--swifttrace=2", "-rP")
    assert re.findall(r"swifttrace: (\w+) --", ended.stdout.str()) == ["call"]


@pytest.mark.parametrize(
    ("scope", "files"),
    [
        (None, {"test_scope.py", "near.py"}),
        ("project", {"test_scope.py", "near.py"}),
        ("script", {"test_scope.py"}),
        ("all", {"test_scope.py", "near.py", "installed.py", "textwrap.py"}),
    ],
)
def test_the_scope_is_the_project_below_its_root(pytester, scope, files):
    installed = pytester.mkdir("venv") / "site-packages"
    installed.mkdir()
    (installed / "installed.py").write_text("def function():\n    return 3\n")
    pytester.makepyfile(
        near="def function():\n    return 4\n",
        test_scope="""\
        import sys
        import textwrap

        import near

        def test_scope():
            sys.path.append("venv/site-packages")
            import installed
            installed.function()
            near.function()
            textwrap.dedent(" text")
        """,
    )
    option = [] if scope is None else [f"--swifttrace-scope={scope}"]
    run(pytester, "--swifttrace=3", "--swifttrace-output=out", *option)
    text = (pytester.path / "out").read_text()
    found = set(re.findall(r"(\w+\.py):\d+ *\]", text))
    ours = {"swifttrace_pytest.py", "api.py", "run.py", "recording.py", "state.py"}
    assert found & (files | {"installed.py", "textwrap.py", "near.py"}) == files
    assert not found & ours


def test_a_disk_that_is_full_stops_the_trace_and_says_so_at_the_end(pytester):
    pytester.makepyfile(
        """\
        def test_many(capfd):
            for number in range(100):
                last = number
            assert capfd.readouterr() == ("", "")
        """
    )
    ended = run(pytester, "--swifttrace=2", "--swifttrace-output=/dev/full")
    ended.assert_outcomes(passed=1)
    ended.stdout.fnmatch_lines(["swifttrace: trace stopped: *No space left on device*"])
    assert ended.stderr.str() == ""


PATCHES = """\
import os


def test_patched(swifttrace, monkeypatch):
    monkeypatch.setattr(os, "getpid", lambda: 1)
    monkeypatch.setattr(os, "sep", "!")
    first = 1
    second = 2

def test_marked(monkeypatch):
    monkeypatch.setattr(os, "getpid", lambda: 1)
    third = 3

def test_patched_before(early, swifttrace):
    assert swifttrace.lines

def test_fails(monkeypatch):
    monkeypatch.setattr(os, "sep", "!")
    monkeypatch.setattr(os, "getpid", lambda: 1)
    assert False
"""


def test_what_a_test_patches_is_not_what_we_call(pytester):
    pytester.makeconftest(
        """\
        import os
        import pytest

        @pytest.fixture
        def early(monkeypatch):
            monkeypatch.setattr(os, "getpid", lambda: 1)
        """
    )
    pytester.makepyfile(test_patches=PATCHES)
    run(pytester, "--swifttrace=2", "--swifttrace-output=out")
    numbers = re.findall(r"(?m)^\+ \[ +(\d+)\]", (pytester.path / "out").read_text())
    assert list(map(int, numbers)) == [5, 6, 7, 8, 11, 12, 15, 18, 19, 20]
    ended = run(pytester, "--swifttrace-on-failure")
    assert shown_lines(ended, "swifttrace: last 40 lines") == [
        '  test_patches.py:18  monkeypatch.setattr(os, "sep", "!")',
        '  test_patches.py:19  monkeypatch.setattr(os, "getpid", lambda: 1)',
        "> test_patches.py:20  assert False",
    ]


def test_a_file_has_no_colours_where_pytest_runs_in_a_terminal(cart):
    options = ("--swifttrace=1", "--swifttrace-output=out", "-pno:asyncio", "-pno:randomly")
    run_in_terminal("-m", "pytest", *options, cwd=cart.path)
    text = (cart.path / "out").read_text()
    assert text.splitlines()[: len(LINES)] == printed(cart.path, 1)
    assert "\x1b" not in text


# -- the marker and the fixture, which need no option --


def test_a_marker_traces_its_test_alone(pytester):
    pytester.makepyfile(
        near="def function():\n    return 4\n",
        test_marked="""\
        import near
        import pytest

        def test_other():
            near.function()

        @pytest.mark.swifttrace
        def test_plain():
            near.function()

        @pytest.mark.swifttrace(level=2, scope="script")
        def test_with_arguments():
            near.function()
        """,
    )
    ended = run(pytester, "-rP", "--strict-markers")
    ended.assert_outcomes(passed=3)
    found = re.findall(r"- swifttrace: call -+\n((?:[+#] .*\n)+)", ended.stdout.str())
    both = "# test_marked.py\n+     near.function()\n# near.py\n+     return 4\n"
    assert found == [both, "+ [    13]     near.function()\n"]


def test_a_marker_says_level_and_scope_in_a_run_that_is_traced(pytester):
    pytester.makepyfile(
        near="def function():\n    return 4\n",
        test_marked="""\
        import near
        import pytest

        def test_before():
            near.function()

        @pytest.mark.swifttrace(level=1, scope="script")
        def test_marked():
            near.function()

        def test_after():
            near.function()
        """,
    )
    run(pytester, "--swifttrace=2", "--swifttrace-output=out")
    assert (pytester.path / "out").read_text().splitlines() == [
        "+ [     5]     near.function()",
        "+ [     2]     return 4",
        "+     near.function()",
        "+ [    12]     near.function()",
        "+ [     2]     return 4",
    ]


def test_a_fixture_has_the_lines_that_ran(pytester):
    pytester.makepyfile(
        near="def function(value):\n    if value:\n        return 1\n    return 2\n",
        test_fixture="""\
        import near

        def test_fixture(swifttrace):
            assert near.function(1) == 1
            assert "return 1" in swifttrace.lines
            assert "return 2" not in swifttrace.lines
            line = swifttrace.lines[swifttrace.lines.index("return 1")]
            assert (line.file, line.number, line.thread) == (near.__file__, 3, None)
            assert swifttrace.lines[0] == "assert near.function(1) == 1"
            assert swifttrace.lost == 0

        def test_begins_anew(swifttrace):
            lines = swifttrace.lines
            assert lines == ["lines = swifttrace.lines"]

        def test_later(request):
            unseen = 1
            lines = request.getfixturevalue("swifttrace")
            seen = 1
            assert "seen = 1" in lines.lines
            assert "unseen = 1" not in lines.lines

        def test_very_many(swifttrace):
            for number in range(60_000):
                last = number
            assert swifttrace.lost == 20_002
            assert len(swifttrace.lines) == 100_000
        """,
    )
    for options in ([], ["--swifttrace-on-failure=3"], ["--swifttrace=1"]):
        ended = run(pytester, *options)
        ended.assert_outcomes(passed=4)


def test_a_test_with_the_fixture_shows_its_lines_where_it_fails(pytester):
    source = "def test_one(swifttrace):\n    assert len(swifttrace.lines) == 2\n"
    pytester.makepyfile(test_one=source)
    ended = run(pytester)
    assert shown_lines(ended, "swifttrace: last 40 lines") == [
        "> test_one.py:2  assert len(swifttrace.lines) == 2"
    ]


def test_the_lines_of_a_test_with_the_fixture_are_in_the_file_with_the_others(pytester):
    pytester.makepyfile(
        """\
        def test_one():
            one = 1

        def test_two(swifttrace):
            assert swifttrace.lines

        def test_three():
            three = 3
        """
    )
    run(pytester, "--swifttrace=1", "--swifttrace-output=out").assert_outcomes(passed=3)
    assert (pytester.path / "out").read_text() == (
        "+     one = 1\n+     assert swifttrace.lines\n+     three = 3\n"
    )
