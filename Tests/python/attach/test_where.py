"""``swifttrace where PID``: the first line says what the process does."""

from __future__ import annotations

import os
import re
import signal

import pytest
from attached import LOOP, attach, needs_ptrace, running
from swifttrace.processes.process import Process

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
    assert stacks[-2:] == ["MainThread:", f"  waits.py:5 in <module>: {waits}"]


def test_options_of_a_trace_are_refused():
    ended = attach("1", "-xx", subcommand="where")
    assert ended.returncode == 2
    assert ended.stderr == b"swifttrace: where has no options of a trace (try where --help)\n"


DEADLOCK = """\
import threading
first, second = threading.Lock(), threading.RLock()
class Store:
    def __init__(self):
        self.lock = first
    def save(self):
        self.lock.acquire()
def one():
    with first:
        meeting.wait()
        with second:
            pass
def two():
    with second:
        meeting.wait()
        Store().save()
meeting = threading.Barrier(2)
for target in (one, two):
    threading.Thread(target=target, name=target.__name__).start()
print("ready", flush=True)
"""


def lines_of(process, until):
    """Ask until the answer has a text, as threads may be on their way."""
    for _ in range(20):
        lines = where(process.pid)
        if any(until in line for line in lines):
            return lines
    raise AssertionError(lines)


def test_threads_that_wait_for_each_others_locks_say_who_holds_them(tmp_path):
    (tmp_path / "program.py").write_text(DEADLOCK)
    with running(tmp_path / "program.py") as process:
        lines = lines_of(process, "two waits")
    assert (
        "one waits for the lock second at program.py:11 in one; two holds it since"
        " program.py:14 in two"
    ) in lines
    # In a method, by another name: it is the same lock.
    assert (
        "two waits for the lock self.lock at program.py:7 in Store.save; one holds it since"
        " program.py:9 in one"
    ) in lines


FORKED = """\
import multiprocessing, threading, time
lock = threading.Lock()
held = threading.Event()
def keep():
    with lock:
        held.set()
        time.sleep(600)
def work():
    with lock:
        pass
def main():
    threading.Thread(target=keep, name="keeper", daemon=True).start()
    held.wait()
    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    print(f"{child.pid:8}", flush=True)
    child.join()
main()
"""


@pytest.mark.parametrize("asked", ["parent", "child"])
def test_a_child_that_was_forked_with_a_lock_says_which_thread_held_it(asked, tmp_path):
    (tmp_path / "program.py").write_text(FORKED)
    with running(tmp_path / "program.py", options=["-Wignore"], ready=b"") as process:
        child = Process(int(process.stdout.read(9)))
        try:
            lines = lines_of(process if asked == "parent" else child, "waits for the lock")
        finally:
            os.kill(child.pid, signal.SIGKILL)
    name = f"process {child.pid}: " if asked == "parent" else ""
    assert (
        f"{name}MainThread waits for the lock lock at program.py:9 in work; no thread of it"
        f" holds it: it was forked at program.py:15 in main while keeper of process {process.pid} held it, as at"
        " program.py:5 in keep"
    ) in lines


TASKS = """\
import asyncio
async def fetch(lock):
    async with lock:
        await asyncio.sleep(600)
async def work(queue):
    while True:
        await queue.get()
async def report(other):
    await other
async def main():
    lock, queue = asyncio.Lock(), asyncio.Queue()
    first = asyncio.create_task(fetch(lock), name="first")
    await asyncio.sleep(0)
    second = asyncio.create_task(fetch(lock), name="second")
    workers = [asyncio.create_task(work(queue), name=f"worker-{n}") for n in range(12)]
    async with asyncio.TaskGroup() as group:
        group.create_task(report(second), name="re\\nport")
        group.create_task(asyncio.wait([first, second]), name="waiting")
        group.create_task(report(asyncio.gather(*workers)), name="gathering")
        asyncio.get_running_loop().call_later(0.2, lambda: print("ready", flush=True))
asyncio.run(main())
"""


def test_each_task_says_where_it_waits_and_for_which_others(tmp_path):
    (tmp_path / "program.py").write_text(TASKS)
    with running(tmp_path / "program.py") as process:
        lines = where(process.pid)
    first, *rest = lines[1:9]
    assert first.startswith(
        "task Task-1 waits for gathering, re\\x0aport, waiting at program.py:16 in main"
    )
    assert [re.sub(r" at tasks.py:\d+ in ", " in ", line) for line in rest] == [
        "task first waits for sleep at program.py:4 in fetch",
        "task gathering waits for worker-0, worker-1, worker-2, worker-3, worker-4 and 7 more at"
        " program.py:9 in report",
        "task re\\x0aport waits for second at program.py:9 in report",
        "task second waits for Lock.acquire at program.py:3 in fetch",
        "task waiting waits for first, second in _wait",
        "12 tasks wait for Queue.get at program.py:7 in work (worker-0, worker-1, worker-2,"
        " worker-3, worker-4, …)",
        "MainThread:",
    ]
