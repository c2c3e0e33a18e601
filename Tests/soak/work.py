"""The program that is soaked: it does everything, in cycles, traced in every way in turns.

`python work.py DIRECTORY LINES`: after each cycle of some LINES traced lines it prints how many
there were, and goes on when it reads a line; it ends where there is none. Whatever it finds
wrong is an exception. `--untraced` does the same without the trace.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import swifttrace

numbers = itertools.count()
DIRECTORY, LINES = sys.argv[1], int(sys.argv[2])
IS_TRACED = "--untraced" not in sys.argv
MADE = """\
class Made:
    def __init__(self, n):
        self.n = n
    def numbers(self):
        yield from range(self.n)
total = 0
for n in Made(5).numbers():
    total += n # {number}
"""


def loop(turns: int) -> int:
    total = 0
    for n in range(turns):
        total += n
        total ^= 1
    return total


def calls(depth: int) -> int:
    if depth == 0:
        return 0
    return 1 + calls(depth - 1)


def generators(turns: int) -> int:
    def numbers() -> Iterator[int]:
        try:
            for n in range(turns):
                yield 2 * n
        finally:
            closed.append(turns)

    closed: list[int] = []
    left = numbers()
    next(left)
    left.close()
    return sum(numbers()) + len(closed)


def exceptions(turns: int) -> int:
    caught = 0
    for n in range(turns):
        try:
            with contextlib.suppress(KeyError):
                raise KeyError(n)
            raise ValueError(n)
        except ValueError:
            caught += 1
    return caught


async def sleeper(n: int) -> int:
    await asyncio.sleep(0)
    return n


async def tasks() -> int:
    return sum(await asyncio.gather(*(sleeper(n) for n in range(5))))


def threads(count: int) -> int:
    found: list[int] = []
    made = [threading.Thread(target=lambda: found.append(loop(50))) for _ in range(count)]
    for thread in made:
        thread.start()
    for thread in made:
        thread.join()
    return len(found)


def new_code() -> int:
    """A file's name and a text that there have never been."""
    number = next(numbers)
    names: dict[str, int] = {}
    exec(compile(MADE.format(number=number), f"<made {number}>", "exec"), names)
    return names["total"]


def fork() -> None:
    child = os.fork()
    if child == 0:
        new_code()
        os._exit(calls(3))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3


def everything() -> None:
    """Some 24,000 lines, of which most are the loop's."""
    assert calls(40) == 40
    assert generators(50) == 50 * 49 + 2
    assert exceptions(20) == 20
    assert asyncio.run(tasks()) == 10
    assert threads(3) == 3
    for _ in range(20):
        assert new_code() == 10
    loop(7000)


def until(lines: int) -> int:
    """Do it until so many lines were traced; fork once. Return how many there were."""
    fork()
    turns = 0
    while True:
        everything()
        turns += 1
        if IS_TRACED:
            status = swifttrace.status()
            assert status.stopped is None, status.stopped
            done = status.lines
        else:
            done = turns * 24_000
        if done >= lines:
            return done


class Way:
    """One way to trace, and what part of a cycle's lines is its own (one turn at least)."""

    def __init__(self, part: float, level: int = 2, **options: object) -> None:
        self.part = part
        self.level = level
        self.options = options

    def run(self) -> int:
        if not IS_TRACED:
            return until(int(self.part * LINES))
        file = os.path.join(DIRECTORY, "trace")
        output = {"output": file} if self.options.get("output") == "" else {}
        swifttrace.enable(self.level, include="<made *", **{**self.options, **output})
        try:
            return until(int(self.part * LINES))
        finally:
            swifttrace.disable()
            for name in os.listdir(DIRECTORY):
                os.unlink(os.path.join(DIRECTORY, name))


def into_a_pipe(part: float) -> int:
    with subprocess.Popen(["cat"], stdin=-1, stdout=subprocess.DEVNULL) as reader:
        assert reader.stdin is not None
        done = Way(part, fd=reader.stdin.fileno()).run()
        reader.stdin.close()
    assert reader.returncode == 0
    return done


# A file with each line in it is emptied before it is large; a ring and /dev/null go on for long.
WAYS = [
    Way(0.05, output=""),
    Way(0.40, output="", last=1000),
    Way(0.20, last=1000),
    Way(0.30, output=os.devnull),
    Way(0.01, 3, output=os.devnull, scope="all", show="thread,task,depth", time=True),
    Way(0.01, output=os.devnull, values=True, calls=True),
    Way(0, output="", watch="numbers"),  # Its lines are the few that change something.
]


def cycle() -> int:
    done = sum(way.run() for way in WAYS) + into_a_pipe(0.02)
    gc.collect()
    return done


if __name__ == "__main__":
    go_on = True
    while go_on:
        print(cycle(), flush=True)
        go_on = bool(sys.stdin.readline())
