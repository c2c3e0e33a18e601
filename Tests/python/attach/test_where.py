"""``swifttrace where PID``: the first line says what the process does."""

from __future__ import annotations

import re

import pytest
from attached import LOOP, attach, needs_ptrace, running

pytestmark = needs_ptrace

POLL = """\
import threading, time
def fetch(jobs):
    while True:
        for job in jobs:
            time.sleep(0.01)
            if job < 0:
                return
def main():
    threading.Thread(target=threading.Event().wait, name="idle", daemon=True).start()
    fetch([1, 2, 3])
print("ready", flush=True)
main()
"""


def where(pid):
    ended = attach(pid, subcommand="where")
    assert (ended.returncode, ended.stderr) == (0, b""), ended
    return ended.stdout.decode().splitlines()


def test_a_loop_that_sleeps_is_named_with_its_rounds(tmp_path):
    (tmp_path / "poll.py").write_text(POLL)
    with running(tmp_path / "poll.py") as program:
        verdict, *stacks = where(program.pid)
    pattern = r"process (\d+) turns in a loop: poll.py:4-6 in fetch, ([\d.]+) rounds a second; (.*)"
    pid, rounds, rest = re.fullmatch(pattern, verdict).groups()
    assert int(pid) == program.pid
    assert 1 < float(rounds) < 105
    assert rest == "most of the time it waits for clock_nanosleep"
    assert stacks[:4] == [
        "MainThread:",
        "  poll.py:5 in fetch: time.sleep(0.01)",
        "  poll.py:10 in main: fetch([1, 2, 3])",
        "  poll.py:12 in <module>: main()",
    ]
    assert stacks[4] == "idle:"


def test_a_busy_loop_is_named(tmp_path):
    (tmp_path / "loop.py").write_text(LOOP)
    with running(tmp_path / "loop.py") as program:
        verdict = where(program.pid)[0]
        assert program.poll() is None
    assert re.search(
        r"turns in a loop: loop.py:\d-8 in <module>, at least [\d,]+ rounds a second", verdict
    )


@pytest.mark.parametrize(
    ("waits", "said"),
    [
        ("time.sleep(1000)", "clock_nanosleep"),
        ("os.read(reading, 1)", "read"),
        ("threading.Lock().acquire() and lock.acquire()", "a lock"),
    ],
)
def test_a_process_that_waits_says_for_what(waits, said, tmp_path):
    head = "import os, threading, time\nreading, writing = os.pipe()\n"
    head += "lock = threading.Lock(); lock.acquire()\nprint('ready', flush=True)\n"
    (tmp_path / "waits.py").write_text(head + waits + "\n")
    with running(tmp_path / "waits.py") as program:
        verdict, *stacks = where(program.pid)
    assert verdict == f"process {program.pid} waits for {said}, at waits.py:5 in <module>"
    assert stacks == ["MainThread:", f"  waits.py:5 in <module>: {waits}"]


def test_options_of_a_trace_are_refused():
    ended = attach("1", "-xx", subcommand="where")
    assert ended.returncode == 2
    assert ended.stderr == b"swifttrace: where has no options of a trace (try where --help)\n"
