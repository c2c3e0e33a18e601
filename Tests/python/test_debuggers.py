"""pdb and debugpy beside us: each stops where it stops without us."""

from __future__ import annotations

import sys

import pytest
from beside import ORDERS, Program, has_monitoring

SUMS = """\
import sys


def inner(n):
    total = 0
    for i in range(n):
        total += i
    return total


def outer(n):
    a = inner(n)
    b = [x * a for x in range(2)]
    try:
        raise ValueError(b)
    except ValueError as error:
        b = error.args
    return b


def generator():
    for i in range(3):
        yield i


def main():
    STOP; x = outer(3)
    y = list(generator())
    while x: x = 0
    print(x, y)


main()
print("end")
"""
SESSIONS = {
    "steps": "step\n" * 30 + "continue\nquit\n",
    "breaks": "break inner\nbreak 18\ntbreak generator\ncontinue\nnext\nnext\nup\np n\nwhere\n"
    "clear 1\nbreak 8, i == 1\ncontinue\ndisplay total\nreturn\nnext\ncontinue\np error\n"
    "until 19\nreturn\ncontinue\nargs\ncontinue\nquit\n",
}


def restarted(program, lines):
    """Pdb starts an ended program again: it stops, and is left, before the first line.

    From 3.14 on it hears of a line by `sys.monitoring`, after us.
    """
    first = "+ [     1] " + program.source.splitlines()[0]
    return [*lines, first] if sys.version_info >= (3, 14) else lines


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("session", SESSIONS)
def test_pdb_says_what_it_says_without_us(session, order, tmp_path):
    program = Program(tmp_path, SUMS.replace("STOP", "pass"))
    commands = SESSIONS[session].encode()
    ended = program.run_alike(order, "-m", "pdb", "program.py", input=commands)
    assert ended.trace == restarted(program, program.lines(order))
    assert ended.stdout.count(b"(Pdb)") == commands.count(b"\n")
    assert b"The program finished and will be restarted" in ended.stdout


@pytest.mark.parametrize("order", ORDERS)
def test_lines_that_pdb_jumps_back_to_are_printed_again(order, tmp_path):
    program = Program(tmp_path, SUMS.replace("STOP", "pass"))
    commands = b"break 29\ncontinue\njump 28\ncontinue\ncontinue\nquit\n"
    ended = program.run_alike(order, "-m", "pdb", "program.py", input=commands)
    lines = program.lines(order)
    places = "[    28]", "[    13]", "[    29]"
    jump, start, end = (next(n for n, line in enumerate(lines) if at in line) for at in places)
    # The line that is jumped to has no event of its own: what it calls has. On 3.11 pdb
    # and we share the event, so that it can be said where it has gone.
    jumped = lines[end] if has_monitoring else lines[jump]
    again = [jumped, *lines[start : end + 1]]
    assert ended.trace == restarted(program, lines[:end] + again + lines[end + 1 :])


# Said so that the oracle does not stop there.
STOPS = {
    "breakpoint()": "tool.active and breakpoint()",
    "set_trace()": "import pdb; tool.active and pdb.set_trace()",
    "a debugger of its own": "import pdb; tool.active and pdb.Pdb(nosigint=True).set_trace()",
}
INLINE = b"""\
step
step
break inner
continue
next
step
up
p x
return
step
clear 1
next
next
continue
"""


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("stop", STOPS)
def test_a_program_that_stops_by_itself_stops_where_it_does_without_us(stop, order, tmp_path):
    program = Program(tmp_path, SUMS.replace("STOP", STOPS[stop]), tool="")
    ended = program.run_alike(order, "program.py", input=INLINE)
    assert ended.trace == program.lines(order)
    assert ended.stdout.count(b"(Pdb)") == INLINE.count(b"\n")
