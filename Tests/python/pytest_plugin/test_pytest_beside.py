"""The pytest plugin beside other plugins, and with tests that are not functions."""

from __future__ import annotations

import json
import re

import pytest
from pytest_runs import (
    cart,
    indented_alike,
    named,
    needs,
    run,
    shown_lines,
    without_time,
)

pytest_plugins = "pytester"
__all__ = ["cart"]

ALL = "swifttrace: last 40 lines"
OPTIONS = ["--swifttrace-on-failure", "--swifttrace=3"]


@needs("pytest-cov")
@pytest.mark.parametrize(
    ("option", "core"),
    [
        *((option, "ctrace") for option in OPTIONS),
        ("--swifttrace --swifttrace-output=out", "ctrace"),
        # Where there is none it says so and takes the other one.
        (OPTIONS[0], "sysmon"),
    ],
)
def test_coverage_is_the_same(cart, monkeypatch, option, core):
    monkeypatch.setenv("COVERAGE_CORE", core)

    def measured(*options):
        arguments = ("--cov=.", "--cov-branch", "--cov-report=json:cov.json", "-pno:randomly")
        run(cart, *arguments, *options, plugins=("pytest-cov",))
        files = json.loads((cart.path / "cov.json").read_text())["files"]
        return {
            name: (file["executed_lines"], file["missing_lines"], file["executed_branches"])
            for name, file in files.items()
        }

    plain = measured()
    assert plain["cart.py"][0]
    assert measured(*option.split()) == plain


@needs("pytest-asyncio")
def test_coroutines(pytester):
    pytester.makepyfile(
        test_tasks="""\
        import asyncio
        import pytest

        async def child(number):
            await asyncio.sleep(0)
            if number:
                raise KeyError(number)

        @pytest.mark.asyncio
        async def test_tasks():
            await child(0)
            await asyncio.create_task(child(1))
        """
    )
    ended = run(pytester, "--swifttrace-on-failure", plugins=("pytest-asyncio",))
    ended.assert_outcomes(failed=1)
    # What runs after the exception depends on the version.
    assert shown_lines(ended, ALL)[:7] == [
        "  test_tasks.py:11  await child(0)",
        "  test_tasks.py:5     await asyncio.sleep(0)",
        "  test_tasks.py:6     if number:",
        "  test_tasks.py:12  await asyncio.create_task(child(1))",
        "  test_tasks.py:5   await asyncio.sleep(0)",
        "  test_tasks.py:6   if number:",
        "> test_tasks.py:7       raise KeyError(number)",
    ]


HANGS = """\
import time

def test_hangs():
    near = 1
    time.sleep(60)
"""


@needs("pytest-timeout")
def test_a_timeout_that_fails_the_test_has_the_lines_in_its_report(pytester):
    pytester.makepyfile(test_hangs=HANGS)
    options = ("--timeout=1", "--timeout-method=signal", "--swifttrace-on-failure")
    ended = run(pytester, *options, plugins=("pytest-timeout",))
    ended.assert_outcomes(failed=1)
    assert shown_lines(ended, ALL) == [
        "  test_hangs.py:4  near = 1",
        "> test_hangs.py:5  time.sleep(60)",
    ]


@needs("pytest-timeout")
def test_a_timeout_that_ends_the_process_dumps_the_lines_with_the_stacks(pytester):
    pytester.makepyfile(test_hangs=HANGS)
    options = ("--timeout=1", "--timeout-method=thread", "--swifttrace-on-failure")
    ended = run(pytester, *options, plugins=("pytest-timeout",))
    assert ended.ret == 1
    text = ended.stdout.str()
    assert re.search(r"~+ Stack of MainThread .*", text)
    assert re.search(
        rf"(?m)^~+ {ALL} ~+\n  test_hangs.py:4  near = 1\n               :5  time.sleep\(60\)\n",
        text,
    )


@needs("pytest-randomly")
def test_the_order_of_pytest_randomly_is_the_same(pytester):
    pytester.makepyfile(
        """\
        import random
        import pytest

        @pytest.mark.parametrize("number", range(12))
        def test_random(number):
            print("drew", random.random())
            assert number != 5
        """
    )
    options = ("-v", "-rA", "-prandomly", "--randomly-seed=7")
    plain = run(pytester, *options, plugins=("pytest-randomly",))
    ended = run(pytester, *options, "--swifttrace-on-failure", plugins=("pytest-randomly",))

    def drawn(ended):
        return re.findall(r"test_random\[\d+\] \w+|drew .*", ended.stdout.str())

    assert len(drawn(plain)) > 12
    assert drawn(ended) == drawn(plain)


@needs("pytest-rerunfailures")
def test_a_test_that_is_run_again_begins_anew(pytester):
    pytester.makepyfile(
        test_again="""\
        tries = []

        def test_again():
            tries.append(1)
            assert len(tries) > 9, len(tries)

        def test_works_the_second_time():
            tries.append(1)
            assert len(tries) == 5
        """
    )
    options = ("--reruns=2", "--swifttrace-on-failure")
    ended = run(pytester, *options, plugins=("pytest-rerunfailures",))
    ended.stdout.fnmatch_lines(["*1 failed, 1 passed, 3 rerun*"])
    assert shown_lines(ended, ALL) == [
        "  test_again.py:4  tries.append(1)",
        "> test_again.py:5  assert len(tries) > 9, len(tries)",
    ]


EXAMPLES = """\
from hypothesis import given, settings, strategies as st

@settings(database=None, derandomize=True)
@given(st.integers(), st.integers())
def test_examples(number, other):
    doubled = number * 2
    for step in range(2):
        doubled += step
    assert doubled < 100
"""


@needs("hypothesis")
def test_the_last_example_of_hypothesis_is_shown(pytester):
    pytester.makepyfile(test_examples=EXAMPLES)
    ended = run(pytester, "--swifttrace-on-failure", plugins=("hypothesis",))
    assert shown_lines(ended, ALL) == [
        "  test_examples.py:6  doubled = number * 2",
        "  test_examples.py:7  for step in range(2):",
        "  test_examples.py:8      doubled += step",
        "  test_examples.py:7  for step in range(2):",
        "  test_examples.py:8      doubled += step",
        "  test_examples.py:7  for step in range(2):",
        "> test_examples.py:9  assert doubled < 100",
    ]


@needs("hypothesis")
def test_of_several_failures_of_hypothesis_the_last_one_is_marked(pytester):
    pytester.makepyfile(
        test_several="""\
        from hypothesis import given, settings, strategies as st

        @settings(database=None, derandomize=True, max_examples=50)
        @given(st.integers(0, 100))
        def test_several(number):
            doubled = number * 2
            if doubled > 20:
                raise ValueError
            assert doubled < 16
        """
    )
    ended = run(pytester, "--swifttrace-on-failure", plugins=("hypothesis",))
    assert "2 distinct failures" in ended.stdout.str()
    marked = [line for line in shown_lines(ended, ALL) if line.startswith(">")]
    assert marked in (
        ["> test_several.py:8  raise ValueError"],
        ["> test_several.py:9  assert doubled < 16"],
    )
    assert shown_lines(ended, ALL)[0] == "  test_several.py:6  doubled = number * 2"


@needs("hypothesis")
def test_where_the_first_line_is_a_loop_all_the_lines_are_shown(pytester):
    source = EXAMPLES.replace("    doubled = number * 2\n    for step in range(2):\n", "")
    source = source.replace(
        "        doubled += step\n", "    for step in range(2):\n        pass\n"
    )
    source = source.replace("assert doubled", "assert number")
    pytester.makepyfile(test_examples=source)
    ended = run(pytester, "--swifttrace-on-failure=12", plugins=("hypothesis",))
    assert len(shown_lines(ended, "swifttrace: last 12 lines")) == 12


@needs("hypothesis")
def test_what_hypothesis_says_is_the_same(pytester):
    pytester.makepyfile(test_examples=EXAMPLES)
    plain = run(pytester, plugins=("hypothesis",))
    ended = run(pytester, "--swifttrace-on-failure", plugins=("hypothesis",))
    ours = rf"-+ {ALL} -+\n(?:[ >] .*\n)+|swifttrace: the last.*\n"
    text = re.sub(ours, "", ended.stdout.str())
    # Which of the arguments matter it finds out by a trace of its own.
    assert "or any other generated value" in text
    assert without_time(text) == without_time(plain.stdout.str())


def test_methods_of_unittest_and_their_subtests(pytester):
    pytester.makepyfile(
        test_case="""\
        import unittest

        class TestCase(unittest.TestCase):
            def setUp(self):
                self.ready = 1

            def test_fails(self):
                self.assertEqual(self.ready, 2)

            def test_subtests(self):
                for number in range(3):
                    with self.subTest(number=number):
                        self.assertNotEqual(number, 1)

            @unittest.expectedFailure
            def test_expected(self):
                self.fail()
        """
    )
    ended = run(pytester, "--swifttrace-on-failure")
    text = named(ended.stdout.str())
    found = re.findall(rf"- {ALL} -+\n((?:[ >] .*\n)+)", text)
    assert found[0] == (
        "  test_case.py:5  self.ready = 1\n> test_case.py:8  self.assertEqual(self.ready, 2)\n"
    )
    assert indented_alike(found[1]).splitlines()[-2] == (
        "> test_case.py:13 self.assertNotEqual(number, 1)"
    )
    assert len(found) == 2


@pytest.mark.skipif(
    not hasattr(pytest, "Subtests"), reason="pytest has the fixture from version 9 on"
)
def test_each_subtest_that_fails_has_the_lines_up_to_then(pytester):
    pytester.makepyfile(
        test_sub="""\
        def test_sub(subtests):
            for number in range(3):
                with subtests.test(number=number):
                    assert number != 1
            last = 1
        """
    )
    ended = run(pytester, "--swifttrace-on-failure")
    text = named(ended.stdout.str())
    found = re.findall(rf"- {ALL} -+\n((?:[ >] .*\n)+)", text)
    assert found[0].splitlines()[-2] == "> test_sub.py:4          assert number != 1"
    assert "last = 1" not in found[0]


def test_examples_of_doctest_are_shown_where_they_stand(pytester):
    pytester.makepyfile(
        shop='''\
        def double(number):
            """Return twice the number.

            >>> double(1)
            2
            >>> for number in range(2):
            ...     print(double(number))
            0
            1
            """
            return number * 2
        '''
    )
    pytester.maketxtfile(test_text=">>> value = 1\n>>> value + 'x'\n2\n")
    options = ("--doctest-modules", "--swifttrace-on-failure")
    ended = run(pytester, *options, "shop.py")
    ended.assert_outcomes(failed=1)
    assert list(map(indented_alike, shown_lines(ended, ALL))) == [
        "  shop.py:4 double(1)",
        "  shop.py:11 return number * 2",
        "  shop.py:6 for number in range(2):",
        "  shop.py:7 print(double(number))",
        "  shop.py:11 return number * 2",
        "  shop.py:6 for number in range(2):",
        "> shop.py:7 print(double(number))",
        "  shop.py:11 return number * 2",
        "  shop.py:6 for number in range(2):",
    ]
    ended = run(pytester, *options, "test_text.txt")
    ended.assert_outcomes(failed=1)
    assert shown_lines(ended, ALL) == [
        "  test_text.txt:1  value = 1",
        "> test_text.txt:2  value + 'x'",
    ]
