"""A host program in C starts Python, ends it with the trace on, and starts it again."""

from __future__ import annotations

import sys

import pytest
from conftest import run_swifttrace
from embedding import STATUS, build, run_host
from launching import numbered, unmarked

LIVES = 5
PROGRAM = """\
import swifttrace
class Late:
    def __del__(self):
        pass
def twice(n):
    return 2 * n
swifttrace.enable({options})
kept = Late()
total = sum(map(twice, range(3)))
try:
    raise KeyError(total)
except KeyError as error:
    text = str(error)
"""
LINES = [8, 9, 6, 6, 6, 10, 11, 12, 13, 4]


@pytest.fixture(scope="session")
def host(tmp_path_factory):
    return build(tmp_path_factory.mktemp("host"))


@pytest.fixture
def live(host, write, tmp_path):
    """Run a text in an interpreter, as often as is said, and go on; return how it ended."""

    def live(text, lives=LIVES, by="here", **how):
        ended = run_host(host, "times", by, write("file.py", text), str(lives), cwd=tmp_path, **how)
        assert ended.returncode == STATUS, ended.stderr.decode()
        assert ended.stdout.endswith(b"the host goes on\n")
        return ended

    return live


def test_each_interpreter_of_a_process_is_traced_to_its_end(live):
    text = PROGRAM.format(options=2)
    assert live(text).stderr == numbered(text, *LINES) * LIVES


def test_a_thread_of_the_hosts_own_is_traced(live):
    text = PROGRAM.format(options=2)
    ended = live(text, by="thread")
    assert unmarked(ended.stderr) == numbered(text, *LINES) * LIVES
    # What the interpreter's own thread runs as it ends.
    assert ended.stderr.count(b"+ {MainThread} [     4]         pass") == LIVES


@pytest.mark.parametrize(
    "options",
    [
        "3, scope='all', include='*/file.py'",
        "2, values=True, calls=True",
        "2, values='repr'",
        "2, watch='total'",
        "2, color='always'",
        "2, show='pid,thread,depth,function'",
        "2, format='{function} {line}'",
    ],
)
def test_each_is_traced_as_the_first_one(options, live):
    text = PROGRAM.format(options=options) + "total = 0\n"
    first = live(text, 1, env={"PYTHONHASHSEED": "0"}).stderr
    every = live(text, env={"PYTHONHASHSEED": "0"}).stderr
    assert len(every.splitlines()) == LIVES * len(first.splitlines()) > 0


def test_each_file_is_whole_and_says_when_its_trace_ended(live, tmp_path):
    text = PROGRAM.format(options="2, output=f'trace{life}'")
    assert live(text).stderr == b""
    for life in range(1, LIVES + 1):
        start, *lines, end = (tmp_path / f"trace{life}").read_bytes().splitlines(keepends=True)
        assert start.startswith(b"# swifttrace: process ")
        assert b"".join(lines) == numbered(text, *LINES)
        how = b" ended with status 7" if life == LIVES else b" stopped tracing"
        assert how in end
        assert end.endswith(b": %d lines\n" % len(LINES))


def test_the_pair_for_settrace_prints_in_each(live):
    text = """\
import sys, swifttrace
def twice(n):
    return 2 * n
swifttrace.configure(2)
sys.settrace(swifttrace.global_trace)
twice(1)
"""
    assert live(text).stderr == numbered(text, 3) * LIVES


def test_the_last_lines_are_those_of_the_interpreter_that_asks(live):
    text = """\
import os, signal, swifttrace
swifttrace.enable(2, last=3, dump_signal="USR1")
if life % 2:
    odd = life
    os.kill(os.getpid(), signal.SIGUSR1)
else:
    swifttrace.dump()
end = life
"""
    reports = live(text).stderr.split(b"the last ")[1:]
    assert len(reports) == LIVES
    for life, report in enumerate(reports, 1):
        assert (b"odd = life" in report) == bool(life % 2)
        assert b"end = life" not in report


def test_the_last_lines_are_printed_at_an_exception_of_any_life(host, write, tmp_path):
    text = """\
import swifttrace
swifttrace.enable(2, last=2)
reached = life
if life == 3: raise ValueError
"""
    ended = run_host(host, "times", "here", write("file.py", text), "3", cwd=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.count(b"the last 2 of 2 lines") == 1
    assert b"reached = life\n" in ended.stderr


@pytest.mark.parametrize("setting", ["2", "level=2,last=100", "level=2,output=trace,banner=no"])
def test_swifttrace_in_the_environment_traces_each_from_its_start(setting, live, tmp_path):
    text = "def twice(n):\n    return 2 * n\ntwice(1)\n"
    if "last" in setting:
        text += "import swifttrace\nswifttrace.dump()\n"
    ended = live(text, env={"SWIFTTRACE": setting})
    trace = (tmp_path / "trace").read_bytes() if "output" in setting else ended.stderr
    assert trace.count(numbered(text, 1, 3, 2)) == LIVES
    assert trace.count(b"return 2 * n") == LIVES


def test_what_one_interpreter_tells_its_children_is_not_told_to_the_next(live):
    text = """\
import os
print(life, "SWIFTTRACE" in os.environ)
if life == 1:
    import swifttrace
    swifttrace.enable(2, follow=True, banner=False)
    last = "SWIFTTRACE" in os.environ
    print(last)
"""
    ended = live(text, 2)
    assert ended.stderr == numbered(text, 6, 7)
    assert ended.stdout.splitlines()[:3] == [b"1 False", b"True", b"2 False"]


def test_what_the_program_itself_sets_is_told_to_the_next(live):
    text = """\
import os, swifttrace
print(life, os.environ.get("SWIFTTRACE"))
swifttrace.enable(2, follow=True)
os.environ["SWIFTTRACE"] = "level=1,banner=no"
"""
    assert live(text, 2).stdout.splitlines()[1].startswith(b"2 level=1,")


DAEMON = """\
import threading, time, swifttrace
def work():
    n = 0
    while True:
        n += 1
        if n % 1000 == 0: time.sleep(0)
swifttrace.enable(2, output="trace"{options})
for _ in range(4): threading.Thread(target=work, daemon=True).start()
time.sleep(0.05)
end = 1
"""


@pytest.mark.parametrize("options", ["", ", values=True, calls=True", ", last=100"])
def test_a_daemon_thread_that_runs_as_the_interpreter_ends_is_no_trouble(options, live, tmp_path):
    live(DAEMON.format(options=options), 1)
    if "last" not in options:
        trace = (tmp_path / "trace").read_bytes()
        assert b"end = 1\n" in trace
        assert trace.splitlines()[-1].startswith(b"# swifttrace: process ")


@pytest.mark.parametrize("status", [0, 3])
def test_the_command_runs_by_py_runmain_as_by_python(status, host, write, tmp_path):
    path = write("program.py", f"import sys\nprint(sys.argv)\nsys.exit({status})\n")
    arguments = ["-xx", "--no-banner", path, "a", "b"]
    ended = run_host(host, "main", "-m", "swifttrace", *arguments, cwd=tmp_path)
    plain = run_swifttrace(*arguments, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (plain.returncode, plain.stdout)
    assert ended.stderr == plain.stderr
    assert ended.returncode == status


def test_children_of_a_host_are_followed(host, write, tmp_path):
    child = write("child.py", "one = 1\n")
    text = f"""\
import subprocess, swifttrace
swifttrace.enable(2, follow=True, banner=False)
subprocess.run([{sys.executable!r}, {str(child)!r}])
"""
    ended = run_host(host, "times", "here", write("file.py", text), cwd=tmp_path)
    assert ended.returncode == STATUS
    assert [line.split("] ")[-1] for line in ended.stderr.decode().splitlines()][-1] == "one = 1"
