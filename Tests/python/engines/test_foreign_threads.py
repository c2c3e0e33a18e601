"""Threads that `threading` does not make are traced, and tagged, like all others."""

from __future__ import annotations

import re
import sys

import pytest
from conftest import run_python, run_swifttrace


def lines_by_thread(ended):
    """The lines of each thread; those that have no name by N for their number."""
    assert ended.returncode == 0, ended.stderr
    found = {}
    for line in ended.stderr.decode().splitlines():
        name, text = re.fullmatch(r"\+ (?:\{([^}]*)\} )?(.*)", line).groups()
        name = re.sub(r"thread-\d+", "thread-N", name or "untagged")
        found.setdefault(name, []).append(text.strip())
    return found


STARTED = """\
import _thread
lock = _thread.allocate_lock()
lock.acquire()
def work():
    inner()
    lock.release()
def inner():
    x = 1
{start}(work, ())
lock.acquire()
"""
WORK = ["inner()", "x = 1", "lock.release()"]


@pytest.mark.parametrize("start", ["_thread.start_new_thread", "_thread.start_new"])
def test_a_thread_of_the_module_thread_is_traced(start, write):
    ended = run_swifttrace("-x", write("program.py", STARTED.format(start=start)))
    assert lines_by_thread(ended)["thread-N"] == WORK


@pytest.mark.skipif(sys.version_info < (3, 13), reason="new in Python 3.13")
def test_a_joinable_thread_is_traced(write):
    ended = run_swifttrace(
        "-x",
        write(
            "program.py",
            "import _thread\ndef work():\n    x = 1\n_thread.start_joinable_thread(work).join()\n",
        ),
    )
    assert lines_by_thread(ended)["thread-N"] == ["x = 1"]


def test_the_threads_of_a_pool_are_traced_by_their_names(write):
    script = """\
from concurrent.futures import ThreadPoolExecutor
import threading
def work(barrier):
    barrier.wait()
    x = 1
def begin():
    y = 1
with ThreadPoolExecutor(3, "pool", begin) as pool:
    list(pool.map(work, [threading.Barrier(3)] * 3))
"""
    found = lines_by_thread(run_swifttrace("-x", write("program.py", script)))
    for n in range(3):
        assert found[f"pool_{n}"] == ["y = 1", "barrier.wait()", "x = 1"]


# A thread that C starts, and that runs Python as long as the callback lasts.
IN_C = """\
import ctypes, sys, threading
libc = ctypes.PyDLL(None)
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
def start(function):
    callback, number = CALLBACK(function), ctypes.c_ulong()
    assert libc.pthread_create(ctypes.byref(number), None, callback, None) == 0
    return callback, number
def join(thread):
    assert ctypes.CDLL(None).pthread_join(thread[1], None) == 0
"""


def test_a_thread_that_c_starts_is_traced(write):
    script = """\
import threads_in_c
def work(argument):
    for n in range(2):
        inner(n)
def inner(n):
    x = n
for n in range(2):
    threads_in_c.join(threads_in_c.start(work))
"""
    write("threads_in_c.py", IN_C)
    path = write("program.py", script)
    once = ["for n in range(2):", "inner(n)", "x = n"] * 2 + ["for n in range(2):"]
    found = lines_by_thread(run_swifttrace("-x", path, cwd=path.parent))
    assert found["thread-N"] == once * 2
    assert "thread-N" not in "".join(found["untagged"])


def test_enable_reaches_a_thread_of_c_in_the_middle_of_its_callback(write):
    script = """\
import threads_in_c, threading, swifttrace
ready, go = threading.Event(), threading.Event()
def work(argument):
    ready.set()
    go.wait()
    after = 1
thread = threads_in_c.start(work)
ready.wait()
swifttrace.enable()
go.set()
threads_in_c.join(thread)
swifttrace.disable()
"""
    write("threads_in_c.py", IN_C)
    ended = run_python(write("program.py", script))
    found = lines_by_thread(ended)
    # `threading` gives a name to a thread that it did not make once it hears of it.
    (ours,) = [name for name, lines in found.items() if "after = 1" in lines]
    assert re.fullmatch(r"thread-N|Dummy-\d+", ours)


# The interpreter has the thread, and there is no frame of it: as while C code waits that has
# called `PyGILState_Ensure` and let go of the GIL (cpython#121814, cpython#132296).
FRAMELESS = """\
import ctypes, threading, swifttrace
api = ctypes.pythonapi
for name in "PyInterpreterState_Get", "PyThreadState_New":
    getattr(api, name).restype = ctypes.c_void_p
for name in "PyThreadState_New", "PyThreadState_Clear", "PyThreadState_Delete":
    getattr(api, name).argtypes = [ctypes.c_void_p]
states = [api.PyThreadState_New(api.PyInterpreterState_Get()) for n in range(10)]
for n in range(20):
    swifttrace.enable()
    thread = threading.Thread(target=len, args=("",))
    thread.start()
    thread.join()
    swifttrace.disable()
for state in states[:5]:
    api.PyThreadState_Clear(state)
    api.PyThreadState_Delete(state)
swifttrace.enable()
print("whole")
swifttrace.disable()
print("done")
"""


def test_a_thread_without_a_frame_is_no_trouble(write):
    ended = run_python(write("program.py", FRAMELESS))
    assert (ended.returncode, ended.stdout) == (0, b"whole\ndone\n")
    assert ended.stderr.count(b"thread.join()") == 20
    assert ended.stderr.endswith(b'+ print("whole")\n+ swifttrace.disable()\n')


def test_threads_that_end_while_others_enable_are_no_trouble(write):
    script = """\
import threading, swifttrace
def come_and_go():
    for n in range(60):
        thread = threading.Thread(target=len, args=("",))
        thread.start()
        thread.join()
def switch():
    for n in range(60):
        with swifttrace.trace(2):
            x = n
threads = [threading.Thread(target=job) for job in [come_and_go] * 3 + [switch] * 3]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("done")
"""
    ended = run_python(write("program.py", script))
    assert (ended.returncode, ended.stdout) == (0, b"done\n")
    assert ended.stderr.count(b"x = n\n") >= 3 * 60
