"""greenlet and gevent: stacks that are switched within one thread."""

from __future__ import annotations

import pytest
from beside import needs, traced_lines
from comparing import first_difference
from conftest import TESTS, run_python, run_swifttrace
from parity import traced_by

PROGRAMS = TESTS / "programs" / "greenlets"
needs_greenlet = needs("greenlet")
needs_gevent = needs("gevent")


def assert_parity(program, level, directory):
    expected, ended = traced_by("oracle", level, PROGRAMS / program, directory)
    found, ended_with_us = traced_by("native", level, PROGRAMS / program, directory)
    # gevent makes frames of its own for tracebacks: their text is not the file's.
    pairs = zip(expected, found, strict=False)
    same = [line if "<no source>" in text else text for line, text in pairs]
    found = [*same, *found[len(expected) :]]
    assert first_difference(expected, found) is None
    assert expected, ended.stderr
    assert (ended.returncode, ended.stdout) == (ended_with_us.returncode, ended_with_us.stdout)
    assert ended.returncode == 0, ended.stderr


@needs_greenlet
@pytest.mark.parametrize("level", [2, 3])
def test_every_line_of_greenlets_is_the_oracles(level, tmp_path):
    assert_parity("switches.py", level, tmp_path)


# At level 3 gevent's patching of locks goes through all objects that there are.
@needs_gevent
def test_every_line_of_gevent_s_greenlets_is_the_oracles(tmp_path):
    assert_parity("cooperating.py", 2, tmp_path)


def lines_of(ended):
    assert ended.returncode == 0, ended.stderr
    return [line for line in ended.stderr.decode().splitlines() if line.startswith("+")]


SUSPENDED = """\
import swifttrace
from greenlet import getcurrent, greenlet
def waits(n):
    a = getcurrent().parent.switch(n)
    b = a + 1
    return ends(b)
def ends(b):
    c = b
    return c
class Own(greenlet):
    def run(self, n):
        waits(n)
        d = 4
def enables():
    swifttrace.enable(2)
    e = 5
main = [greenlet(waits), Own()]
def starts():
    for one in main: one.switch(1)
    third = greenlet(enables)
    third.switch()
    f = 6
    for one in main: one.switch(2)
starts()
swifttrace.disable()
"""


@needs_greenlet
def test_greenlets_that_were_suspended_before_enable_are_traced(write):
    """The one that enables has frames of its own: the main one's are suspended, too."""
    assert lines_of(run_python(write("script.py", SUSPENDED))) == [
        "+ [    16]     e = 5",
        "+ [    22]     f = 6",
        "+ [    23]     for one in main: one.switch(2)",
        "+ [     5]     b = a + 1",
        "+ [     6]     return ends(b)",
        "+ [     8]     c = b",
        "+ [     9]     return c",
        "+ [    23]     for one in main: one.switch(2)",
        "+ [     5]     b = a + 1",
        "+ [     6]     return ends(b)",
        "+ [     8]     c = b",
        "+ [     9]     return c",
        "+ [    13]         d = 4",
        "+ [    23]     for one in main: one.switch(2)",
        "+ [    25] swifttrace.disable()",
    ]


OF_DEAD_THREADS = """\
import gc, os, threading, swifttrace
from greenlet import getcurrent, greenlet
left = []
def waits():
    try:
        getcurrent().parent.switch()
    finally:
        left.append(1)
def work():
    one = greenlet(waits)
    one.switch()
    left.append(one)
for _ in range(3):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
for _ in range(3):
    swifttrace.enable(2, output=os.devnull)
    swifttrace.disable()
if os.fork() == 0:
    swifttrace.enable(2, output=os.devnull)
    swifttrace.disable()
    os._exit(0)
print(os.wait()[1])
left.clear()
gc.collect()
swifttrace.enable(2, output=os.devnull)
swifttrace.disable()
"""


@needs_greenlet
def test_greenlets_of_threads_that_have_ended_do_no_harm(write):
    ended = run_python(write("script.py", OF_DEAD_THREADS))
    assert (ended.returncode, ended.stdout) == (0, b"0\n"), ended.stderr


RAISES = """\
from greenlet import getcurrent, greenlet
def inner():
    try:
        getcurrent().parent.switch("ready")
    finally:
        cleaned = 1
def outer():
    one = greenlet(inner)
    one.switch()
    one.throw(KeyError("through"))
outer()
"""


@needs_greenlet
def test_an_exception_that_crosses_a_switch_looks_as_it_does_without_us(write):
    path = write("script.py", RAISES)
    plain = run_python(path)
    traced = run_swifttrace("-xx", "-o", path.with_suffix(".trace"), path)
    assert (plain.returncode, plain.stdout) == (traced.returncode, traced.stdout) == (1, b"")
    assert plain.stderr == traced.stderr != b""
    assert traced_lines(path.with_suffix(".trace"))[-3:] == [
        '+ [     4]         getcurrent().parent.switch("ready")',
        '+ [    10]     one.throw(KeyError("through"))',
        "+ [     6]         cleaned = 1",
    ]
