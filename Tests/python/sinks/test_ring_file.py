"""`--last N -o FILE`: the file of the last lines, and `swifttrace show FILE`."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import struct
import subprocess
import sys
import time

import pytest
from conftest import clean_environment, run_python, run_swifttrace
from launching import numbered
from parity import ORACLE
from rings import dump_in, dumps_in, shown

LOOP = "for i in range(5000):\n    x = i\n"
LOOP_RAN = [1, 2] * 5000 + [1]


# -- what is in the file, whatever the end ---------------------------------------------

ENDINGS = {
    "its end": ("pass", 0),
    "sys.exit": ("import sys; sys.exit(3)", 3),
    "an exception": ("1 / 0", 1),
    "Ctrl-C": ("raise KeyboardInterrupt", -2),
    "SIGTERM": ("import os; os.kill(os.getpid(), 15)", -15),
    "SIGKILL": ("import os; os.kill(os.getpid(), 9)", -9),
    "os._exit": ("import os; os._exit(4)", 4),
    "os.abort": (
        "import resource, os; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); os.abort()",
        -6,
    ),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_file_has_the_last_lines_however_the_program_ends(ending, write, tmp_path):
    text, status = ENDINGS[ending]
    source = f"{LOOP}{text}\n"
    path = write("program.py", source)
    ended = run_swifttrace("-xx", "--last", "700", "-o", "ring", path, cwd=tmp_path)
    assert ended.returncode == status
    dump = shown(tmp_path / "ring")
    assert dump[1:] == (700, 10_002, "", numbered(source, *[*LOOP_RAN, 3][-700:]))
    assert (tmp_path / "ring").stat().st_mode & 0o077 == 0


def deep_program():
    """A program whose lines, some 400 kB of them, take turns for some time."""
    functions = [
        f"def function_{n}(value):\n    {'value += 1; ' * 20}\n    return value\n"
        for n in range(900)
    ]
    # In a function: 3.12 and 3.13 take microseconds for a line far down in a module.
    loop = """\
def main():
    for turn in range(100):
        for function in functions:
            function(turn)
main()
"""
    return (
        "".join(functions)
        + f"functions = [{', '.join(f'function_{n}' for n in range(900))}]\n{loop}"
    )


def count_in(file):
    """How many lines were written: the number right before the entries."""
    with contextlib.suppress(FileNotFoundError), open(file, "rb") as ring:
        return int.from_bytes(ring.read(4096)[4088:], sys.byteorder)
    return 0


def test_after_kill_9_at_any_moment_the_file_has_the_oracle_s_lines(write, tmp_path):
    path = write("program.py", deep_program())
    run_python(ORACLE, "oracle", "2", tmp_path / "oracle", path)
    lines = (tmp_path / "oracle").read_bytes().splitlines(keepends=True)
    command = [sys.executable, "-m", "swifttrace", "-xx", "--last", "2000", "-o", tmp_path / "ring"]
    generator = random.Random(4)
    counts = []
    for _ in range(25):
        with subprocess.Popen([*command, path], env=clean_environment()) as running:
            moment = generator.randrange(1, len(lines))
            while count_in(tmp_path / "ring") < moment:
                pass
            running.kill()
        dump = shown(tmp_path / "ring")
        assert dump.lines == b"".join(lines[max(0, dump.count - 2000) : dump.count])
        counts.append(dump.count)
        (tmp_path / "ring").unlink()
    assert len(set(counts)) > 3


def test_a_running_program_s_file_can_be_looked_at(write, tmp_path):
    source = "import time\nx = 1\nprint('ready', flush=True)\ntime.sleep(60)\n"
    command = [sys.executable, "-m", "swifttrace", "-xx", "--last=9", "-o", tmp_path / "ring"]
    with subprocess.Popen(
        [*command, write("program.py", source)], stdout=subprocess.PIPE, env=clean_environment()
    ) as running:
        assert running.stdout.readline() == b"ready\n"
        while shown(tmp_path / "ring").count < 4:
            time.sleep(0.01)
        dump = shown(tmp_path / "ring")
        running.kill()
    assert (dump.process, dump.lines) == (running.pid, numbered(source))


def test_the_file_says_which_thread_each_line_is_of(write, tmp_path):
    source = """\
import threading
def work():
    x = 1
for number in range(400):
    thread = threading.Thread(target=work, name=f"worker {number}")
    thread.start()
    thread.join()
import swifttrace
swifttrace.dump()
"""
    path = write("program.py", source)
    ended = run_swifttrace("-x", "--last", "900", "-o", tmp_path / "ring", path)
    printed = dump_in(ended.stderr)
    assert printed.lines.count(b"+ {worker ") > 150
    assert b"+ {worker 399}     x = 1\n" in printed.lines
    assert shown(tmp_path / "ring").lines == printed.lines


def test_in_a_program_enable_writes_such_a_file(write, tmp_path):
    source = """\
import swifttrace
swifttrace.enable(2, last=3, output="first")
x = 1
with swifttrace.trace(2, last=3, output=b"second"):
    y = 2
z = 3
swifttrace.enable(2, last=2, output="first")
x = 4
swifttrace.disable()
"""
    ended = run_python(write("program.py", source), cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert shown(tmp_path / "first")[1:] == (2, 2, "", numbered(source, 8, 9))
    assert shown(tmp_path / "second")[1:] == (2, 2, "", numbered(source, 5, 4))


# -- other processes -------------------------------------------------------------------

FORKS = """\
import os
def work(n):
    result = n
    return result
work(1)
for number in range(3):
    child = os.fork()
    if child == 0:
        work(number)
        os._exit(0)
    os.waitpid(child, 0)
    print(child)
"""


@pytest.mark.parametrize("output", ["ring", "ring-%p"])
def test_each_forked_child_has_a_file_of_its_own(output, write, tmp_path):
    path = write("program.py", FORKS)
    ended = run_swifttrace("-xx", "--last", "50", "-o", output, path, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    children = ended.stdout.decode().split()
    wanted = numbered(FORKS, 8, 9, 3, 4, 10).replace(b"+ ", b"++ ")
    for child in children:
        dump = shown(tmp_path / (f"ring-{child}" if "%" in output else f"ring.{child}"))
        assert (dump.process, dump.lines) == (int(child), wanted)
    assert len(list(tmp_path.glob("ring*"))) == 4
    [parent] = {*tmp_path.glob("ring*")} - {
        tmp_path / f"ring{s}{c}" for c in children for s in ".-"
    }
    turn = [6, 7, 8, 11, 12]
    assert shown(parent).lines == numbered(FORKS, 1, 2, 5, 3, 4, *turn * 3, 6)


def test_a_child_that_runs_no_line_in_scope_has_no_file(write, tmp_path):
    source = """\
import os, subprocess
subprocess.run(["true"])
subprocess.run(["true"], preexec_fn=os.getpid)
child = os.fork() or os._exit(0)
os.waitpid(child, 0)
"""
    path = write("program.py", source)
    ended = run_swifttrace("-xx", "--no-follow", "--last", "50", "-o", "ring", path, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert [file.name for file in tmp_path.glob("ring*")] == ["ring"]


def test_in_a_child_status_dump_and_disable_work_before_its_first_line(write, tmp_path):
    source = """\
import os, swifttrace
def report():
    print(swifttrace.status().lines, flush=True)
    swifttrace.dump()
    swifttrace.disable()
os.register_at_fork(after_in_child=report)
swifttrace.enable(2, last=9, output={output}, exclude="*")
exec(compile("os.waitpid(os.fork(), 0)", "<child>", "exec"))
"""
    for output in ("None", "'ring'"):
        ended = run_python(write("program.py", source.replace("{output}", output)), cwd=tmp_path)
        assert (ended.returncode, ended.stdout) == (0, b"0\n"), ended
        assert dump_in(ended.stderr)[1:] == (0, 0, "", b"")


def test_blocks_that_were_open_as_a_child_was_forked_go_on_in_it(write, tmp_path):
    source = """\
import os, swifttrace
outer = swifttrace.trace(2, last=9, output="outer")
inner = swifttrace.trace(2, last=9, output="inner")
with outer:
    a = 1
    with inner:
        child = os.fork()
        b = 2
    c = 3
swifttrace.dump()
os._exit(0) if child == 0 else os.waitpid(child, 0)
print(child)
"""
    ended = run_python(write("program.py", source), cwd=tmp_path)
    child = int(ended.stdout)
    assert ended.returncode == 0
    assert shown(tmp_path / "outer").lines == numbered(source, 5, 6, 9, 4)
    assert shown(tmp_path / "inner").lines == numbered(source, 7, 8, 6)
    [of_child, of_parent] = sorted(
        dumps_in(ended.stderr)[0], key=lambda dump: dump.process != child
    )
    assert of_parent.lines == numbered(source, 5, 6, 9, 4)
    assert of_child.numbers == [9, 4]
    assert shown(tmp_path / f"outer.{child}").numbers == [9, 4]
    assert shown(tmp_path / f"inner.{child}").numbers == [8, 6]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_s_workers_have_files_of_their_own(method, write, tmp_path):
    source = f"""\
import multiprocessing
def work(n):
    result = n + 1
    return result
if __name__ == "__main__":
    with multiprocessing.get_context("{method}").Pool(2) as pool:
        print(pool.map(work, range(4)))
"""
    path = write("program.py", source)
    ended = run_swifttrace("-xx", "--last", "50", "-o", "ring", path, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"[1, 2, 3, 4]\n"), ended.stderr
    lines = [shown(file).lines for file in tmp_path.glob("ring.*")]
    ran = b"".join(lines).count(b"]     result = n + 1\n")
    assert ran == 4
    assert b"]         print(pool.map(work, range(4)))\n" in shown(tmp_path / "ring").lines


def test_python_children_have_files_of_their_own(write, tmp_path):
    child = write("child.py", "y = 1\n")
    source = f"import os, subprocess, sys\nsubprocess.run([sys.executable, {str(child)!r}])\nos.system(sys.executable + ' {child}')\n"
    path = write("program.py", source)
    ended = run_swifttrace("-xx", "--last", "9", "-o", "ring", path, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    children = list(tmp_path.glob("ring.*"))
    assert [shown(file).lines for file in children] == [b"++ [     1] y = 1\n"] * 2


def test_a_program_that_replaces_a_traced_one_begins_its_file_anew(write, tmp_path):
    after = write("after.py", "y = 1\n")
    source = "import os, sys\nos.execv(sys.executable, [sys.executable, *sys.argv[1:]])\n"
    path = write("program.py", source)
    ended = run_swifttrace("-xx", "--last", "9", "-o", "ring", path, after, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert shown(tmp_path / "ring").lines == b"+ [     1] y = 1\n"
    run_swifttrace("-xx", "--last", "9", "-o", "other", path, "-S", "-c", "", cwd=tmp_path)
    assert shown(tmp_path / "other").lines == numbered(source)


@contextlib.contextmanager
def started_together(command, count):
    """Run it several times at once."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with contextlib.ExitStack() as stack:
        programs = []
        for _ in range(count):
            program = subprocess.Popen(command, env=clean_environment(), **pipes)
            programs.append(stack.enter_context(program))
            time.sleep(0.1)
        yield programs


def test_programs_that_run_at_once_have_a_file_each(write, tmp_path):
    """As where a job is started while the one before still runs."""
    source = """\
import glob, os, signal, sys, time
def turn(n):
    exec(f"x_{os.getpid()} = {n}", {})
started = os.path.dirname(__file__) + "/started."
open(f"{started}{os.getpid()}", "w").close()
while len(glob.glob(started + "*")) < 4:
    time.sleep(0.01)
for n in range(30_000):
    turn(n)
os.kill(os.getpid(), signal.SIGUSR1)
print("done")
"""
    path = write("program.py", source)
    command = [sys.executable, "-m", "swifttrace", "-xxx", "--scope=script", "--include=<string>"]
    command += ["--last=600", "--dump-signal=USR1", "-o", tmp_path / "ring", path]
    with started_together(command, 4) as programs:
        outputs = [program.communicate() for program in programs]
    assert [program.returncode for program in programs] == [0] * 4, outputs
    assert [output for output, _ in outputs] == [b"done\n"] * 4
    rings = [shown(path) for path in sorted(tmp_path.glob("ring*"))]
    assert [len(ring.lines.splitlines()) for ring in rings] == [600] * 4
    assert all(ring.lines.endswith(b'print("done")\n') for ring in rings)
    for number, (program, (_, said)) in enumerate(zip(programs, outputs, strict=True)):
        moved = (
            f"ring is written by another process: this trace is in {tmp_path}/ring.{program.pid}"
        )
        assert (moved.encode() in said) == (number > 0)
        assert b"trace stopped" not in said
        assert b"<lost>" not in said


# -- a file that cannot be written, or is taken away -----------------------------------

NOT_FILES = {
    "a directory": ("directory", b"Is a directory"),
    "a FIFO": ("fifo", b"not a regular file"),
    "a device": ("/dev/null", b"not a regular file"),
    "a full device": ("/dev/full", b"not a regular file"),
    "nowhere": ("no/such/ring", b"No such file or directory"),
}


@pytest.mark.parametrize("kind", NOT_FILES)
def test_what_is_no_file_is_one_line(kind, write, tmp_path):
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "fifo")
    name, reason = NOT_FILES[kind]
    path = write("program.py", "print(1)\n")
    ended = run_swifttrace("--last", "5", "-o", name, path, cwd=tmp_path)
    message = b"swifttrace: cannot write to %s: %s\n" % (name.encode(), reason)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, b"", message)
    source = f"import swifttrace\ntry:\n    swifttrace.enable(last=5, output={name!r})\nexcept OSError as error:\n    print(error.filename, error.strerror)\n"
    ended = run_python(write("enabling.py", source), cwd=tmp_path)
    assert ended.stderr == b""
    assert ended.stdout.endswith(reason + b"\n")


LIMITED = """\
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
"""


def test_a_disk_that_is_full_at_the_start_is_an_error(write, tmp_path):
    source = (
        LIMITED.format(limit=5000)
        + """\
import swifttrace
try:
    swifttrace.enable(last=100, output="ring")
except OSError as error:
    print(error)
"""
    )
    ended = run_python(write("program.py", source), cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"File too large" in ended.stdout
    assert (tmp_path / "ring").stat().st_size == 0


def test_a_disk_that_is_full_later_is_one_line_and_the_ring_goes_on_in_memory(write, tmp_path):
    source = (
        LIMITED.format(limit=500_000) + deep_program() + "import swifttrace\nswifttrace.dump()\n"
    )
    path = write("program.py", source)
    ended = run_swifttrace("-xx", "--last", "3000", "-o", "ring", path, cwd=tmp_path)
    assert ended.returncode == 0
    said = (
        b"swifttrace: the file lacks the text of lines from here on: cannot write: File too large\n"
    )
    dumps, rest = dumps_in(ended.stderr.replace(said, b"", 1))
    assert rest == b""
    assert ended.stderr.startswith(said)
    lines = len(source.splitlines())
    assert dumps[0].shown == 3000
    assert b"<lost>" not in dumps[0].lines
    assert dumps[0].lines.endswith(numbered(source, lines - 4, lines - 5, lines - 1, lines))
    kept = shown(tmp_path / "ring")
    assert kept.count == dumps[0].count
    assert b"<lost>\n" in kept.lines
    # Where the file has a line it is the same one.
    pairs = zip(kept.lines.splitlines(), dumps[0].lines.splitlines())
    assert {one for one, two in pairs if one != two} == {b"<lost>"}


def test_a_file_that_is_removed_or_renamed_goes_on(write, tmp_path):
    source = f"import os\nos.rename('ring', 'renamed')\n{LOOP}1 / 0\n"
    ended = run_swifttrace("-xx", "--last=4", "-o", "ring", write("p.py", source), cwd=tmp_path)
    assert shown(tmp_path / "renamed").lines == dump_in(ended.stderr).lines
    source = f"import os\nos.remove('ring')\n{LOOP}1 / 0\n"
    ended = run_swifttrace("-xx", "--last=4", "-o", "ring", write("p.py", source), cwd=tmp_path)
    assert dump_in(ended.stderr).lines == numbered(source, 3, 4, 3, 5)
    assert not (tmp_path / "ring").exists()


CUT = b"swifttrace: trace stopped: the file was cut by another process\n"


@pytest.mark.parametrize("size", [0, 100, 4096, 70_000])
def test_a_file_that_is_cut_stops_the_trace_and_not_the_program(size, write, tmp_path):
    source = f"""\
import os, signal
{LOOP}os.truncate("ring", {size})
{LOOP}print("done")
os.kill(os.getpid(), signal.SIGUSR1)
import swifttrace
swifttrace.dump()
swifttrace.disable()
print(swifttrace.status().enabled)
"""
    ended = run_swifttrace(
        "-xx", "--last=400", "--dump-signal=USR1", "-o", "ring", write("p.py", source), cwd=tmp_path
    )
    assert (ended.returncode, ended.stdout) == (0, b"done\nFalse\n")
    assert ended.stderr.count(CUT) == 1
    others = ended.stderr.replace(CUT, b"").splitlines()
    if size < 70_000:  # the page that everything else depends on
        lost = b": the last lines are lost: another process has cut their file"
        assert [line.partition(lost)[2] for line in others] == [b", at SIGUSR1", b""]
    assert (tmp_path / "ring").stat().st_size == size


def test_lines_whose_text_was_cut_off_are_said_to_be_lost(write, tmp_path):
    source = (
        deep_program() + "import os, swifttrace\nos.truncate('ring', 200_000)\nswifttrace.dump()\n"
    )
    ended = run_swifttrace("-xx", "--last=3000", "-o", "ring", write("p.py", source), cwd=tmp_path)
    assert ended.returncode == 0
    assert ended.stderr.endswith(CUT)
    dump = dump_in(ended.stderr.removesuffix(CUT))
    assert dump.shown == dump.lines.count(b"\n") == 3000
    assert 0 < dump.lines.count(b"<lost>\n") < 3000


def test_a_reader_that_is_behind_is_told_that_the_file_was_cut(write, tmp_path):
    source = """\
import fcntl, os
os.write(2, b"x" * fcntl.fcntl(2, fcntl.F_GETPIPE_SZ))
os.truncate("ring", 70_000)
print("full", flush=True)
"""
    command = [sys.executable, "-m", "swifttrace", "--last=3", "-o", "ring", write("p.py", source)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=tmp_path, env=clean_environment(), **pipes) as running:
        assert running.stdout.readline() == b"full\n"
        time.sleep(0.3)
        assert running.stderr.read().lstrip(b"x") == CUT
    assert running.returncode == 0


def test_no_other_sigbus_is_taken_for_one_of_ours(write, tmp_path):
    source = """\
import mmap, resource
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
file = open("own", "w+b")
file.truncate(8192)
memory = mmap.mmap(file.fileno(), 8192)
file.truncate(0)
memory[5000]
"""
    ended = run_swifttrace("-xx", "--last=2", "-o", "ring", write("p.py", source), cwd=tmp_path)
    assert ended.returncode == -signal.SIGBUS
    assert dump_in(ended.stderr)[3:] == ("SIGBUS", numbered(source, 6, 7))
    assert shown(tmp_path / "ring").lines == numbered(source, 6, 7)


# -- swifttrace show -------------------------------------------------------------------


@pytest.fixture
def ring(write, tmp_path):
    """The bytes of a file, and what is shown of it."""
    path = write("program.py", LOOP)
    run_swifttrace("-xx", "--last", "20", "-o", tmp_path / "ring", path)
    return (tmp_path / "ring").read_bytes()


def test_several_files_are_shown_one_after_the_other(ring, write):
    one, two = write("one", ring), write("two", ring)
    ended = run_swifttrace("show", one, two)
    dumps, rest = dumps_in(ended.stdout)
    assert (ended.returncode, ended.stderr, rest) == (0, b"", b"")
    assert [dump.lines for dump in dumps] == [numbered(LOOP, *LOOP_RAN[-20:])] * 2


def test_show_without_a_name_is_one_line():
    ended = run_swifttrace("show")
    message = b"swifttrace: show needs the name of a file (try --help)\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, b"", message)


def test_a_script_of_the_name_show_runs_by_its_path(write, tmp_path):
    write("show", "print('script')\n")
    for name in (["./show"], ["--", "show"]):
        assert run_swifttrace(*name, cwd=tmp_path).stdout == b"script\n"


NO_TRACE = "neither a recording, nor a file of --last, nor a text trace"
UNREADABLE = {
    "missing": "No such file or directory",
    "directory": "Is a directory",
    "fifo": "not a regular file",
    "/dev/zero": "not a regular file",
    "/dev/null": "not a regular file",
    "empty": NO_TRACE,
    "short": NO_TRACE,
    "text": NO_TRACE,
    "zeros": NO_TRACE,
    "magic alone": "a file of another version's --last",
    "half a header": "a file of --last that has been cut",
    "header alone": "a file of --last that has been cut",
    "half of the entries": "a file of --last that has been cut",
    "another version": "a file of another version's --last",
    "more than there is room for": "a file of --last that has been cut",
    "none": "a file of --last that has been cut",
}


def unreadable(name, ring):
    changed = bytearray(ring)
    if name == "another version":
        changed[16:24] = struct.pack("=Q", 2)
    elif name == "more than there is room for":
        changed[24:40] = struct.pack("=2Q", 1 << 60, 1 << 60)
    elif name == "none":
        changed[32:40] = bytes(8)
    return {
        "empty": b"",
        "short": ring[:10],
        "text": b"hello\n" * 10_000,
        "zeros": bytes(100_000),
        "magic alone": ring[:16],
        "half a header": ring[:2000],
        "header alone": ring[:4096],
        "half of the entries": ring[:6000],
    }.get(name, bytes(changed))


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_shown_is_one_line(name, ring, write, tmp_path):
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "fifo")
    if name not in ("missing", "directory", "fifo") and "/" not in name:
        write(name, unreadable(name, ring))
    ended = run_swifttrace("show", name, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.decode() == f"swifttrace: {name}: {UNREADABLE[name]}\n"


def test_lines_whose_text_is_gone_are_said_to_be_lost(ring, write):
    ended = run_swifttrace("show", write("cut", ring[:70_000]))
    assert (ended.returncode, ended.stderr) == (0, b"")
    dump = dump_in(ended.stdout)
    assert dump.lines.count(b"\n") == 20
    assert dump.lines.count(b"<lost>\n") == 20 - dump.lines.count(b"+ [")


def test_garbage_is_never_a_traceback(ring, write):
    """Neither does it take for ever, nor reach a terminal."""
    generator = random.Random(1)
    for _ in range(60):
        changed = bytearray(ring[: generator.choice([len(ring), 5000, 9000, 70_000])])
        for _ in range(generator.choice([1, 10, 1000])):
            place = generator.choice([range(16, 64), range(1024, 8192), range(65536, 70_000)])
            changed[min(generator.choice(place), len(changed) - 1)] = generator.randrange(256)
        ended = run_swifttrace("show", write("ring", bytes(changed)))
        assert ended.returncode in (0, 2)
        assert len(ended.stderr.splitlines()) == (ended.returncode != 0), ended.stderr
        assert b"Traceback" not in ended.stderr
        assert b"\x1b" not in ended.stdout
        assert ended.stdout.count(b"\n") <= 514


def test_what_is_shown_where_nobody_reads_is_one_line_at_most(ring, write):
    path = write("ring", ring)
    with open("/dev/full", "wb") as full:
        ended = run_swifttrace("show", path, stdout=full)
    said = b"swifttrace: cannot write: No space left on device\n"
    assert (ended.returncode, ended.stderr) == (1, said)
    ended = run_swifttrace("show", path, preexec_fn=lambda: os.close(1))
    said = b"swifttrace: cannot write: Bad file descriptor\n"
    assert (ended.returncode, ended.stderr) == (1, said)
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as gone:
        ended = run_swifttrace("show", path, stdout=gone)
    assert (ended.returncode, ended.stderr) == (1, b"")
