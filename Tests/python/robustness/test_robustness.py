"""What the traced program does to itself and to us, and what must come of it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import pytest
from conftest import clean_environment, run_python, run_swifttrace
from launching import numbered

# Takes our numbers for files of its own: a daemon closes all descriptors, and what it
# opens next may get one of them.
REOPEN = """\
import os
for n in range(12):
    with open(f"own{n}", "wb") as file: file.write(b"precious\\n" * 1000)
def reopen():
    numbers = [int(name) for name in os.listdir("/proc/self/fd")]
    os.closerange(3, 65536)
    files = [open(f"own{n}", "rb+", buffering=0) for n in range(12)]
    for number in numbers:
        if number > 14: os.dup2(files[0].fileno(), number)
    return files
def sizes(files):
    for file in files: file.close()
    return {os.path.getsize(f"own{n}") for n in range(12)}
"""


@pytest.mark.skipif(sys.platform != "linux", reason="takes /proc to know our numbers")
def test_a_program_that_reuses_our_descriptor_keeps_its_files(write, tmp_path):
    write("reopen.py", REOPEN)
    script = """\
import swifttrace
from reopen import reopen, sizes
with swifttrace.trace(1, output="t.log"):
    files = reopen()
    more = [line for line in range(20_000)]
print(sizes(files))
"""
    ended = run_python(write("script.py", script), cwd=tmp_path)
    assert (ended.stdout, ended.stderr) == (b"{9000}\n", b"")
    # It was opened again, under another number.
    lines = (tmp_path / "t.log").read_bytes().splitlines()
    assert lines[1] == b"+     files = reopen()"
    assert set(lines[2:-2]) == {b"+     more = [line for line in range(20_000)]"}
    assert len(lines) > 20_000
    assert lines[-1].endswith(b"stopped tracing: %d lines" % (len(lines) - 2))


@pytest.mark.skipif(sys.platform != "linux", reason="takes /proc to know our numbers")
@pytest.mark.parametrize("kind", ["file", "pipe"])
def test_standard_error_s_duplicate_that_is_reused_is_left_alone(kind, write, tmp_path):
    write("reopen.py", REOPEN)
    script = """\
from reopen import reopen, sizes
for line in range(1000): files = None
files = reopen()
for line in range(1000): x = 1
print(sizes(files))
"""
    path = write("script.py", script)
    with open(tmp_path / "stderr", "wb") as file:
        stderr = file if kind == "file" else subprocess.PIPE
        ended = run_swifttrace("-x", path, cwd=tmp_path, stderr=stderr)
    assert (ended.returncode, ended.stdout) == (0, b"{9000}\n")


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 1024, reason="few descriptors are allowed here"
)
@pytest.mark.parametrize("output", [["-o", "t.log"], []])
def test_a_program_that_closes_the_first_hundred_descriptors_is_still_traced(
    output, write, tmp_path
):
    source = "import os\nos.closerange(3, 128)\nx = 1\n"
    write("script.py", source)
    ended = run_swifttrace("-xx", "--no-banner", *output, "script.py", cwd=tmp_path)
    trace = (tmp_path / "t.log").read_bytes() if output else ended.stderr
    assert trace == numbered(source)
    assert (ended.returncode, ended.stdout) == (0, b"")


def test_threads_that_meet_new_code_at_once_share_it(write, tmp_path):
    """Its text is looked for by Python code, and so another thread may come first."""
    script = """\
import linecache, threading, time
def text():
    time.sleep(0.01)
    return "def f():\\n  x = 1\\n"
for i in range(20):
    linecache.cache["<gen>"] = (text,)
    namespace = {}
    exec(compile("def f():\\n  x = 1\\n", "<gen>", "exec"), namespace)
    threads = [threading.Thread(target=namespace["f"]) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    del namespace, threads, thread
print("alive")
"""
    options = ["-xxx", "--scope", "script", "--include", "<gen>", "-o", "t.log"]
    ended = run_swifttrace(*options, write("script.py", script), cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"alive\n")
    assert (tmp_path / "t.log").read_text().count("]   x = 1\n") == 80


def test_a_fifo_may_be_read_by_a_thread_of_the_same_program(write, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    write("reader.py", "def read(into):\n    with open('fifo', 'rb') as f: into.append(f.read())\n")
    script = """\
import gc, reader, threading, swifttrace
found = []
thread = threading.Thread(target=reader.read, args=(found,))
thread.start()
swifttrace.enable(1, output="fifo")
x = 1
swifttrace.disable()
gc.collect()
thread.join()
print(b"x = 1" in found[0])
"""
    assert run_python(write("script.py", script), cwd=tmp_path).stdout == b"True\n"


def test_a_fork_beside_a_thread_that_enables_leaves_the_child_able_to(write, tmp_path):
    script = """\
import os, threading, swifttrace
stop = threading.Event()
def toggle():
    while not stop.is_set():
        swifttrace.enable(1, output=os.devnull)
        swifttrace.disable()
thread = threading.Thread(target=toggle)
thread.start()
for _ in range(50):
    child = os.fork()
    if child == 0:
        swifttrace.enable(1, output=os.devnull)
        swifttrace.disable()
        os._exit(0)
    os.waitpid(child, 0)
stop.set()
thread.join()
print("done")
"""
    quiet = {"PYTHONWARNINGS": "ignore"}
    assert run_python(write("script.py", script), env=quiet).stdout == b"done\n"


def test_a_module_that_is_imported_anew_can_turn_the_trace_off(write):
    script = """\
import sys, swifttrace
swifttrace.enable(1)
for name in [name for name in sys.modules if name.startswith("swifttrace")]: del sys.modules[name]
import swifttrace
swifttrace.disable()
still = 1
"""
    ended = run_python(write("script.py", script))
    assert ended.returncode == 0
    assert ended.stderr.endswith(b"+ swifttrace.disable()\n")


def test_sub_interpreters_of_a_traced_program_start_in_silence(write):
    script = """\
try: import _interpreters as interpreters
except ImportError: import _xxsubinterpreters as interpreters
interpreters.destroy(interpreters.create())
print("done")
"""
    ended = run_swifttrace("-x", "-o", os.devnull, write("script.py", script))
    assert (ended.stdout, ended.stderr) == (b"done\n", b"")


def test_exceptions_of_signal_handlers_arrive_while_tasks_are_shown(write, tmp_path):
    script = """\
import asyncio, signal
class Rung(Exception): pass
def ring(*_): raise Rung
signal.signal(signal.SIGALRM, ring)
async def work():
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    while True:
        x = 1
count = 0
for _ in range(20):
    try: asyncio.run(asyncio.wait_for(work(), None))
    except Rung: count += 1
print(count)
"""
    path = write("script.py", script)
    ended = run_swifttrace("-x", "--show", "task", "-o", os.devnull, path)
    assert ended.stdout == b"20\n"


def test_a_directory_that_is_gone_does_not_matter(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f"rmdir {gone} && exec {sys.executable} -m swifttrace -x -c 'x = 1'"
    ended = subprocess.run(
        ["sh", "-c", command], cwd=gone, env=clean_environment(), capture_output=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, b"+ x = 1\n")


@pytest.mark.parametrize(
    ("setting", "trace"),
    [("2>&-", b""), ("; ulimit -n 10", b"+ print(1)\n")],
    ids=["closed", "few"],
)
def test_few_descriptors_are_enough(setting, trace):
    redirect, _, limit = setting.partition(";")
    command = f"{limit or ':'}; exec {sys.executable} -m swifttrace -x -c 'print(1)' {redirect}"
    ended = subprocess.run(
        ["sh", "-c", command], env=clean_environment(), capture_output=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"1\n", trace)
