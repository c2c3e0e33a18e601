"""The trace's own descriptor beside those of the program."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest
from conftest import clean_environment, run_swifttrace
from launching import start_swifttrace

LOOP = "for i in range(5000):\n    x = i\n"
LOOP_LINES = 10_001


def test_a_descriptor_gets_the_trace_and_standard_error_does_not(write):
    path = write("program.py", LOOP)
    reading, writing = os.pipe()
    with start_swifttrace(
        "-x", "--fd", str(writing), path, pass_fds=[writing], stderr=subprocess.PIPE
    ) as running:
        os.close(writing)
        with open(reading, "rb") as trace:
            assert trace.read().count(b"\n") == LOOP_LINES
        assert running.communicate(timeout=30)[1] == b""
    assert running.returncode == 0


def test_standard_output_may_be_the_descriptor(write):
    path = write("program.py", "print('own')\nx = 1\n")
    for option in ("--fd=1", "--fd=2"):
        ended = run_swifttrace(option, path, stderr=subprocess.STDOUT, interpreter_options=["-u"])
        assert ended.stdout == b"+ print('own')\nown\n+ x = 1\n"


def test_a_socket_may_be_the_descriptor(write):
    path = write("program.py", LOOP)
    ours, theirs = socket.socketpair()
    number = theirs.fileno()
    with ours, start_swifttrace("--fd", str(number), path, pass_fds=[number]) as running:
        theirs.close()
        count = 0
        while piece := ours.recv(777):
            count += piece.count(b"\n")
        assert running.wait(30) == 0
    assert count == LOOP_LINES


# A program that closes all there is, as daemons do, and opens files of its own.
DAEMON = """\
import daemon, sys
files = daemon.open_files(sys.argv[1])
for i in range(20_000):
    x = i
for file in files:
    file.seek(0)
    assert file.read() == daemon.TEXT, (file.name, file.fileno())
print("done")
"""
DAEMON_MODULE = """\
import os
TEXT = b"own data\\n" * 100_000
def open_files(directory):
    for n in range(20):
        with open(os.path.join(directory, f"own-{n}"), "wb") as file:
            file.write(TEXT)
    os.closerange(3, 256)
    return [open(os.path.join(directory, f"own-{n}"), "rb+", buffering=0) for n in range(20)]
"""


@pytest.mark.parametrize("place", ["standard error", "file"])
def test_a_file_that_gets_our_descriptor_s_number_does_not_get_the_trace(place, write, tmp_path):
    write("daemon.py", DAEMON_MODULE)
    path = write("program.py", DAEMON)
    options = ["-o", tmp_path / "trace"] if place == "file" else []
    ended = run_swifttrace("-xx", *options, path, tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"done\n"), ended.stderr[-500:]
    for n in range(20):
        assert (tmp_path / f"own-{n}").stat().st_size == 900_000
    assert b"swifttrace: trace stopped" not in ended.stderr
    trace = (tmp_path / "trace").read_bytes() if place == "file" else ended.stderr
    assert trace.count(b"]     x = i\n") == 20_000


CLOSES = """\
import os, sys
def daemon():
    os.setsid()
    os.closerange({first}, 4096)
    for n in range(10_000):
        x = n
    sys.exit(5)
if os.fork() == 0:
    daemon()
print(os.wait()[1] >> 8)
"""


@pytest.mark.parametrize("output", ["file", "%p"])
def test_a_daemon_that_closes_all_descriptors_is_traced_to_its_end(output, write, tmp_path):
    name = {"file": "trace", "%p": "trace-%p"}[output]
    path = write("program.py", CLOSES.format(first=0))
    ended = run_swifttrace("-x", "-o", name, path, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"5\n", b"")
    first, child = sorted(tmp_path.glob("trace*"), key=lambda file: file.stat().st_size)
    assert first.read_text().splitlines()[-1].endswith("ended with status 0: 4 lines")
    lines = child.read_text().splitlines()
    assert lines.count("++         x = n") == 10_000
    assert lines[-1].endswith(f"ended with status 5: {len(lines) - 2} lines")


@pytest.mark.parametrize("kind", ["file", "pipe"])
def test_a_daemon_that_keeps_its_standard_error_is_traced_there(kind, write, tmp_path):
    path = write("program.py", CLOSES.format(first=3))
    with open(tmp_path / "stderr", "wb") as file:
        stderr = file if kind == "file" else subprocess.PIPE
        ended = run_swifttrace("-x", path, stderr=stderr)
    trace = ended.stderr if kind == "pipe" else (tmp_path / "stderr").read_bytes()
    assert (ended.returncode, ended.stdout) == (0, b"5\n")
    assert trace.count(b"}         x = n\n") == 10_000
    assert b"swifttrace: trace stopped" not in trace


def test_a_file_that_took_the_trace_s_name_does_not_get_it(write, tmp_path):
    source = """\
import os
os.rename("trace", "kept")
with open("trace", "w") as file: file.write("own")
os.closerange(3, 4096)
for n in range(20_000): x = n
"""
    ended = run_swifttrace("-x", "-o", "trace", write("program.py", source), cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"")
    assert ended.stderr == b"swifttrace: trace stopped: cannot write: Bad file descriptor\n"
    assert (tmp_path / "trace").read_text() == "own"
    assert (tmp_path / "kept").read_text().splitlines()[1] == "+ import os"


LOW_LIMIT = 'ulimit -n 9; exec "$@"'


def test_a_low_limit_on_descriptors_is_no_trouble(write, tmp_path):
    path = write("program.py", "x = 1\n")
    for options in ([], ["-o", tmp_path / "trace"]):
        ended = subprocess.run(
            ["sh", "-c", LOW_LIMIT, "sh", sys.executable, "-m", "swifttrace", *options, path],
            env=clean_environment(),
            capture_output=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
