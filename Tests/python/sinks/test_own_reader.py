"""A trace that the program itself reads: no thread waits for itself, and the program ends."""

from __future__ import annotations

import pytest
from conftest import run_python

HEAD = """\
import os, socket, subprocess, sys, threading
import swifttrace
got = []
def chunks(read):
    while data := read():
        got.append(data)
def queued(read):
    while data := read():
        with lock:
            got.append(data)
lock = threading.Lock()
"""

TAIL = """
saved = os.dup(2)
os.dup2(w, 2)
thread = threading.Thread(target=globals()[sys.argv[1]], args=[lambda: os.read(r, size)], daemon=True)
thread.start()
swifttrace.enable(2)
for i in range(20_000):
    x = i
swifttrace.disable()
os.dup2(saved, 2)
for _ in range(100):
    threading.Event().wait(0.02)
    data = b"".join(got).replace(b"\\r", b"")
    if data.count(b"x = i") == 20_000: break
print(data.count(b"]     x = i\\n"), b"dropped" in data)
"""

OUTPUTS = {
    "a pipe": "r, w = os.pipe()",
    "a pair of sockets": "a, b = socket.socketpair(); r, w = a.fileno(), b.fileno()",
    "a named pipe": "os.mkfifo(sys.argv[2]); r = os.open(sys.argv[2], os.O_RDWR)\n"
    "w = os.open(sys.argv[2], os.O_WRONLY)",
    "a connection": "s = socket.create_server(('127.0.0.1', 0))\n"
    "a = socket.create_connection(s.getsockname()); b, _ = s.accept()\n"
    "r, w = a.fileno(), b.fileno()",
    "a child that hands on": "p = subprocess.Popen(['cat'], stdin=-1, stdout=-1)\n"
    "r, w = p.stdout.fileno(), p.stdin.fileno()",
}


def run(write, tmp_path, output, reader, size=65536):
    source = f"{HEAD}{OUTPUTS[output]}\nsize = {size}{TAIL}"
    ended = run_python(write("script.py", source), reader, tmp_path / "fifo")
    assert (ended.returncode, ended.stderr) == (0, b"")
    return ended.stdout


@pytest.mark.parametrize("output", OUTPUTS)
def test_by_a_thread_that_is_traced(write, tmp_path, output):
    assert run(write, tmp_path, output, "chunks").startswith(b"20000 ")


@pytest.mark.parametrize("reader", ["chunks", "queued"])
def test_however_that_reads(write, tmp_path, reader):
    shown = run(write, tmp_path, "a pipe", reader, size=1000)
    assert shown.startswith(b"20000 ")


@pytest.mark.parametrize(("lines", "size"), [(50, 1000), (5, 20), (500, 60_000)])
def test_by_a_thread_that_runs_many_lines_for_each_it_reads(write, lines, size):
    """Its own lines are more than it reads: the other thread's go before them."""
    source = f"""\
import os, threading
import swifttrace
r, w = os.pipe()
got = []
def read():
    while data := os.read(r, {size}):
        got.append(data)
        for i in range({lines}):
            y = i
threading.Thread(target=read, daemon=True).start()
swifttrace.enable(2, fd=w)
for i in range(50_000):
    x = i
swifttrace.disable()
os._exit(0)
"""
    for _ in range(4):
        assert run_python(write("script.py", source)).returncode == 0


def test_by_the_only_thread_later_on(write):
    source = """\
import os
import swifttrace
r, w = os.pipe()
swifttrace.enable(2, fd=w)
for i in range(5000):
    x = i
os.close(w)
got = []
while len(got) < 30:
    got.append(os.read(r, 4096))
swifttrace.disable()
print(b"".join(got).count(b"]     x = i\\n") > 1000)
"""
    ended = run_python(write("script.py", source))
    assert (ended.returncode, ended.stdout) == (0, b"True\n"), ended.stderr.decode()


def test_what_another_process_reads_is_waited_for(write):
    source = """\
import subprocess, sys, threading
import swifttrace
reads = "import sys, time; time.sleep(1); print(sys.stdin.read().count('x = i'))"
reader = subprocess.Popen([sys.executable, "-c", reads], stdin=subprocess.PIPE)
swifttrace.enable(2, fd=reader.stdin.fileno())
for i in range(20_000):
    x = i
swifttrace.disable()
reader.stdin.close()
reader.wait()
"""
    ended = run_python(write("script.py", source))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"20000\n", b"")
