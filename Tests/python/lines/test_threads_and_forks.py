"""Which thread, task and process a line is of; and what a fork leaves behind."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from conftest import run_python, run_swifttrace


def trace_of(ended):
    assert ended.returncode == 0, ended.stderr
    return [line for line in ended.stderr.decode().splitlines() if line.startswith("+")]


NAMED = """\
import threading
def work():
    x = 1
before = 0
for name in "wörker", "a\\x1b[31m":
    thread = threading.Thread(target=work, name=name)
    thread.start()
    thread.join()
"""


def test_lines_say_which_thread_from_the_second_thread_on(write):
    found = trace_of(run_swifttrace("-x", write("script.py", NAMED)))
    assert found[:6] == [
        "+ import threading",
        "+ def work():",
        "+ before = 0",
        '+ for name in "wörker", "a\\x1b[31m":',
        "+     thread = threading.Thread(target=work, name=name)",
        "+     thread.start()",
    ]
    # A new thread may be faster than the next line of the one that started it.
    assert "+ {wörker}     x = 1" in found
    assert "+ {a\\x1b[31m}     x = 1" in found
    assert all(line.startswith("+ {MainThread} ") for line in found[-3:] if "x = 1" not in line)


ONE_BY_ONE = """\
import threading
def run(work):
    for n in range(5):
        thread = threading.Thread(target=work, args=(n,), name=f"worker-{n}")
        thread.start()
        thread.join()
"""


def test_a_thread_that_follows_another_is_not_taken_for_it(write):
    """The system gives it the memory of the one before."""
    write("one_by_one.py", ONE_BY_ONE)
    script = "import one_by_one\ndef work(n):\n    x = n\none_by_one.run(work)\n"
    found = trace_of(run_swifttrace("-x", write("script.py", script)))
    assert found[3:] == [f"+ {{worker-{n}}}     x = n" for n in range(5)]


def test_show_thread_names_the_first_thread_too(write):
    found = trace_of(run_swifttrace("-xx", "--show", "thread", write("s.py", "x = 1\n")))
    assert found == ["+ {MainThread} [     1] x = 1"]


def test_show_pid_and_task(write):
    script = """\
import asyncio
async def work():
    await asyncio.sleep(0)
async def main():
    await asyncio.create_task(work(), name="fetch")
asyncio.run(main())
"""
    found = trace_of(run_swifttrace("-x", "--show=pid,task", write("script.py", script)))
    assert any(
        re.fullmatch(r"\+ \{\d+ fetch\}     await asyncio.sleep\(0\)", line) for line in found
    )
    assert re.fullmatch(r"\+ \{\d+\} import asyncio", found[0])


def test_a_thread_that_threading_does_not_know_has_the_kernel_s_number(write):
    script = """\
import _thread
lock = _thread.allocate_lock()
lock.acquire()
def work():
    lock.release()
_thread.start_new_thread(work, ())
lock.acquire()
"""
    found = trace_of(run_swifttrace("-x", write("script.py", script)))
    ours = [line for line in found if "lock.release()" in line]
    assert len(ours) == 1
    assert re.fullmatch(r"\+ \{thread-\d+\}     lock.release\(\)", ours[0])


FORKS = """\
import os
x = 0
if os.fork() == 0:
    x = 1
    if os.fork() == 0:
        x = 2
        os._exit(0)
    os.wait()
    os._exit(0)
os.wait()
x = 3
"""


def test_a_fork_is_one_cross_deeper_and_says_its_pid(write):
    found = trace_of(run_swifttrace("-x", write("script.py", FORKS)))
    assert found[:3] == ["+ import os", "+ x = 0", "+ if os.fork() == 0:"]
    assert [
        re.sub(r"\d+", "N", line) for line in found if line.strip().endswith(("1", "2", "3"))
    ] == [
        "++ {N}     x = N",
        "+++ {N}         x = N",
        "+ {N} x = N",
    ]
    assert len({line.split()[1] for line in found[3:]}) == 3


def test_each_fork_writes_a_file_of_its_own(write, tmp_path):
    ended = run_swifttrace(
        "-x", "--no-banner", "-o", "t.log", write("script.py", FORKS), cwd=tmp_path
    )
    assert ended.returncode == 0
    files = sorted(tmp_path.glob("t.log*"))
    assert files[0].read_text().splitlines() == [
        "+ import os",
        "+ x = 0",
        "+ if os.fork() == 0:",
        "+ os.wait()",
        "+ x = 3",
    ]
    assert sorted(file.read_text() for file in files[1:]) == [
        "++     x = 1\n++     if os.fork() == 0:\n++     os.wait()\n++     os._exit(0)\n",
        "+++         x = 2\n+++         os._exit(0)\n",
    ]


def test_p_in_a_name_stands_for_the_process(write, tmp_path):
    script = "import os\nprint(os.getpid())\n"
    ended = run_swifttrace("-x", "-o", "t-%p.log", write("script.py", script), cwd=tmp_path)
    (file,) = tmp_path.glob("t-*.log")
    assert file.name == f"t-{int(ended.stdout)}.log"


# Each line says how often it runs, which also tells it from the others.
MANY = """\
import os, sys, threading, time  # 1
sys.setswitchinterval(0.0005)  # 1
turns, stop, threads = [0] * 8, False, []  # 1
def child(n):  # 1
    for step in range(3):  # 200 * 4
        os.write(1, b"child %d %d\\n" % (n, step))  # 200 * 3
    os._exit(0)  # 200
def busy(n):  # 1
    while not stop:  # turns + 8
        turns[n] += 1  # turns
        for step in range(20):  # turns * 21
            x = step  # turns * 20
        time.sleep(0.0001)  # turns
for n in range(8):  # 9
    threads.append(threading.Thread(target=busy, args=(n,)))  # 8
    threads[n].start()  # 8
for n in range(200):  # 201
    if os.fork() == 0:  # 200
        child(n)  # 200
    os.wait()  # 200
stop = True  # 1
for thread in threads:  # 9
    thread.join()  # 8
print("turns", sum(turns))  # 1
"""


def times_in_many(turns):
    """How often each line has to run."""
    lines = MANY.splitlines()
    return {line: eval(line.rpartition("#")[2], {"turns": turns}) for line in lines}


@pytest.mark.parametrize("target", ["stderr", "file", "descriptor"])
def test_200_forks_beside_8_busy_threads_lose_no_line_and_tear_none(target, write, tmp_path):
    script = write("script.py", MANY)
    output = {"file": ["-o", "t.log"], "descriptor": ["--fd", "1"], "stderr": []}[target]
    # From 3.12 on the interpreter warns of forks beside threads.
    quiet = {"PYTHONWARNINGS": "ignore"}
    ended = run_swifttrace("-x", "--no-banner", *output, script, cwd=tmp_path, env=quiet)
    assert ended.returncode == 0, ended.stderr[-2000:]
    files = [file.read_bytes() for file in tmp_path.glob("t.log*")]
    assert len(files) == (201 if target == "file" else 0)
    shown = b"".join([*files, ended.stdout, ended.stderr]).decode().splitlines()
    own = [line for line in shown if not line.startswith("+")]
    assert sorted(own[:-1]) == sorted(f"child {n} {step}" for n in range(200) for step in range(3))
    turns = int(own[-1].removeprefix("turns "))
    lines = [re.sub(r"^\++ (\{[^}]*\} )?", "", line) for line in shown if line.startswith("+")]
    assert Counter(lines) == times_in_many(turns)


def test_multiprocessing_s_forks_are_traced(write, tmp_path):
    script = """\
import multiprocessing
def work(n):
    return n * 2
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(work, range(4), chunksize=1))
"""
    ended = run_swifttrace("-x", "-o", "t.log", write("script.py", script), cwd=tmp_path)
    assert ended.stdout == b"[0, 2, 4, 6]\n"
    trace = "".join(file.read_text() for file in tmp_path.glob("t.log.*"))
    assert trace.count("    return n * 2\n") == 4


def test_what_is_killed_has_left_every_line(write, tmp_path):
    script = "import os, signal\nfor n in range(20_000):\n    x = n\nos.kill(os.getpid(), 9)\n"
    path = write("script.py", script)
    ended = run_swifttrace("-x", "--no-banner", "-o", "t.log", path, cwd=tmp_path)
    assert ended.returncode == -9
    lines = (tmp_path / "t.log").read_text().splitlines()
    assert len(lines) == 1 + 20_001 + 20_000 + 1 + 1
    assert lines[-2] == "+ os.kill(os.getpid(), 9)"
    assert lines[-1].strip() == ""


def test_a_file_that_is_cut_meanwhile_does_not_kill_the_program(write, tmp_path):
    script = """\
import os
for n in range(30_000):
    if n == 15_000:
        os.truncate("t.log", 0)
print("done")
"""
    ended = run_swifttrace("-x", "-o", "t.log", write("script.py", script), cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"done\n")
    assert ended.stderr == b"swifttrace: trace stopped: the file was cut by another process\n"


def test_another_sigbus_goes_to_the_handler_that_was_there(write, tmp_path):
    script = """\
import faulthandler, mmap, os
faulthandler.enable()
with open("m", "wb+") as file:
    file.write(b"x" * 4096)
    file.flush()
    memory = mmap.mmap(file.fileno(), 4096)
    file.truncate(0)
memory[0]
"""
    path = write("script.py", script)
    plain = run_python(path, cwd=tmp_path)
    traced = run_swifttrace("-x", "-o", "t.log", path, cwd=tmp_path)
    assert plain.returncode == traced.returncode != 0
    assert b"Fatal Python error: Bus error" in traced.stderr
