"""`swifttrace --fold=live`: what is new is printed while the program runs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest
from conftest import clean_environment, run_swifttrace

PROGRAM = """\
import sys
def number(text):
    if text == "-":
        return rare()
    return len(text)
def rare():
    return -1
for n in range(300_000):
    text = "-" if n in (1234, 200_000) else "x"
    number(text)
sys.stdout.write("ready\\n")
sys.stdout.flush()
sys.stdin.readline()
late = 1
"""

BEFORE = """\
+ [live.py:1] import sys
+ [live.py:2] def number(text):
+ [live.py:6] def rare():
+ [live.py:8] for n in range(300_000):
+ [live.py:9]     text = "-" if n in (1234, 200_000) else "x"
+ [live.py:10]     number(text)
+ [live.py:3]     if text == "-":
+ [live.py:5]     return len(text)
+ [live.py:4]         return rare()
+ [live.py:7]     return -1
~ new in round 1,235 of live.py:8: live.py:4 7 instead of live.py:5
+ [live.py:11] sys.stdout.write("ready\\n")
+ [live.py:12] sys.stdout.flush()
+ [live.py:13] sys.stdin.readline()
"""

WAYS = """\
# 1,500,009 lines, 1 loop, 2 ways
~ live.py:8: 300,000 rounds, 2 ways: 299,998 times as round 1, 2 times as round 1,235
"""

AFTER = """\
+ [live.py:14] late = 1
# 1,500,010 lines, 1 loop, 2 ways
~ live.py:8: 300,000 rounds, 2 ways: 299,998 times as round 1, 2 times as round 1,235
"""


def started(*arguments, directory, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "swifttrace", "--fold=live", *arguments],
        cwd=directory,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**clean_environment(), "TMPDIR": str(directory), **environment},
    )


def read_until(stream, wanted):
    lines = []
    while not lines or wanted not in lines[-1]:
        lines.append(stream.readline())
        assert lines[-1], lines
    return b"".join(lines).decode()


def without_waits(text):
    """Return it without what a slow machine adds."""
    return re.sub(r"(?m)^~ waits in .*\n", "", text)


def test_lines_and_ways_are_printed_as_they_are_new(write, tmp_path):
    write("live.py", PROGRAM)
    with started("--dump-signal=USR1", "live.py", directory=tmp_path) as running:
        assert running.stdout.readline() == b"ready\n"
        assert without_waits(read_until(running.stderr, b"waits in live.py:13")) == BEFORE
        (folder,) = tmp_path.glob("swifttrace-*")
        status = os.stat(folder / "run.swt")
        assert status.st_size > 1_000_000 > status.st_blocks * 512
        running.send_signal(signal.SIGUSR1)
        assert read_until(running.stderr, b"rounds") == WAYS
        printed, rest = running.communicate(b"\n", timeout=60)
    assert (running.returncode, printed) == (0, b"")
    assert without_waits(rest.decode()) == AFTER
    assert os.listdir(tmp_path) == ["live.py"]


ENDS = {
    "os._exit(5)": 5,
    "os.kill(os.getpid(), 9)": -9,
    "raise KeyError('x')": 1,
    "os.execv('/bin/false', ['false'])": 1,
}


@pytest.mark.parametrize("end", ENDS)
def test_however_the_program_ends_its_ways_are_counted(end, write, tmp_path):
    write("ends.py", f"import os\nfor i in range(500):\n    x = i\n{end}\n")
    ended = run_swifttrace("--fold=live", "-o", "ways.log", "ends.py", cwd=tmp_path)
    assert ended.returncode == ENDS[end]
    assert b"swifttrace" not in ended.stderr
    lines = without_waits((tmp_path / "ways.log").read_text()).splitlines()
    assert lines[-3:] == [
        f"+ [ends.py:4] {end}",
        "# 1,003 lines, 1 loop, 1 way",
        "~ ends.py:2: 500 rounds, all the same way",
    ]


def test_children_are_followed_too(write, tmp_path):
    source = (
        "import os, subprocess, sys\n"
        "if os.fork() == 0:\n"
        "    forked = 1\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "if len(sys.argv) == 1:\n"
        "    subprocess.run([sys.executable, __file__, 'again'])\n"
        "last = 1\n"
    )
    write("both.py", source)
    ended = run_swifttrace("--fold=live", "both.py", cwd=tmp_path)
    lines = ended.stderr.decode().splitlines()
    assert lines.count("+ [both.py:3]     forked = 1") == 2
    assert lines.count("+ [both.py:8] last = 1") == 2
    assert sum(bool(re.match(r"# \d+ lines?, 0 loops", line)) for line in lines) == 4


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--fold=late"], "fold must be live if it has a value, not 'late'"),
        (["--fold=live", "--last=5"], "fold=live and last exclude each other"),
        (["--fold=live", "--format={line}"], "fold=live and format exclude each other"),
        (["record", "--fold=live"], "fold=live and record exclude each other"),
        (["--fold", "--dump-signal=USR1"], "dump_signal needs last"),
        (
            ["--fold=live", "--dump-signal=KILL"],
            "dump_signal must be the name of a signal that can be caught, not 'KILL'",
        ),
    ],
)
def test_what_cannot_be_is_one_line(arguments, reason, write, tmp_path):
    ended = run_swifttrace(*arguments, write("p.py", "print(1)\n"), cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.decode() == f"swifttrace: {reason} (try --help)\n"
