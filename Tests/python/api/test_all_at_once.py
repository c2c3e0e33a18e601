"""Many threads that change the trace, and fork, at once."""

from __future__ import annotations

import re

from conftest import run_python

AT_ONCE = """\
import os, random, sys, threading, swifttrace
sys.setswitchinterval(1e-5)
start = threading.Barrier(64)
results, errors = [], []
def work(n):
    total = 0
    for i in range(10):
        total += n
    return total
def change(n, turns):
    choose = random.Random(n)
    for turn in range(turns):
        action = choose.randrange(5)
        if action == 0:
            swifttrace.enable(choose.choice([1, 2, 3]), scope="script", output=os.devnull)
        elif action == 1:
            swifttrace.disable()
        elif action == 2:
            with swifttrace.trace(2, output=os.devnull, values=True, calls=True): work(n)
        elif action == 3:
            swifttrace.enable(2, last=100)
        elif turn % 4 == 0:
            child = os.fork()
            if child == 0:
                swifttrace.enable(1, output=os.devnull)
                os._exit(work(n) == 10 * n)
            if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 1: errors.append("child")
        swifttrace.status()
        if work(n) != 10 * n: errors.append("result")
def run(n):
    start.wait()
    try: change(n, 12)
    except BaseException as error: errors.append(repr(error))
    results.append(n)
threads = [threading.Thread(target=run, args=(n,), name=f"t{n}") for n in range(64)]
for thread in threads: thread.start()
for thread in threads: thread.join()
swifttrace.disable()
print(len(results), errors)
swifttrace.enable(2)
last = work(1)
swifttrace.disable()
"""


def test_64_threads_that_enable_disable_change_levels_and_fork_disturb_nobody(write):
    ended = run_python(write("program.py", AT_ONCE), env={"PYTHONWARNINGS": "ignore"})
    assert (ended.returncode, ended.stdout) == (0, b"64 []\n"), ended.stderr[-2000:]
    lines = re.findall(rb"(?m)^\+ (?:\{MainThread\} )?\[ +(\d+)\]", ended.stderr)
    assert [int(number) for number in lines] == [41, 6, *[7, 8] * 10, 7, 9, 42]


FORKS = """\
import os, sys, threading, time, swifttrace
def begin_first_trace():
    with swifttrace.trace(2, output=os.devnull, values=True, calls=True, color="always"):
        n = 1
def status_of_child(delay):
    thread = threading.Thread(target=begin_first_trace)
    thread.start()
    time.sleep(delay)
    child = os.fork()
    if child == 0:
        with swifttrace.trace(1, output=os.devnull): os._exit(3)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
statuses = set()
for turn in range(200):
    process = os.fork()
    if process == 0: os._exit(status_of_child(turn * 5e-5))
    statuses.add(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
print(statuses)
"""


def test_a_child_that_is_forked_while_a_thread_begins_the_first_trace_can_begin_one(write):
    ended = run_python(write("program.py", FORKS), env={"PYTHONWARNINGS": "ignore"})
    assert (ended.returncode, ended.stdout) == (0, b"{3}\n"), ended.stderr[-2000:]
