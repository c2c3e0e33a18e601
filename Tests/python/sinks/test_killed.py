"""A trace in a file outlives its program: whatever ends either, every line that ran is there."""

from __future__ import annotations

import contextlib
import mmap
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
from conftest import clean_environment, run_python, run_swifttrace
from launching import numbered, run_alike, start_swifttrace
from parity import ORACLE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="takes /proc, or kills as Linux does"),
]

LEVEL = "-xx"

# Says in a mapped file how many turns it has done, as itself would be killed with.
WORK = """\
import mmap, struct, sys

with open(sys.argv[2], "r+b") as file:
    progress = mmap.mmap(file.fileno(), 8)

class Failed(Exception):
    pass

def halves(number):
    while number > 1:
        yield number
        number //= 2

def check(number):
    if number % 5 == 0:
        raise Failed(number)
    return number

def turn(number):
    total = sum(halves(number))
    try:
        total += check(number)
    except Failed:
        total -= 1
    finally:
        total ^= number
    return [each for each in (total, number) if each & 1]

for number in range(int(sys.argv[1])):
    turn(number)
    progress[:8] = struct.pack("<q", number + 1)
print("done")
"""
TURNS = 6000
(MARK,) = [line.encode() for line in WORK.splitlines() if "progress[:8]" in line]


class Work:
    """The program, what the oracle says that it prints, and how far a run of it has got."""

    def __init__(self, directory):
        self.directory = directory
        self.program = directory / "work.py"
        self.program.write_text(WORK)
        self.progress = directory / "progress"
        self.start()
        expected = directory / "expected"
        run_python(ORACLE, "oracle", "2", expected, *self.arguments, cwd=directory)
        self.expected = expected.read_bytes()
        assert self.expected.count(MARK) == TURNS

    @property
    def arguments(self):
        return [self.program, str(TURNS), self.progress]

    def start(self):
        self.progress.write_bytes(bytes(8))

    @property
    def done(self):
        return int.from_bytes(self.progress.read_bytes(), "little")

    def wait(self, turns, running):
        """Return once it has done so many."""
        with open(self.progress, "r+b") as file:
            progress = mmap.mmap(file.fileno(), 8)
        deadline = time.monotonic() + 60
        while int.from_bytes(progress[:8], "little") < turns and running.poll() is None:
            assert time.monotonic() < deadline

    @contextlib.contextmanager
    def run(self, output, under=(), **how):
        """Run it, traced into a file; standard output and standard error are pipes."""
        self.start()
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
        with start_swifttrace(LEVEL, "-o", output, *self.arguments, **how) as running:
            yield running

    def assert_nothing_lost(self, trace, done):
        """Every line that ran is there: at least those of `done` turns."""
        found = lines_of(trace)
        # The last one was about to run: it may be torn.
        before_it = found[: found.rstrip(b"\n").rfind(b"\n") + 1]
        assert self.expected.startswith(before_it)
        assert found.count(MARK + b"\n") >= done


def lines_of(trace):
    """A trace without the blank end that a killed program leaves, and without what the
    command itself says in it.
    """
    assert b"\0" not in trace
    return re.sub(rb"(?m)^# .*\n", b"", trace.rstrip(b" "))


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return Work(tmp_path_factory.mktemp("work"))


# -- the program is killed -------------------------------------------------------------


def test_nothing_is_lost_where_nobody_kills_it(work, tmp_path):
    with work.run(tmp_path / "trace") as running:
        assert running.communicate() == (b"done\n", b"")
    assert running.returncode == 0
    assert lines_of((tmp_path / "trace").read_bytes()) == work.expected


def test_kill_9_at_any_moment_loses_no_line(work, tmp_path, moments):
    generator = random.Random(moments)
    for _ in range(moments):
        with work.run(tmp_path / "trace") as running:
            work.wait(generator.randrange(TURNS), running)
            running.kill()
            running.communicate()
        assert running.returncode in (-signal.SIGKILL, 0)
        work.assert_nothing_lost((tmp_path / "trace").read_bytes(), work.done)


# What a window of the file is moved by.
CALLS = ["mmap:when=200", "madvise:when=2", "pwrite64:when=1", "pwrite64:when=4"]
CALLS += ["munmap:when=30", "statx:when=4", "ftruncate:when=1"]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not here")
@pytest.mark.parametrize("call", CALLS)
def test_kill_9_within_a_call_to_the_system_loses_no_line(call, work, tmp_path):
    work.start()
    name, _, when = call.partition(":")
    strace = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={name}"]
    strace += ["-e", f"inject={name}:signal=KILL:{when}", sys.executable, "-m", "swifttrace"]
    ended = subprocess.run(
        [*strace, LEVEL, "-o", tmp_path / "trace", *work.arguments],
        env=clean_environment(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL, 0), ended.stderr
    if (tmp_path / "trace").exists():
        work.assert_nothing_lost((tmp_path / "trace").read_bytes(), work.done)


LOOP = "for i in range(20_000):\n    x = i\n"
SUDDEN_ENDS = {
    "os._exit": ("import os\nos._exit(3)\n", 3),
    "os.abort": ("import os\nos.abort()\n", -signal.SIGABRT),
    "a NULL dereference": ("import ctypes\nctypes.string_at(0)\n", -signal.SIGSEGV),
    "a bus error": ("import os\nos.kill(os.getpid(), 7)\n", -signal.SIGBUS),
    "a signal": ("import signal\nsignal.raise_signal(15)\n", -signal.SIGTERM),
    "exec": ("import os\nos.execv('/bin/echo', ['echo', 'replaced'])\n", 0),
}


@pytest.mark.parametrize("end", SUDDEN_ENDS)
def test_a_program_that_ends_suddenly_has_every_line_in_the_file(end, write, tmp_path):
    text, status = SUDDEN_ENDS[end]
    source = "import resource\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n" + LOOP + text
    write("program.py", source)
    ended = run_alike(tmp_path, "program.py")
    assert ended.returncode == status
    ran = numbered(source, 1, 2, *[3, 4] * 20_000, 3, 5, 6)
    assert lines_of(ended.trace) == ran


# -- memory runs out -------------------------------------------------------------------

EXHAUSTING = """\
import sys
kept = []
try:
    while True:
        kept.append(bytearray(1 << 20))
except MemoryError:
    print(len(kept) > 10)
    kept.clear()
for i in range(20_000):
    x = i
raise MemoryError("enough")
"""


def test_memory_that_runs_out_leaves_the_program_and_the_trace_alone(write, tmp_path):
    path = write("program.py", EXHAUSTING)
    limit = ["bash", "-c", 'ulimit -v 300000; exec "$@"', "-"]
    command = [*limit, sys.executable, "-m", "swifttrace", LEVEL, "-o", tmp_path / "trace", path]
    ended = subprocess.run(command, env=clean_environment(), capture_output=True, timeout=60)
    assert (ended.returncode, ended.stdout) == (1, b"True\n")
    assert ended.stderr.endswith(b"\nMemoryError: enough\n")
    assert b"swifttrace" not in ended.stderr
    trace = lines_of((tmp_path / "trace").read_bytes())
    assert trace.startswith(numbered(EXHAUSTING, 1, 2, 3, 4, 5, 4, 5))
    end = numbered(EXHAUSTING, 5, 6, 7, 8, *[9, 10] * 20_000, 9, 11)
    assert trace.endswith(end)


HUGE_SOURCE = """\
import os, resource
length, memory = {length}, {memory}
with open("huge.py", "w") as file:
    file.write("x = 1\\n\\ny = 2\\n#")
    file.truncate(length)
code = compile("x = 1\\n\\ny = 2\\n", os.path.abspath("huge.py"), "exec")
with open("/proc/self/statm") as file:
    size = int(file.read().split()[0]) * resource.getpagesize()
if memory:
    resource.setrlimit(resource.RLIMIT_AS, (size + memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
exec(code)
print("done")
"""


@pytest.mark.parametrize("sizes", [(1 << 40, 0), (30 << 20, 20 << 20)])
def test_a_source_that_memory_has_no_room_for_is_no_end_of_the_program(sizes, write, tmp_path):
    source = HUGE_SOURCE.format(length=sizes[0], memory=sizes[1])
    scope = ["--scope=project", "--paths=short"]
    options = ["-xx", *scope, "-o", tmp_path / "trace", write("program.py", source)]
    ended = run_swifttrace(*options, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"done\n", b"")
    executed = b"+ [     1] <no source>\n+ [     3] <no source>\n"
    trace = lines_of((tmp_path / "trace").read_bytes())
    assert trace.endswith(numbered(source, 11) + executed + numbered(source, 12))


UNMAPPABLE = """\
import resource
with open("/proc/self/statm") as file:
    pages = int(file.read().split()[0])
most = resource.getrlimit(resource.RLIMIT_AS)[1]
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize(), most))
for i in range(50_000):
    x = i
resource.setrlimit(resource.RLIMIT_AS, (most, most))
for i in range(50_000):
    x = i
print("done")
"""


def test_a_file_that_cannot_be_mapped_is_written(write, tmp_path):
    path = write("program.py", UNMAPPABLE)
    ended = run_swifttrace(LEVEL, "-o", tmp_path / "trace", path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"done\n", b"")
    loops = [*[6, 7] * 50_000, 6, 8, *[9, 10] * 50_000, 9]
    ran = numbered(UNMAPPABLE, 1, 2, 3, 2, 4, 5, *loops, 11)
    assert lines_of((tmp_path / "trace").read_bytes()) == ran


def test_a_terminal_may_be_the_file(write):
    source = "for i in range(100):\n    x = i\n"
    path = write("program.py", source)
    master, slave = os.openpty()
    with start_swifttrace(LEVEL, "--no-banner", "-o", os.ttyname(slave), path) as running:
        shown = b""
        while shown.count(b"\n") < 201:
            shown += os.read(master, 65536)
        assert running.wait(30) == 0
    os.close(slave)
    os.close(master)
    assert lines_of(shown.replace(b"\r\n", b"\n")) == numbered(source, *[1, 2] * 100, 1)


# -- the disk is full ------------------------------------------------------------------

DISK = """\
mount -t tmpfs -o size=600k none "$1" || exit 99
disk=$1
shift
"$@"
status=$?
cat "$disk/trace"
exit $status
"""


def test_a_full_disk_stops_the_trace_with_one_line_at_its_very_end(work, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    work.start()
    command = [sys.executable, "-m", "swifttrace", LEVEL, "-o", disk / "trace", *work.arguments]
    ended = subprocess.run(
        ["unshare", "--mount", "sh", "-c", DISK, "-", disk, *command],
        env=clean_environment(),
        capture_output=True,
        timeout=60,
    )
    if ended.returncode == 99 or b"unshare" in ended.stderr:
        pytest.skip("nothing may be mounted here")
    assert ended.returncode == 0
    assert ended.stderr == b"swifttrace: trace stopped: cannot write: No space left on device\n"
    said, _, trace = ended.stdout.partition(b"done\n")
    assert said == b""
    assert work.expected.startswith(lines_of(trace))
    assert trace.endswith(b"\n")
    assert 600 * 1024 - 400 < len(trace) <= 600 * 1024


LIMITED = """\
import resource, signal
signal.signal(signal.SIGXFSZ, signal.{handler})
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
for i in range(50_000):
    x = i
print("done")
"""


@pytest.mark.parametrize("handler", ["SIG_IGN", "SIG_DFL"])
@pytest.mark.parametrize("limit", [1_000, 100_000, 600_000])
def test_a_limit_on_the_file_s_length_stops_the_trace_there(limit, handler, write, tmp_path):
    source = LIMITED.format(limit=limit, handler=handler)
    path = write("program.py", source)
    ended = run_swifttrace(LEVEL, "-o", tmp_path / "trace", path)
    assert (ended.returncode, ended.stdout) == (0, b"done\n")
    assert ended.stderr == b"swifttrace: trace stopped: cannot write: File too large\n"
    trace = (tmp_path / "trace").read_bytes()
    assert numbered(source, 1, 2, 3, *[4, 5] * 50_000, 4, 6).startswith(lines_of(trace))
    assert trace.endswith(b"\n")
    # It was 256 kB long already as the limit was set.
    assert len(trace) > max(limit, 256 * 1024) - 400


# -- somebody else does something to the file ------------------------------------------


def test_a_file_that_is_cut_stops_the_trace_and_not_the_program(work, tmp_path, moments):
    path = tmp_path / "trace"
    for number in range(moments // 5):
        with work.run(path) as running:
            work.wait(random.Random(number).randrange(1, TURNS // 2), running)
            os.truncate(path, 0)
            was_too_late = work.done == TURNS
            said = running.communicate(timeout=60)
        message = b"swifttrace: trace stopped: the file was cut by another process\n"
        assert (running.returncode, said[0], work.done) == (0, b"done\n", TURNS)
        assert was_too_late or said[1] == message
        assert b"\0" not in path.read_bytes()


def test_a_file_that_is_removed_stops_the_trace_and_not_the_program(work, tmp_path):
    path = tmp_path / "trace"
    with work.run(path) as running:
        work.wait(100, running)
        with open(path, "rb") as removed:
            path.unlink()
            done = work.done
            said = running.communicate(timeout=60)
            trace = removed.read()
    message = b"swifttrace: trace stopped: the file was removed\n"
    assert (running.returncode, *said) == (0, b"done\n", message)
    work.assert_nothing_lost(trace, done)
    assert not path.exists()


def test_a_file_that_is_renamed_goes_on(work, tmp_path):
    with work.run(tmp_path / "trace") as running:
        work.wait(100, running)
        (tmp_path / "trace").rename(tmp_path / "trace.1")
        assert running.communicate(timeout=60) == (b"done\n", b"")
    assert lines_of((tmp_path / "trace.1").read_bytes()) == work.expected
    assert not (tmp_path / "trace").exists()


def test_a_file_that_never_had_a_name_is_written(write, tmp_path):
    path = write("program.py", LOOP)
    with open(os.memfd_create("trace"), "rb") as file:
        output = f"/proc/self/fd/{file.fileno()}"
        ended = run_swifttrace(LEVEL, "-o", output, path, pass_fds=[file.fileno()])
        trace = file.read()
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert lines_of(trace) == numbered(LOOP, *[1, 2] * 20_000, 1)
