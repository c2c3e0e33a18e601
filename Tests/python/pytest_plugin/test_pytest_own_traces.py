"""The pytest plugin and tests that use swifttrace themselves."""

from __future__ import annotations

import re

import pytest
from pytest_runs import named, run, shown_lines

pytest_plugins = "pytester"

ALL = "swifttrace: last 40 lines"


@pytest.fixture
def api(pytester):
    """Tests of a program that asks swifttrace what it does."""
    pytester.makepyfile(
        test_api="""\
        import pytest
        import swifttrace

        def test_before():
            before = 1

        def test_nothing_is_kept():
            with pytest.raises(RuntimeError, match="no lines are kept"):
                swifttrace.dump()

        def test_nothing_is_on():
            status = swifttrace.status()
            assert not status.enabled
            assert (status.level, status.scope, status.output, status.lines) == (None,) * 3 + (0,)

        def test_own_lines_are_dumped(capfd):
            swifttrace.enable(2, last=5)
            kept = 1
            swifttrace.disable()
            after = 1
            swifttrace.dump()
            assert capfd.readouterr().err.splitlines()[1:] == [
                "+ [    18]     kept = 1",
                "+ [    19]     swifttrace.disable()",
            ]

        def test_status_is_that_of_the_test(tmp_path):
            with swifttrace.trace(3, output=tmp_path / "out"):
                assert swifttrace.status().level == 3
            assert not swifttrace.status().enabled
        """
    )
    return pytester


@pytest.mark.parametrize("option", ["-v", "--swifttrace-on-failure", "--swifttrace=1"])
def test_the_answers_of_the_api_are_the_same(api, option):
    run(api, option).assert_outcomes(passed=5)


def test_a_trace_that_a_test_leaves_on_gives_way_to_those_of_the_next(pytester):
    pytester.makepyfile(
        test_left="""\
        import swifttrace

        def test_leaves():
            swifttrace.enable(2, output="own.log")
            own = 1

        def test_next():
            following = 2
            assert swifttrace.status().output == "own.log"
            assert following == 3

        def test_ends_it():
            swifttrace.disable()
            assert "following" not in open("own.log").read()

        def test_traces_anew():
            swifttrace.enable(2, output="new.log")
            anew = 1
            swifttrace.disable()
            raise KeyError
        """
    )
    ended = run(pytester, "--swifttrace-on-failure")
    ended.assert_outcomes(passed=2, failed=2)
    first, second = re.findall(rf"- {ALL} -+\n((?:[ >] .*\n)+)", named(ended.stdout.str()))
    assert first.splitlines() == [
        "  test_left.py:8   following = 2",
        '  test_left.py:9   assert swifttrace.status().output == "own.log"',
        "> test_left.py:10  assert following == 3",
    ]
    assert second.splitlines() == [
        '  test_left.py:17  swifttrace.enable(2, output="new.log")',
        "> test_left.py:20  raise KeyError",
    ]
    assert "+ [     5]     own = 1\n" in (pytester.path / "own.log").read_text()
    assert "+ [    18]     anew = 1\n" in (pytester.path / "new.log").read_text()
    remarks = [line for line in ended.outlines if line.startswith("swifttrace: the trace")]
    by = "left on by test_left.py::test_leaves"
    assert remarks == [f"swifttrace: the trace to own.log, {by}, lacks the lines of later tests"]


def test_a_trace_that_was_on_before_the_tests_gives_way_and_it_is_said(pytester):
    pytester.makeconftest("import swifttrace\nswifttrace.enable(2, output='own.log')\n")
    pytester.makepyfile(test_one="def test_one():\n    one = 1\n    assert not one\n")
    ended = run(pytester, "--swifttrace-on-failure")
    shown = shown_lines(ended, ALL)[:2]
    assert shown == ["  test_one.py:2  one = 1", "> test_one.py:3  assert not one"]
    assert "swifttrace: the trace to own.log lacks the lines of the tests" in ended.outlines
    ended = run(pytester)
    assert "swifttrace:" not in ended.stdout.str()


def test_a_block_of_a_fixture_goes_on_and_reports_say_so(pytester):
    pytester.makepyfile(
        test_block="""\
        import pytest
        import swifttrace

        @pytest.fixture(scope="module")
        def traced():
            with swifttrace.trace(2, output="own.log"):
                yield

        def test_first(traced):
            first = 1
            raise KeyError

        def test_second():
            second = 2
            raise KeyError
        """
    )

    def own_lines(*options):
        ended = run(pytester, *options)
        ended.assert_outcomes(failed=2)
        text = (pytester.path / "own.log").read_text()
        return ended, [line for line in text.splitlines() if line.startswith("+")]

    _, plain = own_lines()
    ended, lines = own_lines("--swifttrace-on-failure")
    assert lines == plain
    assert "+ [    14]     second = 2" in lines
    shown = re.findall(rf"- {ALL} -+\n(.*)\n", ended.stdout.str())
    assert shown == ["(a trace of the tests' own was on)"] * 2


def test_a_test_that_ends_what_it_traces_is_shown_again(pytester):
    pytester.makepyfile(
        test_ends="""\
        import swifttrace

        def test_ends():
            swifttrace.disable()
            after = 1
            swifttrace.enable(output="own.log")
            own = 2
            swifttrace.disable()
            last = 3
            raise KeyError
        """
    )
    ended = run(pytester, "--swifttrace-on-failure")
    numbers = [int(re.search(r":(\d+)", line)[1]) for line in shown_lines(ended, ALL)]
    assert numbers == [4, 5, 6, 9, 10]


def test_a_log_goes_on_where_a_test_patches_what_it_needs(pytester):
    pytester.makepyfile(
        """\
        import builtins
        import os
        import time

        import swifttrace

        def test_patches(monkeypatch):
            swifttrace.enable(2, output="own.log", follow=True, debug=2, debug_log="debug.log")
            for name in ("getpid", "getppid", "fstat", "write", "putenv", "unsetenv", "getcwd"):
                monkeypatch.setattr(os, name, lambda *_: 1 / 0)
            monkeypatch.setattr(time, "strftime", lambda *_: 1 / 0)
            monkeypatch.setattr(builtins, "open", lambda *_: 1 / 0)
            (lambda: 1)()
            swifttrace.disable()
            monkeypatch.undo()
            log = open("debug.log").read()
            assert log.count("call test_patches.<locals>.<lambda>") == 1
            assert "sink: " in log.splitlines()[-1]
            assert "SWIFTTRACE" not in os.environ
            assert not [name for name in os.listdir() if name.startswith("debug.") and "1" in name]
        """
    )
    run(pytester, "-pno:swifttrace").assert_outcomes(passed=1)
    run(pytester, "--swifttrace-on-failure").assert_outcomes(passed=1)
