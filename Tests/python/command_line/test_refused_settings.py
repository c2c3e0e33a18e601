"""Settings that make no sense: one clear error each, in programs and on the command line."""

from __future__ import annotations

import os

import pytest
from conftest import run_python, run_swifttrace

CALLS = {
    "last=0": "last must be from 1 to 10000000, not 0",
    "last=10**7 + 1": "last must be from 1 to 10000000, not 10000001",
    "last=True": "last must be a number of lines, not True",
    "last=5, dump_signal='STOP'": (
        "dump_signal must be the name of a signal that can be caught, not 'STOP'"
    ),
    "last=5, dump_signal='SIGKILL'": (
        "dump_signal must be the name of a signal that can be caught, not 'SIGKILL'"
    ),
    "dump_signal='USR1'": "dump_signal needs last",
    "show='pids'": "show must be one or more of pid, thread, task, depth, module, function, not 'pids'",
    "show=('pid', 'x')": "show must be one or more of pid, thread, task, depth, module, function, not 'x'",
    "format='{line}', time=True": "format cannot be used with show or time: name the fields in the template",
    "format='{line}', show='pid'": "format cannot be used with show or time: name the fields in the template",
    "depth=0": "depth must be 1 or more, not 0",
    "depth=True": "depth must be a number of calls, not True",
    "watch_break=True": "watch_break needs an expression to watch",
    "scope='scripts'": "scope must be script, project or all, not 'scripts'",
    "color='yes'": "color must be one of auto, always, never, not 'yes'",
    "fd=-1": "fd must be a descriptor's number, not -1",
    "fd=2, output='x'": "output and fd exclude each other",
    "include=''": "include must be patterns for files, not ''",
}


def test_programs_are_told_what_is_wrong(write, tmp_path):
    lines = ["import swifttrace"]
    for call in CALLS:
        lines += [f"try: swifttrace.enable(1, {call})"]
        lines += ["except (TypeError, ValueError) as error: print(error)"]
        lines += ["else: print('taken'); swifttrace.disable()"]
    ended = run_python(write("program.py", "\n".join(lines) + "\n"), cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert dict(zip(CALLS, ended.stdout.decode().splitlines(), strict=True)) == CALLS


OPTIONS = {
    ("--calls=yes",): "--calls takes no value",
    ("--no-follow=1",): "--no-follow takes no value",
    ("--trace-all=3",): "--trace-all takes no value",
    ("--version=1",): "--version takes no value",
    ("--last=0",): "last must be from 1 to 10000000, not 0",
    ("--depth=0",): "depth must be 1 or more, not 0",
    ("--dump-signal=USR1",): "dump_signal needs last",
    ("--last=x",): "--last needs a number, not 'x'",
    ("--level=4",): "--level: the level must be 1, 2 or 3",
}


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: " ".join(options))
def test_the_command_says_it_in_a_line_and_runs_nothing(options, write):
    ended = run_swifttrace(*options, write("program.py", "print('ran')\n"))
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert OPTIONS[options].encode() in ended.stderr
    assert b"Traceback" not in ended.stderr


@pytest.mark.parametrize("place", ["/dev/null", "fifo", "directory"])
def test_the_debug_log_is_a_regular_file_or_none(place, write, tmp_path):

    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "directory").mkdir()
    ended = run_swifttrace(
        "-d", f"--debug-log={place}", write("program.py", "print('ran')\n"), cwd=tmp_path
    )
    assert ended.returncode != 0
    assert ended.stdout == b""
    assert ended.stderr.startswith(b"swifttrace: cannot write to ")
    assert ended.stderr.count(b"\n") == 1
    if place == "/dev/null":
        assert ended.stderr.endswith(b": not a regular file\n")
