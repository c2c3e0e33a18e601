"""`pytest --swifttrace-on-failure` where lines run after the exception was raised, and where
that came from another place than the one it went through last.
"""

from __future__ import annotations

import re

import pytest
from pytest_runs import run, section, shown_lines

pytest_plugins = "pytester"

HEADING = "swifttrace: last 12 lines"
OPTION = "--swifttrace-on-failure=12"
HELPERS = """\
import asyncio, contextlib, unittest
import pytest

def check(value):
    assert value == 3

def tidy():
    for number in range(40):
        left = number

"""


def shown(pytester, source, *options):
    pytester.makepyfile(test_it=HELPERS + source)
    return shown_lines(run(pytester, OPTION, *options), HEADING)


def marked(lines):
    return [line.split(maxsplit=2)[2] for line in lines if line.startswith(">")]


def ran_after(lines):
    found = re.fullmatch(r"  … (\d+) lines? ran after it", lines[-1])
    return int(found[1]) if found else 0


def test_teardown_does_not_push_the_failure_out(pytester):
    pytester.makepyfile(
        test_teardown="""\
        import unittest

        def total(items):
            return sum(items) + 1

        class T(unittest.TestCase):
            def tearDown(self):
                for number in range(30):
                    self.left = number

            def test(self):
                items = [1, 2]
                result = total(items)
                assert result == 3
        """
    )
    ended = run(pytester, OPTION)
    assert section(ended.stdout.str(), HEADING) == (
        "  test_teardown.py:12  items = [1, 2]\n"
        "                  :13  result = total(items)\n"
        "                  :4     return sum(items) + 1\n"
        ">                 :14  assert result == 3\n"
        "  … 61 lines ran after it\n"
    )


@pytest.mark.parametrize(
    "body",
    [
        "    try:\n        check(0)\n    finally:\n        tidy()\n",
        # The line that failed runs again.
        "    try:\n        check(0)\n    finally:\n        check(3)\n        tidy()\n",
        "    with contextlib.closing(Client()):\n        check(0)\n",
        "    with client():\n        check(0)\n",
        "    try:\n        check(0)\n    except AssertionError:\n        tidy()\n        raise\n",
        "    found = []\n    for value in range(5):\n        try:\n            check(value)\n"
        "        except AssertionError as error:\n            found.append(error)\n"
        "    tidy()\n    raise found[0]\n",
        "    asyncio.run(alone())\n",
        "    asyncio.run(together())\n",
        "    asyncio.run(grouped())\n",
    ],
)
def test_the_lines_shown_end_where_the_exception_was_raised(pytester, body):
    source = """\
class Client:
    def close(self):
        tidy()

@contextlib.contextmanager
def client():
    try:
        yield
    finally:
        tidy()

async def alone():
    try:
        check(0)
    finally:
        tidy()

async def waits():
    try:
        await asyncio.sleep(9)
    finally:
        tidy()

async def fails():
    await asyncio.sleep(0)
    check(0)

async def together():
    try:
        await asyncio.gather(fails(), waits())
    finally:
        tidy()

async def grouped():
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(fails())
        tasks.create_task(waits())

def test_it():
"""
    lines = shown(pytester, source + body)
    assert marked(lines) == ["assert value == 3"]
    assert lines[-2].startswith(">")
    assert ran_after(lines) >= 80
    assert len(lines) <= 13


def test_methods_of_unittest_and_a_subtest_end_there_too(pytester):
    lines = shown(
        pytester,
        """\
class T(unittest.TestCase):
    def tearDown(self):
        tidy()

    def test_it(self):
        for number in range(3):
            with self.subTest(number=number):
                check(3 if number != 1 else 4)
        tidy()
""",
    )
    assert marked(lines) == ["assert value == 3"]
    assert lines[-2].startswith(">") or lines[-1].startswith(">")


def test_an_exception_that_replaces_another_is_the_one(pytester):
    lines = shown(
        pytester,
        """\
def test_it():
    try:
        check(0)
    except AssertionError as error:
        tidy()
        raise ValueError(1) from error
""",
    )
    assert marked(lines) == ["raise ValueError(1) from error"]
    assert lines[-1].startswith(">")


def test_pytest_raises_is_where_it_came_from_where_nothing_was_raised(pytester):
    lines = shown(
        pytester,
        "def test_it():\n    with pytest.raises(KeyError):\n        tidy()\n",
    )
    assert marked(lines) == ["with pytest.raises(KeyError):"]
    assert lines[-1].startswith(">")


def test_nothing_is_marked_where_the_origin_is_not_shown(pytester):
    lines = shown(
        pytester,
        """\
def key(value):
    tidy()
    return value if value < 3 else None

def test_it():
    sorted([1, 2, 3, 4], key=key)
""",
    )
    assert marked(lines) == []
    assert lines[-1].endswith("return value if value < 3 else None")
    assert len(lines) == 12


def test_a_fixture_that_fails_is_shown_up_to_there(pytester):
    source = """\
@pytest.fixture
def broken():
    try:
        check(0)
    finally:
        tidy()

def test_it(broken):
    pass
"""
    lines = shown(pytester, source, "--swifttrace-phases=all")
    assert marked(lines) == ["assert value == 3"]
    assert ran_after(lines) >= 80


def test_more_lines_than_are_kept_are_counted(pytester):
    source = """\
def test_it():
    try:
        check(0)
    finally:
        for number in range(80_000):
            left = number
"""
    lines = shown(pytester, source)
    assert marked(lines) == []
    assert re.fullmatch(
        r"  … 16000\d lines ran after it \(of which these are the last\)", lines[-1]
    )
    assert len(lines) == 13


def test_a_statement_over_several_lines_is_one_row_and_a_new_run_another(pytester):
    lines = shown(
        pytester,
        """\
def double(
    value,
):
    return (value
            * 2)

def test_it():
    for value in (
        1,
        2,
    ):
        assert [  # each
            each
            for each in [double(
                value,
            )]
        ] == [
            2,
        ], (
            "not "
            "two"
        )
""",
    )
    # By file, the first line of the statement, and its text.
    assert [line[2:].split(maxsplit=1) for line in lines] == [
        ["test_it.py:18", "for value in (1, 2,):"],
        [
            "test_it.py:22",
            'assert [each for each in [double(value,)]] == [2,], ("not " "two")',
        ],
        ["test_it.py:14", "return (value * 2)"],
        ["test_it.py:18", "for value in (1, 2,):"],
        [
            "test_it.py:22",
            'assert [each for each in [double(value,)]] == [2,], ("not " "two")',
        ],
        ["test_it.py:14", "return (value * 2)"],
    ]
    assert [line[:1] for line in lines] == [" ", " ", " ", " ", ">", " "]


def test_blocks_are_indented_and_a_file_is_named_once_for_the_rows_in_it(pytester):
    pytester.makepyfile(
        helpers="""\
        class Helper:
            def run(self, value):
                if value:
                    while value > 1:
                        value -= 1
                return 1 / (value - 1)
        """,
        test_it="""\
        from helpers import Helper

        def test_it():
            for value in [0, 2]:
                if value:
                    Helper().run(value)
        """,
    )
    ended = run(pytester, OPTION)
    assert section(ended.stdout.str(), HEADING) == (
        "  test_it.py:4  for value in [0, 2]:\n"
        "            :5      if value:\n"
        "            :4  for value in [0, 2]:\n"
        "            :5      if value:\n"
        "            :6          Helper().run(value)\n"
        "  helpers.py:3    if value:\n"
        "            :4        while value > 1:\n"
        "            :5            value -= 1\n"
        "            :4        while value > 1:\n"
        ">           :6    return 1 / (value - 1)\n"
    )


def test_a_source_that_has_changed_is_shown_as_it_ran(pytester):
    pytester.makepyfile(
        test_it="""\
        def test_it():
            text = open(__file__).read()
            open(__file__, "w").write("\\n\\n(" + text)
            try:
                (
                    1
                    / 0
                )
            finally:
                open(__file__, "w").write("def x(): (")
        """
    )
    lines = shown_lines(run(pytester, OPTION), HEADING)
    assert marked(lines) == ["1"]
    assert lines[0] == "  test_it.py:2  text = open(__file__).read()"


def test_a_crash_prints_no_more_lines_than_asked_for(pytester):
    pytester.makepyfile(
        test_it="import os\ndef test_it():\n    for n in range(99):\n        m = n\n    os.abort()\n"
    )
    ended = run(pytester, OPTION)
    assert re.search(r"the last 12 of 200 lines, at SIGABRT", ended.stderr.str())
    assert len(re.findall(r"test_it.py:\d+: ", ended.stderr.str())) == 12


def test_exceptions_of_threads_are_found_where_they_were_raised(pytester):
    lines = shown(
        pytester,
        """\
from concurrent.futures import ThreadPoolExecutor

def test_it():
    with ThreadPoolExecutor(1, "worker") as pool:
        future = pool.submit(check, 0)
        try:
            future.result()
        finally:
            tidy()
""",
    )
    (line,) = [line for line in lines if line.startswith(">")]
    assert line.endswith("{worker_0} assert value == 3")
