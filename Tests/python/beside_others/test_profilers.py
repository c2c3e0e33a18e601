"""cProfile, `sys.setprofile` and `threading.setprofile` beside us."""

from __future__ import annotations

import functools
import os
import pstats
import re

import pytest
from beside import FIRST, MANY_WAYS, ORDERS
from test_trace_functions import THREADS


def call_counts(path):
    """Return calls, calls that are not recursive, and who called, of each function."""
    found = {}
    for (file, line, name), values in pstats.Stats(os.fspath(path)).stats.items():
        name = re.sub("0x[0-9a-f]+", "0x...", name)
        callers = {caller: counts[:2] for caller, counts in values[4].items()}
        found[file, line, name] = values[:2], callers
    return found


@functools.cache
def profiled(program, order):
    """Return how a run under cProfile's command ended, and its counts."""
    ended = program.run(order, "-m", "cProfile", "-o", f"{order}.statistics", "program.py")
    return ended, call_counts(program.directory / f"{order}.statistics")


@pytest.mark.parametrize("order", FIRST)
def test_cprofile_counts_the_calls_it_counts_without_us(order, beside):
    program = beside(MANY_WAYS)
    alone, expected = profiled(program, None)
    ended, counts = profiled(program, order)
    assert counts == expected
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, alone.stdout, b"")
    assert ended.trace == program.lines(order)
    assert any(name == "recursive" and found[0] == (3, 6) for (*_, name), found in counts.items())


PROFILED_HERE = """\
import cProfile, pstats
profile = cProfile.Profile()
def start():
    profile.enable()
def stop():
    profile.disable()
    for (file, line, name), values in sorted(pstats.Stats(profile).stats.items()):
        if file.endswith("program.py"): log.append((line, name, values[:2]))
"""


@pytest.mark.parametrize("order", ORDERS)
def test_a_profile_that_the_program_makes_has_the_same_counts(order, beside):
    program = beside(MANY_WAYS, PROFILED_HERE)
    ended = program.run_alike(order, "program.py")
    assert ended.trace == program.lines(order)
    assert "recursive (3, 6)" in ended.log


PROFILE = """\
import sys, threading
def name(value): return getattr(value, "__name__", type(value).__name__)
def profile(frame, event, arg):
    if is_seen(frame.f_code):
        log.append((frame.f_code.co_name, event, frame.f_lineno, name(arg)))
"""
SETPROFILE = (
    PROFILE
    + """\
def start(): sys.setprofile(profile)
def stop(): sys.setprofile(None)
"""
)


@pytest.mark.parametrize("order", ORDERS)
def test_a_profile_function_sees_what_it_sees_without_us(order, beside):
    program = beside(MANY_WAYS, SETPROFILE)
    ended = program.run_alike(order, "program.py")
    assert ended.trace == program.lines(order)
    assert "loops c_call 7 poke" not in ended.log
    assert "<module> c_call" in ended.log


THREAD_PROFILE = (
    PROFILE
    + """\
def start(): threading.setprofile(profile)
def stop():
    log.append(("put", threading.getprofile() is profile))
    threading.setprofile(None)
"""
)


@pytest.mark.parametrize("order", ORDERS)
def test_threading_setprofile_sees_what_it_sees_without_us(order, beside):
    program = beside(THREADS, THREAD_PROFILE)
    ended = program.run_alike(order, "program.py")
    assert sorted(ended.trace) == sorted(program.lines(order))
    assert "work call" in ended.log
