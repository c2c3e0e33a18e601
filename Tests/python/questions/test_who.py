"""`--who FUNC` shows the calls of a function by the chains of their callers."""

from __future__ import annotations

import pytest
from conftest import run_swifttrace

PROGRAM = """\
import random
from collections import deque
from os.path import join as joined
from threading import Thread


class Store:
    def __init__(self, name, *more, size=1):
        self.name = name

    def close(self):
        if self.name == "bad":
            raise ValueError("bad name")
        return self.name

    @staticmethod
    def find(password):
        return Store("found")


def use(name):
    store = Store(name)
    try:
        return store.close()
    except ValueError:
        return None


def numbers():
    yield 1
    yield 2


class Loud:
    def __repr__(self):
        print("loud")
        return "loud"


def show(value):
    return value


random.seed(1)
for each in "a", "bad", "a":
    use(each)
Store("own", 1, 2, size=3)
Store.find("hunter2")
list(numbers())
joined("a", "b")
show(Loud())
for turn in range(2):
    thread = Thread(target=show, args=("thread",))
    thread.start()
    thread.join()
values = deque([3, 1])
values.rotate(2)
try:
    values.index(9)
except ValueError:
    pass
"""
ANSWERS = {
    "Store.close": [
        "# Store.close was called 3 times, from 1 place by 1 chain",
        "+ [program.py:24]         return store.close()",
        "+ [program.py:24]         # close() → 'a', twice, by program.py:46 <module>",
        "+ [program.py:24]         return store.close()",
        "+ [program.py:24]         # close() raised ValueError('bad name'), by program.py:46 <module>",
    ],
    "program.nothing": ["# nobody called program.nothing"],
    "closed": ["# nobody called closed; did you mean Store.close?"],
    "Store.fnd": ["# nobody called Store.fnd; did you mean Store.find?"],
    "Store": [
        "# Store was called 5 times, from 3 places by 3 chains",
        "+ [program.py:22]     store = Store(name)",
        "+ [program.py:22]     # 3 times: Store(name='a', size=1, more=()) → None; "
        "Store(name='bad', size=1, more=()) → None, by program.py:46 <module>",
    ],
    "Store.find": [
        "# Store.find was called once, from 1 place by 1 chain",
        '+ [program.py:48] Store.find("hunter2")',
        "+ [program.py:48] # find(password=***1) → <Store>",
    ],
    "numbers": [
        "# numbers was called once, from 1 place by 1 chain",
        "+ [program.py:49] list(numbers())",
        "+ [program.py:49] # numbers() → None",
    ],
    "random.seed": [
        "# random.seed was called once, from 1 place by 1 chain",
        "+ [program.py:44] random.seed(1)",
        "+ [program.py:44] # seed(a=1, version=2) → None",
    ],
    "os.path.join": [
        "# os.path.join was called once, from 1 place by 1 chain",
        '+ [program.py:50] joined("a", "b")',
        "+ [program.py:50] # join(a='a', p=('b',)) → 'a/b'",
    ],
    "deque.rotate": [
        "# deque.rotate was called once, from 1 place by 1 chain",
        "+ [program.py:57] values.rotate(2)",
        "+ [program.py:57] # rotate(deque([3, 1]))",
    ],
    "deque.index": [
        "# deque.index was called once, from 1 place by 1 chain",
        "+ [program.py:59]     values.index(9)",
        "+ [program.py:59]     # index(deque([3, 1])) raised an exception",
    ],
}


@pytest.fixture
def asked(write, tmp_path):
    """Return a function that runs the program with `--who`, and returns the answer's lines."""
    write("program.py", PROGRAM)

    def asked(name):
        ended = run_swifttrace("--who", name, "program.py", cwd=tmp_path)
        assert (ended.returncode, ended.stdout) == (0, b"")
        return ended.stderr.decode().splitlines()

    return asked


@pytest.mark.parametrize("name", ANSWERS)
def test_the_calls_of_a_function_are_shown_by_their_callers(asked, name):
    assert asked(name)[: len(ANSWERS[name])] == ANSWERS[name]


def test_no_code_of_the_program_runs_for_it(asked):
    lines = asked("show")
    assert lines[0] == "# show was called 3 times, from 2 places by 2 chains"
    assert "+ [program.py:51] # show(value=<Loud>) → <Loud>" in lines


def test_the_rarest_outcome_of_many_calls_is_shown(write, tmp_path):
    program = "def half(number):\n    return number % 50 == 7\nfor each in range(100): half(each)\n"
    write("program.py", program)
    ended = run_swifttrace("--who", "half", "program.py", cwd=tmp_path)
    assert ended.stderr.decode().splitlines()[2] == (
        "+ [program.py:3] # 100 times, first half(number=0) → False; 2 outcomes, the rarest twice:"
        " half(number=7) → True"
    )


def test_calls_of_other_threads_are_seen(asked):
    lines = "\n".join(asked("show"))
    assert "show(value='thread') → 'thread', twice" in lines


RECURSIVE = """\
def down(n):
    return n and down(n - 1)
down(3)
async def work():
    return 1
import asyncio
asyncio.run(work())
def never():
    yield
    yield
kept = never()
next(kept)
"""


def test_calls_within_calls_coroutines_and_what_has_not_ended(write, tmp_path):
    write("program.py", RECURSIVE)
    asked = ["--who", "down", "--who", "work", "--who", "never", "--all"]
    lines = run_swifttrace(*asked, "program.py", cwd=tmp_path).stderr.decode().splitlines()
    assert lines[0] == "# down was called 4 times, from 2 places by 4 chains"
    assert "+ [program.py:3] # down(n=3) → 0" in lines
    assert "+ [program.py:7] # work() → 1" in lines
    assert "+ [program.py:12] # never() has not ended" in lines


def test_calls_that_a_cache_answers_are_said(write, tmp_path):
    write(
        "program.py",
        "import functools\n@functools.lru_cache\ndef rate(code):\n    return len(code)\n"
        "for _ in range(3):\n    rate('EUR')\n",
    )
    lines = run_swifttrace("--who", "rate", "program.py", cwd=tmp_path).stderr.decode().splitlines()
    assert lines[:2] == [
        "# rate was called once, from 1 place by 1 chain",
        "# 2 more calls got a result that functools.lru_cache has kept, by program.py:2 rate",
    ]
