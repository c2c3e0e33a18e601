"""Traces that go to one file: of one process, and of runs one after the other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from conftest import clean_environment, run_python, run_swifttrace
from launching import numbered
from rings import shown


def traced(path):
    """Return the lines that a file has, without the notes and without blanks."""
    lines = path.read_bytes().splitlines(keepends=True)
    assert not any(b"\0" in line for line in lines)
    return b"".join(line for line in lines if line.startswith(b"+"))


def notes(path):
    """Return what the notes of a file say of the process's trace, in order."""
    found = [line for line in path.read_text().splitlines() if line.startswith("# ")]
    return ["traced" if " traced since " in line else line.split(" ", 4)[4] for line in found]


def run_in(tmp_path, source):
    ended = run_python("-c", source, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    return ended


# -- one process -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["trace", "trace-%p"])
def test_each_round_of_a_loop_is_there(name, tmp_path):
    source = f"""\
import os, swifttrace
for i in range(3):
    with swifttrace.trace(2, output={name!r}):
        x = i
print(os.getpid())
"""
    pid = run_in(tmp_path, source).stdout.decode().strip()
    path = tmp_path / name.replace("%p", pid)
    # The line of `with` is its end's, too.
    assert traced(path) == numbered(source, *[4, 3] * 3)
    assert notes(path) == ["traced", "stopped tracing: 2 lines"] * 3
    assert os.listdir(tmp_path) == [path.name]


def test_enabled_after_disabled_and_enabled_while_enabled_a_trace_goes_on(tmp_path):
    source = """\
import os, swifttrace
swifttrace.enable(2, output="trace")
x = 1
swifttrace.disable()
os.symlink("trace", "link")
swifttrace.enable(2, output=os.path.abspath("link"))
y = 2
swifttrace.enable(2, output=b"./trace", values=True)
z = 3
"""
    run_in(tmp_path, source)
    expected = numbered(source, 3, 4, 7, 8, 9) + b"+ [     9] # z = 3\n"
    assert traced(tmp_path / "trace") == expected
    said = notes(tmp_path / "trace")
    assert said[:4] == ["traced", "stopped tracing: 2 lines"] * 2
    assert said[4:] == ["traced", "ended with status 0: 2 lines"]


def test_nested_traces_write_one_file_in_order(tmp_path):
    source = """\
import swifttrace
swifttrace.enable(2, output="trace", banner=False)
x = 1
with swifttrace.trace(1, output="./trace", banner=False):
    y = 2
    with swifttrace.trace(2, output="trace", banner=False):
        z = 3
v = 4
"""
    run_in(tmp_path, source)
    level_1 = b'+     y = 2\n+     with swifttrace.trace(2, output="trace", banner=False):\n'
    inner = numbered(source, 7, 6)
    text = traced(tmp_path / "trace")
    assert text.startswith(numbered(source, 3, 4) + level_1 + inner)
    assert text.endswith(numbered(source, 8))


def test_functions_that_are_traced_to_one_file_share_it(tmp_path):
    source = """\
import swifttrace
@swifttrace.trace(2, output="trace", banner=False)
def f(): return g()
@swifttrace.trace(2, output="trace", banner=False)
def g(): return 1
f(), g()
"""
    run_in(tmp_path, source)
    assert traced(tmp_path / "trace") == numbered(source, 3, 5, 5)


THREADS = """\
import swifttrace, threading
def work():
    for i in range(200):
        {body}
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


@pytest.mark.parametrize(
    "body",
    [
        ["swifttrace.enable(2, output='trace')", "x = 1", "swifttrace.disable()"],
        ["swifttrace.enable(2, output='trace')", "x = 1"],
        ["with swifttrace.trace(2, output='trace'):", "    x = 1"],
    ],
)
def test_threads_that_trace_to_one_file_lose_no_line(body, write, tmp_path):
    program = write("program.py", THREADS.format(body="\n        ".join(body)))
    ended = run_python(program, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    text = (tmp_path / "trace").read_text()
    lines = text.splitlines()
    assert not any(line.strip() == "" for line in lines)
    counts = [line.rpartition(": ")[2] for line in lines if line.startswith("# ")]
    counted = [int(count.split()[0]) for count in counts if count.endswith((" line", " lines"))]
    assert len(counted) == 600
    assert sum(counted) == text.count("\n+") > 0


def test_a_file_that_was_removed_or_replaced_is_begun_anew(tmp_path):
    source = """\
import os, swifttrace
for i in range(2):
    with swifttrace.trace(2, output="trace", banner=False):
        x = i
    os.rename("trace", f"trace.{i}")
with open("trace", "w") as file: file.write("something else\\n" * 9)
with swifttrace.trace(2, output="trace", banner=False):
    x = i
"""
    run_in(tmp_path, source)
    for name in ("trace.0", "trace.1"):
        assert traced(tmp_path / name) == numbered(source, 4, 3)
    assert (tmp_path / "trace").read_bytes() == numbered(source, 8, 7)


def test_a_ring_s_file_goes_on_too(tmp_path):
    source = """\
import swifttrace
for i in range(3):
    with swifttrace.trace(2, output="ring", last=9):
        x = i
swifttrace.enable(2, output="ring", last=9)
with swifttrace.trace(2, output="ring", last=9):
    y = 1
"""
    run_in(tmp_path, source)
    ring = shown(tmp_path / "ring")
    assert ring.lines == numbered(source, *[4, 3] * 3, 6, 7, 6)


def test_a_ring_and_lines_do_not_share_a_file(tmp_path):
    source = """\
import swifttrace
swifttrace.enable(2, output="trace")
try:
    with swifttrace.trace(2, output="./trace", last=9): pass
except ValueError as error:
    print(error)
"""
    ended = run_in(tmp_path, source)
    assert ended.stdout == b"output './trace' is written by another trace of this process\n"
    assert traced(tmp_path / "trace") == numbered(source, 3, 4, 5, 6)


# -- a child that enables for itself ---------------------------------------------------------


@pytest.mark.parametrize("before", ["pass", "swifttrace.disable()"])
def test_a_fork_s_trace_does_not_empty_its_parent_s_file(before, tmp_path):
    source = f"""\
import os, swifttrace
swifttrace.enable(2, output="trace", banner=False)
x = 1
{before}
if (child := os.fork()) == 0:
    swifttrace.enable(2, output="trace", banner=False)
    y = 2
    os._exit(0)
os.waitpid(child, 0)
print(child)
"""
    ended = run_python("-c", source, cwd=tmp_path)
    assert ended.returncode == 0
    assert traced(tmp_path / "trace").startswith(numbered(source, 3, 4))
    child = tmp_path / f"trace.{int(ended.stdout)}"
    assert traced(child).replace(b"++", b"+").endswith(numbered(source, 7, 8))
    moved = f"swifttrace: trace is written by another process: this trace is in {child}\n"
    assert ended.stderr.decode() in ("", moved)


SPAWNS = """\
import multiprocessing, swifttrace
@swifttrace.trace(2, output="trace")
def work(n):
    return n
if __name__ == "__main__":
    work(0)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        print(sum(pool.map(work, range(10), 1)))
    work(11)
"""


def test_workers_that_are_spawned_and_not_followed_leave_the_file_alone(write, tmp_path):
    ended = run_python(write("program.py", SPAWNS), cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"45\n")
    assert traced(tmp_path / "trace") == numbered(SPAWNS, 4, 4)
    workers = list(tmp_path.glob("trace.*"))
    assert b"".join(map(traced, workers)) == numbered(SPAWNS, *[4] * 10)
    assert ended.stderr.count(b"trace is written by another process: this trace is in") > 0


# -- run after run ---------------------------------------------------------------------------


APPENDS = {
    "-a": (["-a", "-o", "trace"], {}),
    "--append": (["--append", "--output=trace"], {}),
    "SWIFTTRACE": (None, {"SWIFTTRACE": "level=2,output=trace,append=yes,banner=no"}),
}


@pytest.mark.parametrize("way", APPENDS)
def test_a_file_of_earlier_runs_goes_on_where_that_is_asked_for(way, tmp_path):
    options, environment = APPENDS[way]
    for n in range(3):
        code = ["-c", f"run = {n}"]
        if options is None:
            ended = run_python(*code, env=environment, cwd=tmp_path)
        else:
            ended = run_swifttrace("-xx", "--no-banner", *options, *code, cwd=tmp_path)
        assert (ended.returncode, ended.stderr) == (0, b"")
    expected = b"".join(b"+ [     1] run = %d\n" % n for n in range(3))
    assert (tmp_path / "trace").read_bytes() == expected


def test_a_program_asks_for_that_by_append(tmp_path):
    (tmp_path / "trace").write_text("no newline")
    source = "import swifttrace\nswifttrace.enable(2, output='trace', append=True, banner=False)\n"
    for _ in range(2):
        run_in(tmp_path, source + "x = 1\n")
    assert (tmp_path / "trace").read_bytes() == b"no newline\n" + b"+ [     3] x = 1\n" * 2


def test_behind_a_trace_that_was_killed_there_are_no_blanks(tmp_path):
    code = "import os\nos.kill(os.getpid(), 9)\n"
    assert run_swifttrace("-xx", "-o", "trace", "-c", code, cwd=tmp_path).returncode == -9
    assert (tmp_path / "trace").read_bytes().endswith(b" ")
    run_swifttrace("-xx", "-a", "-o", "trace", "-c", "x = 1", cwd=tmp_path)
    content = (tmp_path / "trace").read_bytes()
    assert b"  \n" not in content
    assert content.endswith(b": 1 line\n")
    assert traced(tmp_path / "trace") == numbered(code) + b"+ [     1] x = 1\n"


def test_children_append_to_what_earlier_runs_have_left(tmp_path):
    """A pid comes again, as in a container: here it is made to."""
    code = "import os\nif (pid := os.fork()) == 0:\n    x = 1\n    os._exit(0)\nos.wait()\n"
    options = ("-xx", "--no-banner", "-o", "trace", "-a")
    for path in (tmp_path / f"trace.{number}" for number in range(2, 40)):
        path.write_text("earlier\n")
        os.utime(path, (1, 1))
    program = ["-m", "swifttrace", *options, "-c", code]
    command = ["unshare", "-p", "-f", "--mount-proc", sys.executable, *program]
    ended = subprocess.run(
        command, cwd=tmp_path, env=clean_environment(), capture_output=True, check=False, timeout=60
    )
    if b"unshare:" in ended.stderr:
        pytest.skip(f"no pid namespace can be had: {ended.stderr.decode()}")
    assert ended.returncode == 0, ended.stderr
    (grown,) = (path for path in tmp_path.glob("trace.*") if path.stat().st_size > 8)
    assert grown.read_bytes() == b"earlier\n" + numbered(code, 3, 4).replace(b"+", b"++")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-a"], "append needs output"),
        (["-a", "--fd=2"], "append needs output"),
        (["-a", "-o", "ring", "--last=5"], "append and last exclude each other"),
    ],
)
def test_what_append_is_not_for(options, said, tmp_path):
    ended = run_swifttrace(*options, "-c", "print(1)", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.decode() == f"swifttrace: {said} (try --help)\n"


# -- runs at one time ------------------------------------------------------------------------


def test_a_file_that_another_run_is_writing_is_left_to_it(write, tmp_path):
    source = "import time\nprint('began', flush=True)\ntime.sleep(30)\n"
    command = [sys.executable, "-m", "swifttrace", "-xx", "-o", "trace", write("p.py", source)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=tmp_path, env=clean_environment(), **pipes) as first:
        try:
            first.stdout.readline()
            code = "import os, swifttrace; print(os.getpid()); print(swifttrace.status().output)"
            ended = run_swifttrace("-xx", "-o", "trace", "-c", code, cwd=tmp_path)
        finally:
            first.send_signal(signal.SIGKILL)
    number, output = ended.stdout.decode().split()
    assert output == f"{tmp_path}/trace.{number}"
    said = f"swifttrace: trace is written by another process: this trace is in {output}\n"
    assert (ended.returncode, ended.stderr.decode()) == (0, said)
    assert traced(tmp_path / "trace") == numbered(source)
    assert traced(tmp_path / f"trace.{number}").count(b"+") == 1
    # Once it has gone its file is a file of before.
    ended = run_swifttrace("-xx", "-o", "trace", "-c", "x = 1", cwd=tmp_path)
    assert (ended.stderr, traced(tmp_path / "trace")) == (b"", b"+ [     1] x = 1\n")


def test_a_program_may_lock_its_own_trace(tmp_path):
    source = """\
import fcntl, swifttrace
swifttrace.enable(2, output="trace", banner=False)
with open("trace") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
"""
    run_in(tmp_path, source)
    assert traced(tmp_path / "trace") == numbered(source, 3, 4, 3)
