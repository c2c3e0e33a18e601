"""Calls of the API that make no sense raise with the name of what was wrong."""

from __future__ import annotations

import pytest
from conftest import run_python

# What is wrong, and how it is raised: its type, and a word of its message.
CALLS = {
    "(0)": "ValueError level",
    "(4)": "ValueError level",
    "(-1)": "ValueError level",
    "(2**100)": "ValueError level",
    "('2')": "TypeError level",
    "(None)": "TypeError level",
    "(1.0)": "TypeError level",
    "(True)": "TypeError level",
    "(1, 'all')": "TypeError positional",
    "(levle=2)": "TypeError levle",
    "(scope='files')": "ValueError scope",
    "(scope='')": "ValueError scope",
    "(scope=3)": "TypeError scope",
    "(scope=b'all')": "TypeError scope",
    "(scope=['all'])": "TypeError scope",
    "(include=3)": "TypeError include",
    "(include=None)": "TypeError include",
    "(include=[3])": "TypeError include",
    "(include=b'x')": "TypeError include",
    "(include='')": "ValueError include",
    "(include=['a', ''])": "ValueError include",
    "(include='a\\0b')": "ValueError include",
    "(exclude=3)": "TypeError exclude",
    "(exclude=[None])": "TypeError exclude",
    "(exclude='')": "ValueError exclude",
    "(output=3)": "TypeError output",
    "(output=['x'])": "TypeError output",
    "(output='')": "ValueError output",
    "(output=b'')": "ValueError output",
    "(output='a\\0b')": "ValueError output",
    "(output='a\\ud800')": "ValueError output",
    "(output='.')": "IsADirectoryError Is a directory",
    "(output='missing/trace')": "FileNotFoundError missing/trace",
    "(output=b'program.py/trace')": "NotADirectoryError program.py/trace",
    "(fd='2')": "TypeError fd",
    "(fd=1.0)": "TypeError fd",
    "(fd=True)": "TypeError fd",
    "(fd=-1)": "ValueError fd",
    "(fd=2**31)": "ValueError fd",
    "(fd=2**100)": "ValueError fd",
    "(fd=99)": "OSError 99",
    "(fd=os.open(os.devnull, os.O_RDONLY))": "OSError not open for writing",
    "(fd=2, output='x')": "ValueError output",
}

SCRIPT = """\
import os, sys
import swifttrace
enabled_before = sys.argv[1] == "enabled"
if enabled_before:
    swifttrace.enable(2)
for call in CALLS:
    for function in "enable", "trace", "configure":
        before = repr(swifttrace.status())[:30]
        try:
            eval("swifttrace." + function + call)
        except Exception as error:
            print(type(error).__name__, error, sep="\\t")
        else:
            print("nothing was raised by", function + call)
        assert repr(swifttrace.status())[:30] == before
assert swifttrace.status().enabled == enabled_before
if enabled_before:
    still = "traced"
swifttrace.enable(1)
again = "traced"
swifttrace.disable()
"""


@pytest.mark.parametrize("before", ["enabled", "disabled"])
def test_a_call_raises_with_the_name_of_what_was_wrong(before, write, tmp_path):
    script = write("program.py", f"CALLS = {list(CALLS)}\n{SCRIPT}")
    ended = run_python(script, before, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    raised = ended.stdout.decode().splitlines()
    assert len(raised) == 3 * len(CALLS)
    for place, line in enumerate(raised):
        call = list(CALLS)[place // 3]
        kind, _, word = CALLS[call].partition(" ")
        assert line.partition("\t")[0] == kind, (call, line)
        assert word in line, (call, line)
    assert (b'still = "traced"' in ended.stderr) == (before == "enabled")
    assert ended.stderr.endswith(b'+ again = "traced"\n+ swifttrace.disable()\n')
    assert [path.name for path in tmp_path.iterdir()] == ["program.py"]


def test_a_decorator_is_for_functions(write):
    script = """\
import swifttrace
for thing in 3, None, "text", [], int:
    try:
        swifttrace.trace(2)(thing)
    except TypeError as error:
        print(error)
"""
    ended = run_python(write("program.py", script))
    assert ended.stdout.decode().splitlines() == [
        f"@trace is for functions, not {thing!r}" for thing in (3, None, "text", [], int)
    ]


def test_the_pair_refuses_what_is_no_frame(write):
    script = """\
import sys, swifttrace
for arguments in (), (1, "line", None), (sys._getframe(), 3, None), (None, None, None):
    for function in swifttrace.global_trace, swifttrace.local_trace:
        try:
            function(*arguments)
        except (TypeError, AttributeError, ValueError) as error:
            assert str(error)
swifttrace.configure(2)
try:
    swifttrace.global_trace(1, "call", None)
except (TypeError, AttributeError) as error:
    print("refused")
def f():
    return 1
sys.settrace(swifttrace.global_trace)
f()
sys.settrace(None)
"""
    ended = run_python(write("program.py", script))
    assert (ended.returncode, ended.stdout) == (0, b"refused\n"), ended.stderr
    assert ended.stderr == b"+ [    14]     return 1\n"
