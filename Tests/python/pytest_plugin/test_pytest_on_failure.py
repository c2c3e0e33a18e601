"""`pytest --swifttrace-on-failure`: the last lines of a test that fails, in its report."""

from __future__ import annotations

import re
import xml.etree.ElementTree

import pytest
from pytest_runs import (
    LAST_LINES,
    cart,
    indented_alike,
    named,
    run,
    section,
    shown_lines,
    without_time,
)

pytest_plugins = "pytester"
__all__ = ["cart"]

ALL = "swifttrace: last 40 lines"
ONE_FAILS = """\
import pytest

def test_one():
    first = 1
    assert first == 2
"""
LINES_OF_ONE = """\
  test_one.py:4  first = 1
>            :5  assert first == 2
"""


def test_the_lines_of_a_test_that_fails_are_in_its_report(cart):
    ended = run(cart, "--swifttrace-on-failure")
    assert section(ended.stdout.str(), ALL) == LAST_LINES
    ended.assert_outcomes(passed=1, failed=1)
    assert ended.stderr.str() == ""


def test_no_more_lines_are_shown_than_asked_for(cart):
    ended = run(cart, "--swifttrace-on-failure=3")
    shown = section(ended.stdout.str(), "swifttrace: last 3 lines")
    assert indented_alike(shown) == indented_alike("".join(LAST_LINES.splitlines(True)[-3:]))
    assert len(shown.splitlines()) == 3


def test_a_test_has_none_of_the_lines_of_the_tests_before(pytester):
    pytester.makepyfile(
        test_two="""\
        def test_before():
            before = 1

        def test_two():
            two = 2
            raise KeyError(two)

        def test_three():
            raise KeyError(3)
        """
    )
    ended = run(pytester, "--swifttrace-on-failure")
    text = named(ended.stdout.str())
    two, three = re.findall(r"- swifttrace: last 40 lines -+\n((?:[ >] .*\n)+)", text)
    assert two == "  test_two.py:5  two = 2\n> test_two.py:6  raise KeyError(two)\n"
    assert three == "> test_two.py:9  raise KeyError(3)\n"


def test_the_line_is_marked_that_called_what_is_not_in_scope(pytester):
    pytester.makepyfile(
        test_json="""\
        import json

        def parse(text):
            for again in range(2):
                value = json.loads(text)
                text = text[1:]
            return value

        def test_json():
            assert parse("1x") == 1
        """
    )
    ended = run(pytester, "--swifttrace-on-failure")
    marked = [line for line in shown_lines(ended, ALL) if line.startswith(">")]
    assert indented_alike(marked[0]) == "> test_json.py:5 value = json.loads(text)"
    assert len(marked) == 1


def test_what_neither_fails_nor_runs_has_no_lines(pytester):
    pytester.makepyfile(
        """\
        import pytest

        def test_passes():
            pass

        @pytest.mark.xfail
        def test_is_expected_to_fail():
            raise KeyError

        @pytest.mark.skip
        def test_skipped():
            pass

        def test_skips():
            pytest.skip("now")

        @pytest.fixture
        def broken():
            raise KeyError

        def test_setup(broken):
            pass
        """
    )
    ended = run(pytester, "--swifttrace-on-failure", "-rA")
    ended.assert_outcomes(passed=1, skipped=2, xfailed=1, errors=1)
    assert "swifttrace: last" not in ended.stdout.str()


def test_an_expected_failure_that_passes_has_its_lines(pytester):
    source = "import pytest\n@pytest.mark.xfail(strict=True)\ndef test_passes():\n    x = 1\n"
    pytester.makepyfile(test_strict=source)
    ended = run(pytester, "--swifttrace-on-failure")
    ended.assert_outcomes(failed=1)
    assert shown_lines(ended, ALL) == ["  test_strict.py:4  x = 1"]


def test_setup_and_teardown_are_there_where_all_phases_are_asked_for(pytester):
    pytester.makepyfile(
        test_phases="""\
        import pytest

        @pytest.fixture
        def ready():
            up = 1
            yield up
            raise KeyError(up)

        def test_ready(ready):
            assert ready
        """
    )
    ended = run(pytester, "--swifttrace-on-failure", "--swifttrace-phases=all")
    ended.assert_outcomes(passed=1, errors=1)
    assert shown_lines(ended, ALL) == [
        "  test_phases.py:5   up = 1",
        "  test_phases.py:6   yield up",
        "  test_phases.py:10  assert ready",
        "> test_phases.py:7   raise KeyError(up)",
    ]


def test_threads_are_named_in_a_test_that_has_several(pytester):
    pytester.makepyfile(
        test_threads="""\
        import threading

        def work():
            worked = 1

        def test_threads():
            thread = threading.Thread(target=work, name="worker")
            thread.start()
            thread.join()
            assert False

        def test_alone():
            assert False
        """
    )
    ended = run(pytester, "--swifttrace-on-failure")
    text = named(ended.stdout.str())
    several, alone = re.findall(r"- swifttrace: last 40 lines -+\n((?:[ >] .*\n)+)", text)
    assert re.search(r"(?m)^  test_threads.py:4 +\{worker\} worked = 1$", several)
    assert re.search(r"(?m)^> test_threads.py:10 +\{MainThread\} assert False$", several)
    assert alone == "> test_threads.py:13  assert False\n"


def test_deep_calls_are_indented_from_the_shallowest_one_shown(pytester):
    source = "def test_deep(n=300):\n    if n == 0:\n        1 / 0\n    test_deep(n - 1)\n"
    pytester.makepyfile(test_deep=source)
    ended = run(pytester, "--swifttrace-on-failure=3")
    # Deeper than 255 is not counted.
    assert shown_lines(ended, "swifttrace: last 3 lines") == [
        "  test_deep.py:4  test_deep(n - 1)",
        "  test_deep.py:2  if n == 0:",
        "> test_deep.py:3      1 / 0",
    ]
    pytester.makepyfile(test_deep=source.replace("300", "3"))
    ended = run(pytester, "--swifttrace-on-failure")
    indentations = [len(re.match(r". \S+ +", line)[0]) for line in shown_lines(ended, ALL)]
    first = indentations[0]
    assert [depth - first for depth in indentations] == [0, 0, 2, 2, 4, 4, 6, 6 + 4]


def test_depth_begins_anew_with_each_test(pytester):
    pytester.makepyfile(
        test_generators="""\
        left = []

        def numbers():
            try:
                yield 1
            finally:
                yield 2

        def test_leaves_generators_suspended():
            for _ in range(20):
                generator = numbers()
                next(generator)
                left.append(generator)

        def test_after():
            assert not left
        """
    )
    ended = run(pytester, "--swifttrace-on-failure")
    assert shown_lines(ended, ALL) == ["> test_generators.py:16  assert not left"]


def test_calls_of_code_that_is_out_of_scope_do_not_count(pytester):
    installed = pytester.mkdir("venv") / "site-packages"
    installed.mkdir()
    (installed / "walking.py").write_text(
        "def walk(n, function):\n    return walk(n - 1, function) if n else function()\n"
    )
    pytester.makepyfile(
        test_walk="""\
        import sys

        def called():
            pass

        def test_walk():
            sys.path.append("venv/site-packages")
            from walking import walk
            walk(5, called)
            assert False
        """
    )
    ended = run(pytester, "--swifttrace-on-failure")
    assert shown_lines(ended, ALL) == [
        '  test_walk.py:7   sys.path.append("venv/site-packages")',
        "  test_walk.py:8   from walking import walk",
        "  test_walk.py:9   walk(5, called)",
        "  test_walk.py:4     pass",
        "> test_walk.py:10  assert False",
    ]


@pytest.mark.parametrize(
    "odd",
    [
        "failures = ['name is empty']",
        "failures = {'name': 'is empty'}",
        "failures = 3",
        "example = test = 2",
        # The interpreter itself asks for `__notes__`.
        "def __getattr__(self, name): raise [RuntimeError, AttributeError][name[0] == '_'](name)",
        "exceptions = 5",
    ],
)
def test_an_exception_may_have_any_attributes(pytester, odd):
    pytester.makepyfile(
        test_odd=f"""\
        class Odd(Exception):
            {odd}

        def test_odd():
            raise Odd

        def test_after():
            pass
        """
    )
    ended = run(pytester, "--swifttrace-on-failure")
    ended.assert_outcomes(passed=1, failed=1)
    assert shown_lines(ended, ALL)[0] == "> test_odd.py:5  raise Odd"


def test_the_run_goes_on_where_a_report_takes_no_lines(pytester):
    pytester.makeconftest(
        """\
        import pytest

        class Text(str):
            def addsection(self, name):
                raise AssertionError

        class Item(pytest.Item):
            def runtest(self):
                raise KeyError
            def repr_failure(self, error):
                return Text("it has failed")

        class File(pytest.File):
            def collect(self):
                return [Item.from_parent(self, name=name) for name in "ab"]

        def pytest_collect_file(file_path, parent):
            return File.from_parent(parent, path=file_path) if file_path.suffix == ".item" else None
        """
    )
    pytester.makefile(".item", "")
    ended = run(pytester, "--swifttrace-on-failure")
    ended.assert_outcomes(failed=2)
    text = ended.stdout.str()
    assert len(re.findall("- swifttrace: lines -+\nthey cannot be shown: TypeError\n", text)) == 2


def test_what_a_group_is_made_of_is_where_it_came_from(pytester):
    pytester.makepyfile(
        test_groups="""\
        import asyncio

        async def job(number):
            await asyncio.sleep(0)
            raise ValueError(number)

        async def main():
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(job(1))

        def test_tasks():
            asyncio.run(main())

        def caught(function):
            try:
                function()
            except Exception as error:
                return error

        def first():
            raise KeyError(1)

        def second():
            raise ExceptionGroup("inner", [caught(third), KeyError(2)])

        def third():
            raise KeyError(3)

        def test_nested():
            raise ExceptionGroup("outer", [caught(first), caught(second)])
        """
    )
    ended = run(pytester, "--swifttrace-on-failure")
    marked = re.findall(r"(?m)^> (test_groups\.py:\d+) +(.*)", named(ended.stdout.str()))
    assert marked == [
        ("test_groups.py:5", "raise ValueError(number)"),
        ("test_groups.py:27", "raise KeyError(3)"),
    ]


# -- where it is shown --


@pytest.mark.parametrize("style", ["long", "short", "native", "line", "no"])
def test_traceback_styles_are_respected(pytester, style):
    pytester.makepyfile(test_one=ONE_FAILS.replace("first = 1", "print(1)\n    first = 1"))
    ended = run(pytester, "--swifttrace-on-failure", f"--tb={style}")
    text = ended.stdout.str()
    is_shown = "Captured stdout call" in text
    if style != "line":  # which shows it from pytest 9 on
        assert is_shown == (style != "no")
    assert (section(text, ALL) is not None) == is_shown


@pytest.mark.parametrize("capture", ["fd", "sys", "no", "tee-sys"])
def test_what_the_test_prints_is_its_own(pytester, capture):
    pytester.makepyfile(
        test_output="""\
        import os
        import sys

        def test_output(capfd):
            print("printed")
            os.write(2, b"written\\n")
            assert capfd.readouterr() == ("printed\\n", "written\\n")
            raise KeyError

        def test_captured():
            print("printed")
            os.write(2, b"written\\n")
            raise KeyError
        """
    )
    plain = run(pytester, f"--capture={capture}")
    ended = run(pytester, "--swifttrace-on-failure", f"--capture={capture}")
    assert ended.stderr.str() == plain.stderr.str()
    ours = r"-+ swifttrace: last 40 lines -+\n(?:[ >] +(?:test_output.py)?:.*\n)+|swifttrace: the last.*\n"
    text, count = re.subn(ours, "", ended.stdout.str())
    assert count == 3
    assert without_time(text) == without_time(plain.stdout.str())


def test_junit_xml_has_the_lines_in_the_failure(pytester):
    pytester.makepyfile(test_one=ONE_FAILS)
    run(pytester, "--swifttrace-on-failure", "--junitxml=report.xml", "-pno:terminal")
    tree = xml.etree.ElementTree.parse(pytester.path / "report.xml")
    (failure,) = tree.iter("failure")
    assert f"{ALL} " in failure.text
    assert LINES_OF_ONE.rstrip() in failure.text


def test_they_are_shown_once_with_other_output(pytester):
    pytester.makepyfile(
        test_log="""\
        import logging

        def test_log():
            logging.warning("warned")
            raise KeyError
        """
    )
    for options in (["--log-cli-level=INFO"], ["-rA"], ["--show-capture=no"], ["-vv"], ["-x"]):
        ended = run(pytester, "--swifttrace-on-failure", *options)
        assert len(shown_lines(ended, ALL)) == 2
        assert ended.stdout.str().count("swifttrace: last") == 1


def test_a_crash_prints_the_lines_on_standard_error(pytester):
    pytester.makepyfile(
        test_crash="""\
        import os

        def test_crash():
            near = "the end"
            os.abort()
        """
    )
    ended = run(pytester, "--swifttrace-on-failure")
    text = ended.stderr.str()
    assert re.search(r"(?m)^# swifttrace: process \d+: the last 2 of 2 lines, at SIGABRT$", text)
    assert re.search(r'(?m)^\S+/test_crash.py:4: +near = "the end"$', text)
    assert re.search(r"(?m)^\S+/test_crash.py:5: +os.abort\(\)$", text)


# -- programs that trace, fork, run pytest themselves --


def test_a_test_may_trace_by_itself(pytester):
    pytester.makepyfile(
        test_own="""\
        import swifttrace

        def test_own(capfd):
            swifttrace.enable(2)
            traced = 1
            swifttrace.disable()
            assert capfd.readouterr().err == (
                "+ [     5]     traced = 1\\n+ [     6]     swifttrace.disable()\\n"
            )

        def test_block(capfd):
            with swifttrace.trace(1):
                traced = 2
            assert capfd.readouterr().err.splitlines()[0] == "+         traced = 2"
            raise KeyError
        """
    )
    ended = run(pytester, "--swifttrace-on-failure")
    ended.assert_outcomes(passed=1, failed=1)
    numbers = [int(re.search(r":(\d+)", line)[1]) for line in shown_lines(ended, ALL)]
    assert numbers == [12, 14, 15]


def test_a_test_may_fork(pytester):
    pytester.makepyfile(
        test_fork="""\
        import os

        def child():
            in_child = 1
            os._exit(0)

        def test_fork():
            pid = os.fork()
            if pid == 0:
                child()
            os.waitpid(pid, 0)
            raise KeyError
        """
    )
    ended = run(pytester, "--swifttrace-on-failure")
    numbers = [int(re.search(r":(\d+)", line)[1]) for line in shown_lines(ended, ALL)]
    assert numbers == [8, 9, 11, 12]
    assert ended.stderr.str() == ""


def test_pytest_runs_within_pytest_are_traced_by_their_own_options(pytester):
    pytester.makepyfile(test_one=ONE_FAILS)
    pytester.makepyfile(
        test_outer="""\
        import pytest

        def test_outer(capfd):
            for options in (["--swifttrace-on-failure=1"], [], ["--swifttrace-on-failure=1"]):
                pytest.main(["-pno:randomly", "-pno:asyncio", "test_one.py", *options])
                shown = "swifttrace: last 1 lines" in capfd.readouterr().out
                assert shown == bool(options)
            raise KeyError
        """
    )
    ended = run(pytester, "--swifttrace-on-failure", "test_outer.py")
    assert "KeyError" in ended.stdout.str()
    assert shown_lines(ended, ALL)[-1] == "> test_outer.py:8  raise KeyError"
