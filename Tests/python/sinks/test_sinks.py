"""A trace to a reader: standard error, a pipe, a socket, and a reader that is slow or gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from conftest import run_python, run_swifttrace
from launching import numbered, run_alike, start_swifttrace, unmarked, wait_until_asleep

LOOP = "for i in range(5000):\n    x = i\n"
LOOP_LINES = 10_001


# -- standard error --------------------------------------------------------------------

OWN_OUTPUT = """\
import os, sys
os.write(2, b"own 1\\n")
print("own 2", file=sys.stderr)
sys.stderr.write("own ")
x = 1
print("3", file=sys.stderr)
print("own 4", flush=True)
y = 2
"""


def test_each_line_keeps_its_place_among_the_program_s_own_output(write):
    path = write("program.py", OWN_OUTPUT)
    ended = run_swifttrace("-x", path, stderr=subprocess.STDOUT, interpreter_options=["-u"])
    assert ended.stdout.decode().splitlines() == [
        "+ import os, sys",
        '+ os.write(2, b"own 1\\n")',
        "own 1",
        '+ print("own 2", file=sys.stderr)',
        "own 2",
        '+ sys.stderr.write("own ")',
        "own + x = 1",
        '+ print("3", file=sys.stderr)',
        "3",
        '+ print("own 4", flush=True)',
        "own 4",
        "+ y = 2",
    ]


@pytest.mark.parametrize(
    "change",
    [
        "os.close(2)",
        "os.dup2(os.open(os.devnull, os.O_WRONLY), 2)",
        "os.dup2(1, 2)",
        "os.closerange(0, 10)",
        "sys.stderr.close()",
        "sys.stderr = None",
        "sys.stderr = sys.stdout = open(os.devnull, 'w')",
    ],
)
def test_the_trace_goes_on_whatever_the_program_does_with_its_own(change, write):
    source = f"import os, sys\nx = 1\n{change}\ny = 2\nz = 3\n"
    path = write("program.py", source)
    assert run_swifttrace("-xx", path).stderr.startswith(numbered(source))


def test_what_the_program_opens_gets_the_numbers_it_would_get_without_us(write, tmp_path):
    write("program.py", "import os\nprint([os.open(os.devnull, 0) for _ in range(7)])\n")
    run_alike(tmp_path, "program.py")
    ended = run_swifttrace("program.py", cwd=tmp_path)
    assert ended.stdout == b"[3, 4, 5, 6, 7, 8, 9]\n"
    with open(os.devnull, "wb") as file:
        options = ["--fd", str(file.fileno())]
        ended = run_swifttrace(*options, "program.py", cwd=tmp_path, pass_fds=[file.fileno()])
    assert ended.returncode == 0


INHERITANCE = """\
import os, subprocess, sys
listing = "import os\\nfor n in range(300):\\n  try: os.fstat(n); print(n, end=' ')\\n" \\
    "  except OSError: pass\\nprint()"
def children():
    subprocess.run([sys.executable, "-c", listing], close_fds=False)
    os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", listing])
children()
"""


def test_a_child_does_not_inherit_our_descriptor(write, tmp_path):
    write("program.py", INHERITANCE)
    for options in (["-o", "trace"], []):
        # A Python child that is followed has a descriptor of its own.
        ended = run_swifttrace("--no-follow", *options, "program.py", cwd=tmp_path)
        assert ended.stdout == b"0 1 2 \n0 1 2 \n"


WAITS = """\
import signal, sys
if "default" in sys.argv:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
print("ready", flush=True)
input()
for i in range(100):
    x = i
print("done", flush=True)
sys.exit(3)
"""


@pytest.mark.parametrize("sigpipe", ["ignored", "default"])
@pytest.mark.parametrize("place", ["standard error", "descriptor"])
def test_a_reader_that_goes_away_ends_the_trace_and_not_the_program(sigpipe, place, write):
    path = write("program.py", WAITS)
    reading, writing = os.pipe()
    options = ["--fd", str(writing)] if place == "descriptor" else []
    how = {"pass_fds": [writing]} if place == "descriptor" else {"stderr": writing}
    with start_swifttrace(
        *options, path, sigpipe, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **how
    ) as running:
        os.close(writing)
        assert running.stdout.readline() == b"ready\n"
        os.close(reading)
        rest, _ = running.communicate(b"\n", timeout=30)
    assert (running.returncode, rest) == (3, b"done\n")


GONE_AT_ANY_MOMENT = """\
import os, signal
import swifttrace
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
for n in range(300):
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.close(writing)
        os.read(reading, 2000 * (n % 7))
        os._exit(0)
    os.close(reading)
    swifttrace.enable(fd=writing)
    while swifttrace.status().stopped is None:
        x = 1
    swifttrace.disable()
    os.close(writing)
    os.waitpid(child, 0)
print("done")
"""


def test_a_reader_that_goes_away_between_two_calls_does_not_kill_the_program(write):
    ended = run_python(write("program.py", GONE_AT_ANY_MOMENT))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"done\n", b"")


def test_status_says_that_the_trace_stopped_and_enable_starts_another(write):
    source = """\
import os
import swifttrace
reading, writing = os.pipe()
swifttrace.enable(2, fd=writing)
x = 1
os.close(reading)
y = 2
status = swifttrace.status()
print(status.enabled, status.stopped, status.lines >= 2)
swifttrace.enable(2)
z = 3
swifttrace.disable()
"""
    ended = run_python(write("program.py", source))
    assert ended.stdout == b"False cannot write: Broken pipe True\n"
    assert ended.stderr == numbered(source, 11, 12)


# -- a slow reader --------------------------------------------------------------------

# A module of its own: were it traced, it would write what it has to read.
READER = """\
import os, threading
class Reader(threading.Thread):
    def __init__(self, size):
        super().__init__()
        self.reading, self.writing = os.pipe()
        self.size, self.pieces = size, []
        self.start()
    def run(self):
        while piece := os.read(self.reading, self.size):
            self.pieces.append(piece)
    def lines(self):
        os.close(self.writing)
        self.join(20)
        assert not self.is_alive(), "the descriptor is still open"
        return b"".join(self.pieces).splitlines()
"""
SELF_READ = """\
import os, sys, threading
import swifttrace
from reader import Reader
reader = Reader(100)
os.set_blocking(reader.writing, sys.argv[1] == "blocking")
def work(name):
    for i in range(2000):
        x = i
threads = [threading.Thread(target=work, args=(n,)) for n in range(int(sys.argv[2]))]
swifttrace.enable(1, fd=reader.writing)
work("main")
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
swifttrace.disable()
sys.stdout.buffer.write(b"\\n".join(reader.lines()))
"""


@pytest.mark.parametrize("mode", ["blocking", "non-blocking"])
@pytest.mark.parametrize("threads", [0, 3])
def test_a_slow_reader_in_the_same_process_gets_every_line(mode, threads, write):
    write("reader.py", READER)
    ended = run_python(write("program.py", SELF_READ), mode, str(threads))
    assert (ended.returncode, ended.stderr) == (0, b"")
    lines = unmarked(ended.stdout).splitlines()
    for line in (b"+         x = i", b"+     for i in range(2000):"):
        assert lines.count(line) == (threads + 1) * (2000 + (b"for" in line))
    assert set(lines) <= {b"+ " + text.encode() for text in SELF_READ.splitlines()}


SIGNALS = """\
import signal
import swifttrace
from reader import Reader
rings = []
def ring(*_):
    rings.append(1)
signal.signal(signal.SIGALRM, ring)
def work():
    i = 0
    while i < 3000 or len(rings) < 3:
        i += 1
    return i
reader = Reader(512)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
swifttrace.enable(fd=reader.writing)
turns = work()
swifttrace.disable()
signal.setitimer(signal.ITIMER_REAL, 0)
texts = [line.partition(b"     ")[2].strip() for line in reader.lines()]
print(texts.count(b"i += 1") == turns, texts.count(b"rings.append(1)") >= 3)
"""


def test_signals_that_interrupt_a_write_lose_no_line(write):
    write("reader.py", READER)
    ended = run_python(write("program.py", SIGNALS))
    assert (ended.returncode, ended.stdout) == (0, b"True True\n"), ended.stderr


def test_a_fifo_may_be_the_file(write, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    path = write("program.py", LOOP)
    with start_swifttrace("--no-banner", "-o", tmp_path / "fifo", path) as running:
        with open(tmp_path / "fifo", "rb") as trace:
            assert trace.read().count(b"\n") == LOOP_LINES
        assert running.wait(30) == 0


WAITING = """\
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
print("ready", flush=True)
while True:
    x = 1
"""


@pytest.mark.skipif(sys.platform != "linux", reason="takes /proc to see that it waits")
def test_ctrl_c_ends_a_program_whose_trace_nobody_reads(write):
    path = write("program.py", WAITING)
    reading, writing = os.pipe()
    with start_swifttrace(
        "--fd",
        str(writing),
        path,
        pass_fds=[writing],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        os.close(writing)
        assert running.stdout.readline() == b"ready\n"
        wait_until_asleep(running)
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=5)[1]
    os.close(reading)
    assert running.returncode == -2
    assert said.endswith(b"KeyboardInterrupt\n")
