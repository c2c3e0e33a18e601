"""Programs that put files of their own in the place of the trace's descriptors."""

from __future__ import annotations

import os

import pytest
from conftest import run_python, run_swifttrace

PROGRAM = """\
import fcntl, os, socket, sys
from os import dup2
open("victim", "w").write("data\\n")
victim = os.open("victim", os.O_RDWR | os.O_APPEND)
numbers = [int(n) for n in os.listdir("/proc/self/fd") if int(n) > 2 and int(n) != victim]
def take(way):
    for n in numbers:
        try: os.fstat(n)
        except OSError: continue
        way(n)
{}
x = 1
y = 2
for n in range(50): pass
print(open("victim").read(), end="")
"""
WAYS = {
    "dup2": "take(lambda n: os.dup2(victim, n))",
    "dup2 that is not inherited": "take(lambda n: os.dup2(victim, n, inheritable=False))",
    "dup2 by another name": "take(lambda n: dup2(fd=victim, fd2=n))",
    "dup2 that a map calls": "list(map(os.dup2, [victim] * len(numbers), numbers))",
    "close, and a duplicate": (
        "take(lambda n: (os.close(n), fcntl.fcntl(victim, fcntl.F_DUPFD, n)))"
    ),
    "closerange, and duplicates": (
        "os.closerange(min(numbers), max(numbers) + 1);"
        " [fcntl.fcntl(victim, fcntl.F_DUPFD, n) for n in numbers]"
    ),
    "closerange, and files": (
        "os.closerange(min(numbers), max(numbers) + 1); files = [os.dup(victim) for n in range(300)]"
    ),
    "again and again": "for turn in range(20): take(lambda n: os.dup2(victim, n))",
}


def program(way, write):
    # What was opened before the program began is the launcher's, which has closed it.
    return write("program.py", PROGRAM.format(WAYS[way]))


@pytest.mark.parametrize("way", WAYS)
def test_no_line_goes_into_a_file_of_the_program_s(way, write, tmp_path):
    ended = run_swifttrace(program(way, write), cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"data\n"), ended.stderr
    assert (tmp_path / "victim").read_bytes() == b"data\n"
    assert b"+ x = 1\n+ y = 2\n" in ended.stderr
    assert b"+ print(open" in ended.stderr


@pytest.mark.parametrize("way", WAYS)
def test_nor_does_one_where_standard_error_is_a_file(way, write, tmp_path):
    with open(tmp_path / "errors", "wb") as errors:
        ended = run_swifttrace(program(way, write), cwd=tmp_path, stderr=errors)
    assert (ended.returncode, ended.stdout) == (0, b"data\n")
    assert (tmp_path / "victim").read_bytes() == b"data\n"
    assert b"+ y = 2\n" in (tmp_path / "errors").read_bytes()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("options", [("-o", "trace"), ("--last=5", "-o", "trace"), ("-d",)])
def test_nor_what_goes_elsewhere(way, options, write, tmp_path):
    ended = run_swifttrace(*options, program(way, write), cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"data\n"), ended.stderr
    assert (tmp_path / "victim").read_bytes() == b"data\n"


def test_the_functions_that_close_descriptors_are_what_they_were(write, tmp_path):
    source = """\
import os, inspect
for f in os.dup2, os.close, os.closerange:
    print(f.__name__, f.__doc__, f.__module__, inspect.signature(f), type(f))
for wrong in ("os.dup2(-1, -1)", "os.dup2(1)", "os.close()", "os.close(fd='x')", "os.closerange(1)",
              "os.close(fd=10**4)", "os.dup2(1, fd3=4)"):
    try: exec(wrong)
    except Exception as error: print(type(error), error)
read, write = os.pipe()
print(os.dup2(fd=read, fd2=write, inheritable=True) == write, os.get_inheritable(write))
print(os.close(fd=read), os.closerange(write, write + 1))
"""
    path = write("program.py", source)
    plain, traced = run_python(path), run_swifttrace("-o", os.devnull, path)
    assert traced.stdout == plain.stdout != b""
