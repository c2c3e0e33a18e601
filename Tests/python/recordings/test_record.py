"""What `swifttrace record` writes, `swifttrace show` prints: what `-o` of the same options has."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict

import pytest
from conftest import TESTS, clean_environment, run_python, run_swifttrace
from parity import STABLE

PROGRAMS = sorted((TESTS / "programs").glob("*.py"))
MAGIC = b"swifttrace-rec\n"
BLOCK = 65536


def shown(path, *options):
    ended = run_swifttrace("show", *options, path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    return ended.stdout.decode(errors="surrogateescape")


def comparable(text):
    """Return a trace without what no two runs have alike: their commands, times, addresses."""
    text = re.sub(
        r"(?m)^(# swifttrace: process )\d+(.*?)(, child of | ran | ended ).*$", r"\1", text
    )
    text = re.sub(r"process \d+|thread-\d+", "N", text)
    text = re.sub(r"\d+\.\d{6}", "T", text)
    return re.sub(r"0x[0-9a-f]+|used \d+ kB", "A", text)


def by_thread(text):
    """Return the lines of each thread, in their order.

    The main thread is named from the moment on when another one has run a line.
    """
    threads = defaultdict(list)
    for line in comparable(text).replace("{MainThread} ", "").splitlines():
        found = re.match(r"\++ (\{[^}]*\}) ", line)
        threads[found[1] if found else ""].append(line)
    return threads


def without_collector(directory):
    """The moment when the collector runs depends on what the tracer allocates."""
    site = directory / "site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text("import gc\ngc.disable()\n")
    return {**STABLE, "PYTHONPATH": os.fspath(site)}


def alike(directory, *arguments, program, **how):
    """Run it twice; return the text trace and what the recording shows."""
    text, recording = directory / "trace.log", directory / "trace.swt"
    how = {"cwd": directory, "env": without_collector(directory), **how}
    traced = run_swifttrace(*arguments, "-o", text, *program, **how)
    recorded = run_swifttrace("record", *arguments, "-o", recording, *program, **how)
    assert (traced.returncode, traced.stdout) == (recorded.returncode, recorded.stdout)
    assert b"swifttrace" not in recorded.stderr
    assert recording.read_bytes().startswith(MAGIC)
    return text.read_text(errors="surrogateescape"), shown(recording)


@pytest.mark.parametrize("options", [("-x",), ("-xxx",), ("--values", "--calls", "-xx")], ids=str)
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_recording_has_what_the_text_trace_has(program, options, tmp_path):
    expected, found = alike(tmp_path, *options, program=[program])
    assert expected
    assert by_thread(found) == by_thread(expected)


ALL_KINDS = """\
import threading

class Item:
    def __init__(self, name):
        self.name = name

def halves(number):
    while number > 1:
        yield number
        number //= 2

def check(number):
    if number % 3 == 0:
        raise ValueError(f"no {number}")
    return [each for each in halves(number)]

total = 0
for number in range(8):
    try:
        total += len(check(number))
    except ValueError as error:
        password = str(error)
    item = Item(
        f"\\x1b[31m{number} ä",
    )
other = threading.Thread(target=check, args=(5,), name="wörker \\x1b[0m")
other.start()
other.join()
exec("unseen = 1\\nunseen += 1")
print(total, item.name == item.name)
"""

OPTIONS = """
-x
-xx
--level 3
--scope=project
--scope=project --paths=absolute
--statements
--values
--values=repr --calls --show-secrets
--only-calls
--calls --depth=1
--watch=total --scope=script
--show=thread,depth,function,module
--show=task
--time
--time=delta
--time=line
--time=line --calls --values
--format={lineno}:{line}
--format={prefix}{time}|{depth}|{name:>10}|{line} --calls
--cut=30
--wrap=40
--banner
--no-banner
""".strip().splitlines()


@pytest.mark.parametrize("options", OPTIONS)
def test_each_option_is_recorded_as_it_is_printed(options, write, tmp_path):
    program = write("kinds.py", ALL_KINDS)
    # At level 3 the standard library's threads take turns as they like.
    options = [*options.split(), "--exclude=*/threading.py"]
    expected, found = alike(tmp_path, *options, program=[program])
    assert "total" in expected or "check" in expected
    assert by_thread(found) == by_thread(expected)


def test_without_a_name_the_file_is_the_program_s(write, tmp_path):
    write("work.py", "x = 1\n")
    for arguments, name in (
        (["work.py"], "work.swt"),
        (["-m", "work"], "work.swt"),
        (["-c", "x = 1"], "swifttrace.swt"),
    ):
        ended = run_swifttrace("record", "--no-banner", *arguments, cwd=tmp_path)
        assert (ended.returncode, ended.stderr) == (0, b"")
        assert shown(tmp_path / name) == "+ x = 1\n"
        os.unlink(tmp_path / name)


def test_the_program_is_as_it_was(write, tmp_path):
    write("fails.py", "import sys\nprint(sys.argv)\nsys.exit(7)\n")
    ended = run_swifttrace("record", "fails.py", "a", "-o", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (7, b"")
    assert ended.stdout == b"['fails.py', 'a', '-o']\n"
    assert "ended with status 7: 3 lines" in shown(tmp_path / "fails.swt").splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["record"], "record needs a program"),
        (["record", "-o", "-", "p.py"], "record needs output, the name of a file"),
        (["record", "--fd", "2", "p.py"], "record needs output, the name of a file"),
        (["record", "-a", "p.py"], "record and append exclude each other"),
        (["record", "--last", "3", "p.py"], "record and last exclude each other"),
        (["--record", "p.py"], "record needs output, the name of a file"),
    ],
)
def test_what_cannot_be_is_one_line(arguments, reason, write, tmp_path):
    write("p.py", "print(1)\n")
    ended = run_swifttrace(*arguments, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.decode() == f"swifttrace: {reason} (try --help)\n"


@pytest.mark.parametrize("name", ["/dev/full", "fifo", "/nowhere/at/all", "p.py"])
def test_what_no_recording_can_be_is_one_line(name, write, tmp_path):
    write("p.py", "print(1)\n")
    os.mkfifo(tmp_path / "fifo")
    ended = run_swifttrace("record", "-o", name, "p.py", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert re.fullmatch(rb"swifttrace: [^\n]*\n", ended.stderr)
    assert (tmp_path / "p.py").read_text() == "print(1)\n"


# -- by the program, the environment, pytest ----------------------------------------------


BLOCKS = """\
import swifttrace
def work(n):
    for i in range(n):
        pass
for turn in range(2):
    with swifttrace.trace(2, record=True, output="blocks.swt", banner=False):
        work(turn + 1)
swifttrace.enable(2, record=True, output="blocks.swt", banner=False)
last = 1
swifttrace.disable()
print(swifttrace.status().enabled)
"""


def test_several_traces_of_a_process_are_in_one_recording(write, tmp_path):
    ended = run_python(write("blocks.py", BLOCKS), cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"False\n", b"")
    numbers = [int(number) for number in re.findall(r"\[ *(\d+)\]", shown(tmp_path / "blocks.swt"))]
    assert numbers == [7, 3, 4, 3, 6, 7, 3, 4, 3, 4, 3, 6, 9, 10]


def test_another_form_of_lines_in_the_same_recording_is_refused(write, tmp_path):
    source = (
        "import swifttrace\n"
        "swifttrace.enable(2, record=True, output='r.swt')\n"
        "try:\n"
        "    swifttrace.enable(3, scope='script', record=True, output='r.swt')\n"
        "except ValueError as error:\n"
        "    print(error)\n"
    )
    ended = run_python(write("p.py", source), cwd=tmp_path)
    assert ended.returncode == 0
    assert ended.stdout.endswith(b"r.swt' is a recording of this process with other options\n")


CHILDREN = """\
import os, subprocess, sys
def child(name):
    return name * 2
if sys.argv[1:]:
    child("started")
    sys.exit()
subprocess.run([sys.executable, __file__, "again"], check=True)
if os.fork() == 0:
    child("forked")
    os._exit(0)
os.wait()
child("parent")
if "EXECUTED" not in os.environ:
    os.environ["EXECUTED"] = "1"
    os.execv(sys.executable, [sys.executable, __file__, "executed"])
"""


@pytest.mark.parametrize("output", ["run.swt", "run-%p.swt"])
def test_each_process_has_a_recording_of_its_own(output, write, tmp_path):
    program = write("children.py", CHILDREN)
    asked = {"SWIFTTRACE": f"record,output={output}"}
    ended = run_python(program, cwd=tmp_path, env=asked)
    assert (ended.returncode, ended.stderr) == (0, b"")
    traces = {path.name: shown(path) for path in tmp_path.glob("run*")}
    assert len(traces) == 4
    lines = [re.findall(r"(?m)^\++ .*child\(.*$", trace) for trace in traces.values()]
    calls = sorted(line for found in lines for line in found if "def" not in line)
    assert calls == [
        '+     child("started")',
        '+ child("parent")',
        '++     child("forked")',
        '++     child("started")',
    ]
    assert all(re.search(r"(?m)^\++ .*return name \* 2$", trace) for trace in traces.values())


def test_a_test_run_is_recorded(write, tmp_path):
    source = "def test_one():\n    x = 1\n    assert x == 1\n\ndef test_two():\n    assert True\n"
    write("test_it.py", source)
    options = ["-q", "-p", "no:randomly", "--swifttrace-record", "test_it.py"]
    ended = run_python("-m", "pytest", *options, cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout
    lines = [line.strip() for line in shown(tmp_path / "swifttrace.swt").splitlines()]
    assert lines == ["+     x = 1", "+     assert x == 1", "+     assert True"]
    named = run_python("-m", "pytest", *options[:3], "--swifttrace-record=a.swt", cwd=tmp_path)
    assert named.returncode == 0
    assert shown(tmp_path / "a.swt", "--level=2").startswith("+ [     2]     x = 1\n")
    both = run_python("-m", "pytest", "--swifttrace-record", "--swifttrace-output=x", cwd=tmp_path)
    assert both.returncode == 4
    assert b"--swifttrace-output and --swifttrace-record exclude each other" in both.stderr


# -- what a recording has besides ---------------------------------------------------------


def test_a_recording_shows_its_lines_where_the_sources_are_gone(write, tmp_path):
    program = write("gone.py", "for i in range(3):\n    x = i\n")
    run_swifttrace("record", "-xx", "--no-banner", "gone.py", cwd=tmp_path)
    program.unlink()
    assert shown(tmp_path / "gone.swt").startswith(
        "+ [     1] for i in range(3):\n+ [     2]     x = i\n"
    )
    counted = shown(tmp_path / "gone.swt", "--count")
    assert re.search(r"(?m)^ *4 .*for i in range", counted), counted
    folded = shown(tmp_path / "gone.swt", "--fold")
    assert "3 rounds, all the same way" in folded


def test_calls_are_in_the_recording_for_who_folds_it(write, tmp_path):
    source = "def f(n):\n    return n\nfor i in range(5):\n    f(i)\n"
    write("calls.py", source)
    run_swifttrace("record", "--calls", "calls.py", cwd=tmp_path)
    folded = shown(tmp_path / "calls.swt", "--fold")
    assert "5 rounds" in folded


# -- sudden ends --------------------------------------------------------------------------


LONG = """\
import mmap, struct, sys
with open(sys.argv[1], "r+b") as file:
    progress = mmap.mmap(file.fileno(), 8)
def odd(number):
    if number & 1:
        return number
    return None
for number in range(100_000):
    odd(number)
    progress[:8] = struct.pack("<q", number + 1)
"""


def test_kill_9_at_any_moment_leaves_all_lines_that_ran(write, tmp_path, moments):
    program, progress, recording = write("long.py", LONG), tmp_path / "done", tmp_path / "long.swt"
    turn = [[8, 9, 5, 7, 10], [8, 9, 5, 6, 10]]
    for moment in range(moments):
        progress.write_bytes(bytes(8))
        command = [sys.executable, "-m", "swifttrace", "record", "-xx", "--no-banner"]
        with subprocess.Popen(
            [*command, "-o", recording, program, progress], env=clean_environment()
        ) as running:
            wanted = 1 + moment * 4513 % 90_000
            while int.from_bytes(progress.read_bytes(), "little") < wanted:
                assert running.poll() is None
            running.send_signal(signal.SIGKILL)
        turns = int.from_bytes(progress.read_bytes(), "little")
        found = [int(number) for number in re.findall(r"\[ *(\d+)\]", shown(recording))]
        body = found[found.index(8) :]
        expected = [line for number in range(turns + 2) for line in turn[number & 1]]
        assert body == expected[: len(body)]
        assert len(body) >= turns * 5


@pytest.mark.parametrize(
    "end",
    ["os._exit(3)", "os.kill(os.getpid(), 15)", "os.abort()", "os.execv('/bin/true', ['true'])"],
)
def test_a_sudden_end_leaves_all_lines(end, write, tmp_path):
    write("sudden.py", f"import os\nfor i in range(20_000):\n    x = i\n{end}\n")
    run_swifttrace("record", "-xx", "--no-banner", "sudden.py", cwd=tmp_path)
    lines = shown(tmp_path / "sudden.swt").splitlines()
    assert len(lines) == 1 + 2 * 20_000 + 1 + 1
    assert lines[-1] == f"+ [     4] {end}"


CUT = """\
import os
def work():
    for i in range(30_000):
        x = i
work()
os.truncate("cut.swt", {length})
work()
work()
work()
print("done")
"""


@pytest.mark.parametrize("length", [0, 100_000, 131_072])
def test_a_file_that_is_cut_ends_the_trace_and_not_the_program(length, write, tmp_path):
    write("cut.py", CUT.format(length=length))
    ended = run_swifttrace("record", "cut.py", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"done\n")
    assert re.fullmatch(rb"swifttrace: trace stopped: [^\n]*\n", ended.stderr)


LIMITED = """\
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
for i in range(400_000):
    x = i
print("done")
"""


def test_a_file_that_may_not_grow_ends_the_trace_and_not_the_program(write, tmp_path):
    write("limited.py", LIMITED)
    ended = run_swifttrace("record", "-xx", "limited.py", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"done\n")
    assert ended.stderr == b"swifttrace: trace stopped: cannot write: File too large\n"
    recording = tmp_path / "limited.swt"
    assert recording.stat().st_size == 4 * BLOCK
    assert len(shown(recording).splitlines()) > 60_000


def test_descriptors_that_a_daemon_closes_do_not_end_the_trace(write, tmp_path):
    source = (
        "import os\nos.closerange(3, 4096)\nfor i in range(100_000):\n    x = i\nprint('done')\n"
    )
    write("daemon.py", source)
    ended = run_swifttrace("record", "-xx", "daemon.py", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"done\n")
    lines = shown(tmp_path / "daemon.swt").splitlines()
    assert len(lines) > 100_000


def test_a_recording_is_shown_while_it_is_written(write, tmp_path):
    write("waits.py", "import time\nfor i in range(3):\n    x = i\ntime.sleep(60)\n")
    command = [sys.executable, "-m", "swifttrace", "record", "--no-banner", "waits.py"]
    with subprocess.Popen(command, cwd=tmp_path, env=clean_environment()) as running:
        deadline = time.monotonic() + 30
        while True:
            text = shown(tmp_path / "waits.swt") if (tmp_path / "waits.swt").exists() else ""
            if "sleep(60)" in text:
                break
            assert time.monotonic() < deadline
            time.sleep(0.05)
        running.kill()
    assert len(text.splitlines()) == 1 + 7 + 1
