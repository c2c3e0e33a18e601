"""`--show task`: which asyncio task each line is of."""

from __future__ import annotations

import re
from itertools import groupby
from operator import itemgetter

from comparing import first_difference
from conftest import TESTS, run_python, run_swifttrace, untagged
from parity import STABLE, traced_by

GROUP = """\
import asyncio
async def numbers(n):
    try:
        for i in range(n):
            await asyncio.sleep(0)
            yield i
    finally:
        closed = n
async def work(n):
    source = numbers(n)
    async for i in source: break
    await source.aclose()
async def main():
    before = 1
    async with asyncio.TaskGroup() as group:
        for n in 1, 2: group.create_task(work(n), name=f"work {n}")
    after = 2
asyncio.run(main())
end = 3
"""


def shown(script, *options):
    ended = run_swifttrace("-xx", "--show", "task", *options, script)
    assert ended.returncode == 0, ended.stderr
    return [line for line in ended.stderr.decode().splitlines() if line.startswith("+")]


def test_each_line_of_a_task_group_says_its_task(write):
    lines = shown(write("script.py", GROUP))
    found = [re.fullmatch(r"\+ (?:\{(.*?)\} )?\[ *(\d+)\].*", line).groups() for line in lines]
    runs = [
        (task, [int(number) for _, number in run]) for task, run in groupby(found, itemgetter(0))
    ]
    assert runs == [
        (None, [1, 2, 9, 13, 18]),
        ("Task-1", [14, 15, 16, 16, 16, 15]),
        ("work 1", [10, 11, 3, 4, 5]),
        ("work 2", [10, 11, 3, 4, 5]),
        ("work 1", [6, 12, 8]),
        ("work 2", [6, 12, 8]),
        ("Task-1", [17]),
        (None, [19]),
    ]


def test_a_generator_that_the_loop_closes_is_of_a_task_of_its_own(write):
    script = """\
import asyncio
async def numbers():
    try:
        yield 1
    finally:
        closed = 1
async def main():
    async for i in numbers(): return
asyncio.run(main())
"""
    (closed,) = [line for line in shown(write("script.py", script)) if "closed" in line]
    assert re.fullmatch(r"\+ \{Task-\d+\} \[     6\]         closed = 1", closed)
    assert "{Task-1}" not in closed


def test_what_is_shown_changes_no_line(tmp_path):
    program = TESTS / "programs" / "drive_tasks.py"
    expected, _ = traced_by("oracle", 2, program, tmp_path)
    ended = run_swifttrace("-xx", "--show", "task", program, env=STABLE, cwd=tmp_path)
    lines = [line for line in ended.stderr.decode().splitlines() if line.startswith("+")]
    assert first_difference(expected, [untagged(line) for line in lines]) is None
    assert ended.stdout == run_python(program, env=STABLE).stdout
    assert len({line.split("}")[0] for line in lines}) > 10
