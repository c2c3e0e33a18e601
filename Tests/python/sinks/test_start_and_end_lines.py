"""What a trace says of its process: a start line, an end line, and gaps."""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys

import pytest
from conftest import clean_environment, run_python, run_swifttrace
from launching import numbered, start_swifttrace, wait_until_asleep

START = re.compile(
    r"# swifttrace: process (?P<pid>\d+), child of (?P<parent>\d+), traced since "
    r"(?P<since>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4})"
    r"(?: in (?P<directory>'[^']*'|\S+))?: (?P<command>.*)"
)
END = re.compile(
    r"# swifttrace: process (?P<pid>\d+) (?:ended with status (?P<status>\d+)|(?P<stopped>stopped "
    r"tracing)): (?P<lines>\d+) lines?(?P<rest>.*)"
)


class Trace:
    """A trace, taken to pieces. The blank end of one that was not ended is left out."""

    def __init__(self, text):
        self.text = re.sub(r"\n +\Z", "\n", text.decode() if isinstance(text, bytes) else text)
        assert not self.text or self.text.endswith("\n")
        every = self.text.splitlines()
        self.starts = [found for line in every if (found := START.fullmatch(line))]
        self.ends = [found for line in every if (found := END.fullmatch(line))]
        self.notes = [line for line in every if line.startswith("# ")]
        self.others = [
            line for line in self.notes if not START.fullmatch(line) and not END.fullmatch(line)
        ]
        self.lines = [line for line in every if line.startswith("+")]
        self.all = every

    @property
    def shape(self):
        """`S`, `E` and `+` for start, end and traced lines."""
        kinds = "".join(
            "S" if START.fullmatch(line) else "E" if END.fullmatch(line) else line[:1]
            for line in self.all
        )
        return re.sub(r"\++", "+", kinds)


def traced_file(directory, *arguments, name="trace", **how):
    ended = run_swifttrace("-xx", "-o", name, *arguments, cwd=directory, **how)
    return Trace((directory / name).read_bytes()), ended


# -- what the two lines say ------------------------------------------------------------


def test_a_file_begins_and_ends_with_what_a_person_wants_to_know(write, tmp_path):
    source = "import sys\nx = 1\nsys.exit(3)\n"
    write("program.py", source)
    before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    trace, ended = traced_file(tmp_path, "program.py", "10")
    after = datetime.datetime.now(datetime.UTC)
    assert trace.shape == "S+E"
    (start,), (end,) = trace.starts, trace.ends
    assert start["pid"] == end["pid"] != str(os.getpid())
    assert start["parent"] == str(os.getpid())
    since = datetime.datetime.strptime(start["since"], "%Y-%m-%d %H:%M:%S %z")
    assert before <= since <= after
    assert start["directory"] == str(tmp_path)
    command = [sys.executable, *["-m", "swifttrace", "-xx", "-o", "trace", "program.py", "10"]]
    assert start["command"] == shlex.join(command)
    assert (ended.returncode, end["status"], end["lines"], end["rest"]) == (3, "3", "3", "")
    without = "".join(line + "\n" for line in trace.all if not line.startswith("# "))
    assert without.encode() == numbered(source)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "XYZ+3:30", "America/St_Johns"])
def test_the_time_is_the_local_one(zone, write, tmp_path):
    write("program.py", "import time\nprint(time.strftime('%Y-%m-%d %H:%M %z'))\n")
    trace, ended = traced_file(tmp_path, "program.py", env={"TZ": zone})
    minute = re.sub(r":\d\d ", " ", trace.starts[0]["since"])
    if minute != ended.stdout.decode().strip():  # it was the last second of a minute
        trace, ended = traced_file(tmp_path, "program.py", env={"TZ": zone})
        minute = re.sub(r":\d\d ", " ", trace.starts[0]["since"])
    assert minute == ended.stdout.decode().strip()


STATUSES = {
    "its end": ("", 0),
    "sys.exit": ("sys.exit(7)", 7),
    "sys.exit with words": ("sys.exit('words')", 1),
    "a status that does not fit": ("sys.exit(-1)", 255),
    "an exception": ("1 / 0", 1),
    "quit from a function": ("(lambda: exit(9))()", 9),
    "SystemExit": ("raise SystemExit", 0),
    "not Python's last words": ("import atexit; atexit.register(lambda: 1 / 0)", 0),
    "a thread's exception": (
        "import threading; t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()",
        0,
    ),
}


@pytest.mark.parametrize("ending", STATUSES)
def test_the_end_has_the_exit_status(ending, write, tmp_path):
    text, status = STATUSES[ending]
    write("program.py", f"import sys\n{text}\n")
    trace, ended = traced_file(tmp_path, "program.py")
    assert ended.returncode == status
    assert trace.shape == "S+E"
    assert trace.ends[0]["status"] == str(status)
    assert int(trace.ends[0]["lines"]) == len(trace.lines)


NO_ENDS = {
    "os._exit": ("os._exit(4)", 4),
    "kill -9": ("os.kill(os.getpid(), 9)", -9),
    "SIGTERM": ("os.kill(os.getpid(), 15)", -15),
    "Ctrl-C": ("raise KeyboardInterrupt", -2),
}


@pytest.mark.parametrize("ending", NO_ENDS)
def test_what_does_not_end_by_itself_has_no_end_line(ending, write, tmp_path):
    text, status = NO_ENDS[ending]
    path = write("program.py", f"import os\n{text}\n")
    trace, ended = traced_file(tmp_path, path)
    assert ended.returncode == status
    assert trace.shape == "S+"
    assert len(trace.lines) == 2


LAST_WORDS = """\
import atexit
class Last:
    def __del__(self):
        last = 1
def at_exit():
    words = 2
atexit.register(at_exit)
last = Last()
"""
DAEMON = """\
import threading, time
def work():
    while True:
        time.sleep(0.001)
        daemon = 3
threading.Thread(target=work, daemon=True).start()
time.sleep(0.05)
"""


def test_the_end_comes_after_all_that_runs_at_the_end(write, tmp_path):
    trace, _ = traced_file(tmp_path, write("program.py", LAST_WORDS))
    assert trace.shape == "S+E"
    assert [line[11:].strip() for line in trace.lines[-2:]] == ["words = 2", "last = 1"]
    assert int(trace.ends[0]["lines"]) == len(trace.lines)


@pytest.mark.parametrize("place", ["file", "standard error"])
def test_the_end_comes_after_the_lines_of_daemon_threads(place, write, tmp_path):
    path = write("program.py", DAEMON)
    if place == "file":
        trace, _ = traced_file(tmp_path, path)
    else:
        trace = Trace(run_swifttrace("-xx", "--banner", path).stderr)
    assert trace.shape == "S+E"
    assert trace.text.count("daemon = 3") > 1
    assert int(trace.ends[0]["lines"]) == len(trace.lines)


@pytest.mark.parametrize(("library", "has_end"), [("PyDLL", True), ("CDLL", False)])
def test_c_code_may_end_the_process(library, has_end, write, tmp_path):
    """With the GIL it is as `sys.exit`; without it other threads may still run."""
    write("program.py", f"import ctypes\nlibc = ctypes.{library}(None)\nlibc.exit(5)\n")
    trace, ended = traced_file(tmp_path, "program.py")
    assert ended.returncode == 5
    assert trace.shape.rstrip(" ") == "S+" + "E" * has_end
    assert len(trace.lines) == 3


# -- the command line and the directory ------------------------------------------------

WORDS = [
    "plain",
    "",
    "two words",
    "it's",
    'say "no"',
    "$HOME `ls` \\ *",
    "tab\there",
    "line\nbreak's \\ end",
    "\x1b[31mred",
    "é 日本",
    b"\xff\xfe".decode("utf-8", "surrogateescape"),
    "-o",
    "~",
    "#",
    "a;b",
]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash to read it back")
def test_a_shell_reads_the_command_line_back(write, tmp_path):
    write("program.py", "x = 1\n")
    trace, _ = traced_file(tmp_path, "program.py", *WORDS)
    assert all(character.isprintable() or character == "\t" for character in trace.all[0])
    script = 'printf "%s\\0" ' + trace.starts[0]["command"]
    back = subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, check=True).stdout
    assert back.split(b"\0")[:-1][-len(WORDS) :] == [os.fsencode(word) for word in WORDS]


@pytest.mark.parametrize("argument", ["x" * 100_000, "日" * 40_000, "\x1b" * 50_000])
def test_a_long_command_line_is_cut(argument, write, tmp_path):
    write("program.py", "x = 1\n")
    trace, _ = traced_file(tmp_path, "program.py", argument, "not shown")
    assert 4000 < len(trace.all[0].encode()) < 4096
    assert trace.all[0].endswith("...")
    assert trace.shape == "S+E"


def test_a_directory_with_spaces_and_one_that_is_gone(write, tmp_path):
    path = write("program.py", "x = 1\n")
    output = tmp_path / "trace"
    (tmp_path / "two words").mkdir()
    run_swifttrace("-o", output, path, cwd=tmp_path / "two words")
    assert Trace(output.read_bytes()).starts[0]["directory"] == f"'{tmp_path}/two words'"
    command = f'mkdir gone; cd gone; rmdir ../gone; exec "$@" -o {output} {path}'
    subprocess.run(
        ["sh", "-c", command, "sh", sys.executable, "-m", "swifttrace"],
        cwd=tmp_path,
        env=clean_environment(),
        check=True,
    )
    trace = Trace(output.read_bytes())
    assert trace.shape == "S+E"
    assert trace.starts[0]["directory"] is None


# -- where they are ---------------------------------------------------------------------


def test_one_process_on_standard_error_has_neither(write):
    path = write("program.py", "x = 1\n")
    assert run_swifttrace(path).stderr == b"+ x = 1\n"
    assert run_swifttrace("--fd", "2", path).stderr == b"+ x = 1\n"
    assert Trace(run_swifttrace("--banner", path).stderr).shape == "S+E"


FORKS = """\
import os, sys
if (child := os.fork()) == 0:
    x = 1
    sys.exit(4)
os.waitpid(child, 0)
"""


def test_on_standard_error_a_forked_child_says_both_and_its_parent_the_end(write):
    ended = run_swifttrace(write("program.py", FORKS))
    trace = Trace(ended.stderr)
    (start,), (child, parent) = trace.starts, trace.ends
    assert (start["pid"], start["parent"]) == (child["pid"], parent["pid"])
    assert (child["status"], child["lines"]) == ("4", "2")
    assert (parent["status"], parent["lines"]) == ("0", "3")
    assert trace.all[-1] == parent[0]
    own = [line for line in trace.all if start["pid"] in line]
    assert Trace("\n".join(own) + "\n").shape == "S+E"


def test_on_standard_error_python_children_say_both_and_their_parent_the_end(write):
    child = write("child.py", "x = 1\n")
    code = f"import os, sys; os.system(f'{{sys.executable}} {child}; exit 0')"
    trace = Trace(run_swifttrace("-c", code).stderr)
    assert trace.shape == "+S+EE"
    assert trace.starts[0]["command"] == shlex.join([sys.executable, str(child)])
    assert trace.starts[0]["pid"] == trace.ends[0]["pid"] != trace.ends[1]["pid"]
    assert [end["lines"] for end in trace.ends] == ["1", "1"]


UNTRACED_FORK = """\
import os
def spawn():
    if os.fork() == 0:
        os.execv("/bin/true", ["true"])
    os.wait()
"""


def test_a_forked_child_that_runs_no_line_of_ours_says_nothing(write, tmp_path):
    write("spawning.py", UNTRACED_FORK)
    path = write("program.py", "import spawning\nspawning.spawn()\nx = 1\n")
    assert Trace(run_swifttrace(path).stderr).shape == "+E"
    run_swifttrace("-o", "t", path, cwd=tmp_path)
    assert len(list(tmp_path.glob("t*"))) == 1


def test_no_banner_drops_them_for_children_too(write, tmp_path):
    script = write("program.py", FORKS + "os.system(sys.executable + ' -c \"child = 1\"')\n")
    trace = Trace(run_swifttrace("--no-banner", script).stderr)
    assert "+ child = 1" in re.sub(r"\{\d+\} ", "", trace.text)
    assert trace.notes == []
    run_swifttrace("--no-banner", "-o", "t", script, cwd=tmp_path)
    files = list(tmp_path.glob("t*"))
    assert len(files) == 3
    assert not any(b"# " in file.read_bytes() for file in files)


@pytest.mark.parametrize(
    ("value", "shape"), [("1,banner=yes", "S+E"), ("1", "+"), ("1,output=t,banner=no", "")]
)
def test_the_environment_says_whether_they_are_there(value, shape, write, tmp_path):
    value = value if value == "1" else f"level={value}"
    path = write("program.py", "x = 1\n")
    ended = run_python(path, env={"SWIFTTRACE": value}, cwd=tmp_path)
    assert Trace(ended.stderr).shape == shape
    if "output" in value:
        assert (tmp_path / "t").read_bytes() == b"+ x = 1\n"


def test_a_banner_is_yes_no_or_what_suits(write):
    for call in ("enable", "configure", "trace"):
        ended = run_python("-c", f"import swifttrace\nswifttrace.{call}(banner='yes')\n")
        last = ended.stderr.splitlines()[-1]
        assert last == b"TypeError: banner must be True, False or None, not 'yes'"


# -- traces that begin and end within a program ------------------------------------------


def files_of(write, directory, source):
    """Run a program there; return the traces in files, by name without pids."""
    ended = run_python(write("program.py", source), cwd=directory)
    assert (ended.returncode, ended.stderr) == (0, b"")
    return {
        re.sub(r"\.\d+$", ".N", file.name): Trace(file.read_bytes())
        for file in directory.glob("t*")
    }


def test_a_trace_that_is_disabled_stops_and_the_process_goes_on(write, tmp_path):
    source = """\
import swifttrace
swifttrace.enable(2, output="t1")
x = 1
swifttrace.disable()
print(open("t1").read(), end="")
swifttrace.enable(2, output="t2")
swifttrace.enable(2, output="t3")
y = 2
"""
    ended = run_python(write("program.py", source), cwd=tmp_path)
    one = Trace(ended.stdout)
    assert one.shape == "S+E"
    assert (one.ends[0]["stopped"], one.ends[0]["lines"]) == ("stopped tracing", "2")
    two, three = (Trace((tmp_path / name).read_bytes()) for name in ("t2", "t3"))
    assert (two.shape, two.ends[0]["stopped"], two.ends[0]["lines"]) == (
        "S+E",
        "stopped tracing",
        "1",
    )
    assert (three.shape, three.ends[0]["status"], three.ends[0]["lines"]) == ("S+E", "0", "1")


def test_blocks_and_functions_have_them_too(write, tmp_path):
    source = """\
import swifttrace
@swifttrace.trace(2, output="t-function")
def f(n):
    return n
def generator():
    yield 1
    yield 2
traced = swifttrace.trace(2, output="t-steps")(generator)
with swifttrace.trace(2, output="t-block") as block:
    f(1)
    x = 1
print(open("t-block").read().splitlines()[-1])
f(2)
list(traced())
with block:
    y = 2
"""
    found = files_of(write, tmp_path, source)
    function, steps, block = (found["t-" + name] for name in ("function", "steps", "block"))
    # It may be called again, to the very end.
    assert (function.shape, function.ends[0]["status"], function.ends[0]["lines"]) == (
        "S+E",
        "0",
        "2",
    )
    assert (steps.shape, steps.ends[0]["lines"]) == ("S+E", "2")
    assert block.shape == "S+ES+E"
    assert [end["lines"] for end in block.ends] == ["3", "2"]
    assert all(end["stopped"] for end in block.ends)


def test_a_trace_inside_another_does_not_end_it(write, tmp_path):
    source = """\
import swifttrace
swifttrace.enable(2, output="t1")
x = 1
with swifttrace.trace(1, output="t2"):
    y = 2
z = 3
"""
    found = files_of(write, tmp_path, source)
    assert found["t1"].shape == found["t2"].shape == "S+E"
    assert (found["t1"].ends[0]["status"], found["t1"].ends[0]["lines"]) == ("0", "3")
    assert int(found["t2"].ends[0]["lines"]) == len(found["t2"].lines)


def test_the_pair_of_trace_functions_has_them_too(write, tmp_path):
    source = """\
import sys
import swifttrace
swifttrace.configure(2, output="t1")
def f():
    return 1
sys.settrace(swifttrace.global_trace)
f()
sys.settrace(None)
swifttrace.enable(2, output="t2")
x = 1
status = swifttrace.status()
swifttrace.disable()
assert status.lines == 2, status
"""
    found = files_of(write, tmp_path, source)
    assert found["t1"].shape == found["t2"].shape == "S+E"
    assert (found["t1"].ends[0]["status"], found["t1"].ends[0]["lines"]) == ("0", "1")
    assert found["t2"].ends[0]["lines"] == "3"


# -- several processes -------------------------------------------------------------------


def test_a_forked_child_counts_its_own_lines_in_its_own_file(write, tmp_path):
    run_swifttrace("-x", "-o", "t", write("program.py", FORKS), cwd=tmp_path)
    parent, child = (Trace(file.read_bytes()) for file in sorted(tmp_path.glob("t*")))
    assert parent.shape == child.shape == "S+E"
    assert child.starts[0]["parent"] == parent.starts[0]["pid"]
    assert child.starts[0]["command"] == parent.starts[0]["command"]
    assert (child.ends[0]["status"], child.ends[0]["lines"]) == ("4", "2")
    assert (parent.ends[0]["status"], parent.ends[0]["lines"]) == ("0", "3")


SUSPENDED = """\
import os
import swifttrace
@swifttrace.trace(2, output="t-function")
def f(n):
    a = n
swifttrace.enable(2, output="t-outer")
with swifttrace.trace(2, output="t-inner"):
    child = os.fork()
x = 1
if child:
    os.waitpid(child, 0)
f(1)
y = 2
swifttrace.disable()
if not child:
    os._exit(0)
"""


def test_a_fork_is_one_for_traces_that_are_not_on_as_well(write, tmp_path):
    found = files_of(write, tmp_path, SUSPENDED)
    assert sorted(found) == sorted(
        name + end for name in ("t-function", "t-inner", "t-outer") for end in ("", ".N")
    )
    outer, child = found["t-outer"], found["t-outer.N"]
    assert [line[2:] for line in outer.lines] == numbered(
        SUSPENDED, 7, 9, 10, 11, 12, 13, 14
    ).decode().replace("+ ", "").splitlines()
    assert [line[3:] for line in child.lines] == numbered(
        SUSPENDED, 9, 10, 12, 13, 14
    ).decode().replace("+ ", "").splitlines()
    assert (outer.shape, child.shape) == ("S+E", "S+E")
    assert [end["lines"] for end in (outer.ends[0], child.ends[0])] == ["7", "5"]
    assert found["t-function"].lines == ["+ [     5]     a = n"]
    assert found["t-function.N"].lines == ["++ [     5]     a = n"]


def test_a_program_that_replaces_ours_begins_anew_with_the_same_pid(write, tmp_path):
    code = "import os, sys\nos.execv(sys.executable, [sys.executable, '-c', 'child = 1'])\n"
    trace, _ = traced_file(tmp_path, write("program.py", code))
    assert trace.shape == "S+S+E"
    first, second = trace.starts
    assert first["pid"] == second["pid"] == trace.ends[0]["pid"]
    assert second["command"] == shlex.join([sys.executable, "-c", "child = 1"])
    # The program that was there before cannot tell the one that came.
    assert trace.ends[0]["lines"] == "1"


def test_every_process_of_a_tree_says_how_many_lines_it_has(write, tmp_path):
    script = """\
import os, subprocess, sys, threading
def work(n):
    for i in range(n):
        x = i
depth = int(sys.argv[1])
threads = [threading.Thread(target=work, args=(n * 10,)) for n in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
if depth:
    subprocess.run([sys.executable, __file__, str(depth - 1)])
    if os.fork() == 0:
        work(5)
        sys.exit(depth)
    os.wait()
"""
    # From 3.12 on the interpreter warns of forks beside threads.
    quiet = {"PYTHONWARNINGS": "ignore"}
    path = write("program.py", script)
    ended = run_swifttrace("-x", "-o", "t", path, "2", cwd=tmp_path, env=quiet)
    assert ended.returncode == 0
    traces = [Trace(file.read_bytes()) for file in tmp_path.glob("t*")]
    assert [trace.shape for trace in traces] == ["S+E"] * 5
    assert all(int(trace.ends[0]["lines"]) == len(trace.lines) for trace in traces)
    parents = {trace.starts[0]["pid"]: trace.starts[0]["parent"] for trace in traces}
    assert len(parents) == 5
    assert sum(parent in parents for parent in parents.values()) == 4


# -- a trace that stops, and gaps ----------------------------------------------------------

LIMITED = """\
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
for i in range(50_000):
    x = i
sys.exit(3)
"""


def test_a_trace_that_stopped_by_itself_says_so_in_its_end(write, tmp_path):
    """What a full file lacks is cut off to the last whole line: the end fits behind."""
    trace, ended = traced_file(tmp_path, write("program.py", LIMITED))
    assert ended.returncode == 3
    assert trace.shape == "S+E"
    (end,) = trace.ends
    assert (end["status"], end["rest"]) == (
        "3",
        ", trace stopped: cannot write: File too large",
    )
    assert int(end["lines"]) == len(trace.lines) > 1


def test_a_forked_child_s_trace_that_stopped_has_no_half_line(write, tmp_path):
    source = "import os, sys\nif os.fork():\n    sys.exit(os.wait()[1])\n" + LIMITED
    ended = run_swifttrace("-xx", "-o", "t", write("program.py", source), cwd=tmp_path)
    assert ended.returncode == 0
    child = Trace(next(tmp_path.glob("t.*")).read_bytes())
    assert set(child.lines) <= {"+" + line for line in numbered(source).decode().splitlines()}
    assert int(child.ends[0]["lines"] if child.ends else len(child.lines)) == len(child.lines)


def test_a_file_that_was_cut_says_so(write, tmp_path):
    source = """\
import os, sys
for n in range(30_000):
    if n == 15_000:
        os.truncate("trace", 0)
"""
    trace, ended = traced_file(tmp_path, write("program.py", source))
    assert ended.stderr == b"swifttrace: trace stopped: the file was cut by another process\n"
    assert trace.shape == "E"
    assert trace.ends[0]["rest"] == ", trace stopped: the file was cut by another process"


# A module of its own: were it traced, it would write what it has to read.
SLOW = """\
import os, threading, time
class Slow(threading.Thread):
    def __init__(self, wait):
        super().__init__(daemon=True)
        self.reading, self.writing = os.pipe()
        self.wait, self.pieces = wait, []
        self.go = threading.Event()
        self.start()
    def run(self):
        self.go.wait(self.wait)
        while piece := os.read(self.reading, 65536):
            self.pieces.append(piece)
    def text(self):
        self.go.set()
        os.close(self.writing)
        self.join(20)
        assert not self.is_alive(), "the descriptor is still open"
        return b"".join(self.pieces)
"""

RAISES = """\
import os, signal, sys
import swifttrace
from slow import Slow
class Alarm(Exception): pass
def ring(*_):
    rang = 1
    raise Alarm
signal.signal(signal.SIGALRM, ring)
slow = Slow(20)
swifttrace.enable(2, fd=slow.writing)
try:
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    while True:
        x = 1
except Alarm as error:
    place = error.__traceback__.tb_lineno
slow.go.set()
swifttrace.disable()
print(place)
sys.stdout.flush()
sys.stdout.buffer.write(slow.text())
"""


def test_what_a_signal_s_handler_raises_takes_the_place_of_no_line(write):
    """The lines are those that the oracle sees: the one that waits, then the handler's."""
    write("slow.py", SLOW)
    ended = run_python(write("program.py", RAISES))
    assert ended.returncode == 0, ended.stderr
    place, _, trace = ended.stdout.decode().partition("\n")
    lines = trace.splitlines()
    assert set(lines[:-7]) <= set(numbered(RAISES, 11, 12, 13, 14).decode().splitlines())
    tail = numbered(RAISES, int(place), 6, 7, 15, 16, 17, 18).decode().splitlines()
    assert lines[-7:] == tail


def test_a_handler_s_lines_are_traced_while_the_trace_waits(write):
    source = RAISES.replace("    raise Alarm\n", "    slow.go.set()\n    if rang: done()\n")
    source = source.replace("    while True:", "    while not ended:").replace(
        "class Alarm(Exception): pass\n",
        "class Alarm(Exception): pass\nended = []\ndef done():\n    ended.append(1)\n",
    )
    source = source.replace("    place = error.__traceback__.tb_lineno\n", "    pass\n")
    source = source.replace("print(place)\n", "")
    write("slow.py", SLOW)
    ended = run_python(write("program.py", source))
    assert ended.returncode == 0, ended.stderr
    found = [line.partition("] ")[2] for line in ended.stdout.decode().splitlines()]
    handler = ["    rang = 1", "    slow.go.set()", "    if rang: done()", "    ended.append(1)"]
    place = found.index(handler[0])
    assert found[place : place + 4] == handler
    assert found.count(handler[0]) == 1


DRIVER = """\
import signal
class Alarm(Exception): pass
def ring(*_):
    raise Alarm
def drive(work, times):
    signal.signal(signal.SIGALRM, ring)
    for _ in range(times):
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            while True:
                work()
        except Alarm:
            pass
"""
OVERFLOWS = """\
import sys
import driver, swifttrace
from slow import Slow
slow = Slow(20)
def work():
    x = "LONG"
def main():
    driver.drive(work, 60)
    slow.go.set()
    y = 2
swifttrace.enable(2, fd=slow.writing, banner=True)
main()
swifttrace.disable()
sys.stdout.buffer.write(slow.text())
"""


def test_a_gap_says_so_in_its_place_and_at_the_end(write):
    """A handler that raises again and again while nobody reads: not all can be kept."""
    write("slow.py", SLOW)
    write("driver.py", DRIVER)
    source = OVERFLOWS.replace("LONG", "x" * 4000)
    ended = run_python(write("program.py", source))
    assert ended.returncode == 0, ended.stderr
    trace = Trace(ended.stdout)
    gaps = re.compile(
        r"# swifttrace: process (\d+) dropped (\d+) lines?: "
        r"signals came while the trace waited for its reader"
    )
    found = [gaps.fullmatch(line) for line in trace.others]
    assert found
    assert all(found), trace.others
    dropped = sum(int(gap[2]) for gap in found)
    (end,) = trace.ends
    assert end["rest"] == (
        f", {dropped} line{'s' * (dropped > 1)} dropped: "
        "signals came while the trace waited for its reader"
    )
    assert int(end["lines"]) == len(trace.lines)
    # It stands where the lines would.
    places = [place for place, line in enumerate(trace.all) if line in trace.others]
    assert {trace.all[place - 1].split()[-1][-5:] for place in places} == {'xxxx"'}
    assert places[-1] < trace.text.count("\n", 0, trace.text.index("y = 2"))


RINGS = """\
import signal, sys
import swifttrace
from slow import Slow
rings = []
def ring(*_):
    rings.append("LONG")
signal.signal(signal.SIGALRM, ring)
slow = Slow(3)
def main():
    i = 0
    while len(rings) < 500:
        i += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    slow.go.set()
    return i
swifttrace.enable(2, fd=slow.writing, banner=True)
signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
main()
swifttrace.disable()
sys.stdout.buffer.write(slow.text())
sys.stdout.flush()
print(len(rings))
"""


@pytest.mark.parametrize("length", [1, 500])
def test_a_signal_that_comes_all_the_time_does_not_end_a_program_that_waits(length, write):
    """Each handler's lines wait, too, and the next signal finds the handler at work."""
    write("slow.py", SLOW)
    ended = run_python(write("program.py", RINGS.replace("LONG", "x" * length)))
    assert (ended.returncode, ended.stderr) == (0, b"")
    text, _, count = ended.stdout.decode().rstrip("\n").rpartition("\n")
    trace = Trace(text + "\n")
    (end,) = trace.ends
    assert int(end["lines"]) == len(trace.lines)
    dropped = int((re.findall(r", (\d+) lines? dropped", end["rest"]) or [0])[0])
    assert sum(int(re.search(r"dropped (\d+)", line)[1]) for line in trace.others) == dropped
    assert dropped == 0 or length > 1
    found = sum('rings.append("x' in line for line in trace.lines)
    assert int(count) - dropped <= found <= int(count)


TORN = """\
import sys, threading
import swifttrace
from slow import Slow
slow = Slow(0.5)
def one():
    for i in range(20):
        x = "LONG1"
def two():
    for i in range(20):
        y = "LONG2"
threads = [threading.Thread(target=one), threading.Thread(target=two)]
swifttrace.enable(2, fd=slow.writing)
for thread in threads: thread.start()
for thread in threads: thread.join()
swifttrace.disable()
sys.stdout.buffer.write(slow.text())
"""


def test_a_long_line_that_waits_is_not_torn_by_another_thread(write):
    write("slow.py", SLOW)
    source = TORN.replace("LONG1", "1" * 50_000).replace("LONG2", "2" * 50_000)
    ended = run_python(write("program.py", source))
    assert ended.returncode == 0, ended.stderr
    lines = [re.sub(r"^\+ \{[^}]*\} ", "+ ", line) for line in ended.stdout.decode().splitlines()]
    assert set(lines) <= set(numbered(source).decode().splitlines())
    assert [sum('"' + digit * 50_000 in line for line in lines) for digit in "12"] == [20, 20]


NO_MEMORY = """\
import _testcapi
import swifttrace
class Functions:
FUNCTIONS
swifttrace.enable(2, output="t", exclude="driver.py")
import driver
print(driver.drive(Functions))
"""
# Each in a thread of its own: one of 3.11's that has no memory for what it tells a trace
# function traces no more.
NO_MEMORY_DRIVER = """\
import _testcapi, threading
called = []
def attempt(function, n):
    try:
        # Of what is allocated from here on the nth alone.
        _testcapi.set_nomemory(n, n + 1)
        function()
        _testcapi.remove_mem_hooks()
        called.append(n)
    except MemoryError:
        pass
    finally:
        _testcapi.remove_mem_hooks()
def drive(functions):
    for n in range(40):
        thread = threading.Thread(target=attempt, args=(getattr(functions, f"f{n}"), n))
        thread.start()
        thread.join()
    return len(called)
"""


def test_what_python_has_no_memory_for_is_counted(write, tmp_path):
    pytest.importorskip("_testcapi", reason="takes Python's own tests to run out of memory")
    functions = "".join(f"    def f{n}(): x = {n}; return x\n" for n in range(40))
    write("driver.py", NO_MEMORY_DRIVER)
    path = write("program.py", NO_MEMORY.replace("FUNCTIONS\n", functions))
    ended = run_python(path, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    trace = Trace((tmp_path / "t").read_bytes())
    lost = [
        re.fullmatch(r"# swifttrace: process \d+ dropped 1 (line|call): memory ran out", line)
        for line in trace.others
    ]
    assert all(lost), trace.others
    called = [line for line in trace.lines if ": x = " in line]
    assert len(called) + len(lost) >= int(ended.stdout) > 20
    assert int(trace.ends[0]["lines"]) == len(trace.lines)
    if sys.version_info >= (3, 12):  # 3.11 is asked again at the next line
        said = re.findall(r", (\d+) (?:line|call)s? dropped: memory ran out", trace.ends[0]["rest"])
        assert sum(map(int, said)) == len(lost)


# -- a reader that does not read -----------------------------------------------------------


def test_nobody_who_reads_keeps_the_process_from_ending(write):
    source = """\
import os, sys
if os.fork() == 0: os._exit(0)
os.wait()
os.set_blocking(int(sys.argv[1]), False)
try:
    while True: os.write(int(sys.argv[1]), b"." * 4096)
except BlockingIOError: pass
os.set_blocking(int(sys.argv[1]), True)
import swifttrace; swifttrace.disable()
sys.exit(6)
"""
    reading, writing = os.pipe()
    path = write("program.py", source)
    with start_swifttrace(
        "--scope",
        "script",
        "--exclude",
        "program.py",
        "--banner",
        "--fd",
        str(writing),
        path,
        str(writing),
        pass_fds=[writing],
    ) as running:
        os.close(writing)
        assert running.wait(20) == 6
    os.close(reading)


def test_an_end_line_waits_for_a_reader_that_is_slow(write):
    path = write("program.py", "x = 1\n")
    reading, writing = os.pipe()
    with start_swifttrace("--banner", "--fd", str(writing), path, pass_fds=[writing]) as running:
        os.close(writing)
        with open(reading, "rb") as trace:
            assert Trace(trace.read()).shape == "S+E"
        assert running.wait(20) == 0


INTERRUPTED = """\
import atexit, sys
atexit.register(sys.stdin.readline)
print("ready", flush=True)
while True:
    x = 1
"""


@pytest.mark.skipif(sys.platform != "linux", reason="takes /proc to see that it waits")
def test_ctrl_c_loses_no_line_that_waits(write):
    """Where the reader goes on before the process has ended."""
    path = write("program.py", INTERRUPTED)
    reading, writing = os.pipe()
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with start_swifttrace(
        "-xx", "--fd", str(writing), path, pass_fds=[writing], **pipes
    ) as running:
        os.close(writing)
        assert running.stdout.readline() == b"ready\n"
        wait_until_asleep(running)
        running.send_signal(signal.SIGINT)
        said = b"".join(iter(running.stderr.readline, b"KeyboardInterrupt\n"))
        os.set_blocking(reading, False)
        text = b""
        with contextlib.suppress(BlockingIOError):
            while piece := os.read(reading, 65536):
                text += piece
        os.set_blocking(reading, True)
        running.stdin.close()
        with open(reading, "rb") as trace:
            text += trace.read()
        assert running.wait(20) == -2
    place = int(re.search(rb"line (\d), in <module>", said)[1])
    assert text.splitlines(keepends=True)[-1] == numbered(INTERRUPTED, place)
