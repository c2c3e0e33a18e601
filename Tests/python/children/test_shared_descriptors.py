"""The descriptors of a trace: Python children get to them, no other program does."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest
from conftest import clean_environment, run_python, run_swifttrace

CHILD = "[sys.executable, '-c', 'child = 1']"
QUIET = {"PYTHONWARNINGS": "ignore"}
# Lines alone: neither start nor end lines.
PLAIN = ["-x", "--no-banner"]


def without_pids(trace):
    text = trace if isinstance(trace, str) else trace.decode()
    return re.sub(r"\{\d+", "{N", text).splitlines()


def open_sink(kind, tmp_path):
    """The options for a sink, and the descriptor that the command inherits for it."""
    if kind == "standard error":
        return [], None
    if kind == "file":
        return ["-o", str(tmp_path / "trace")], None
    number = os.open(tmp_path / "trace", os.O_WRONLY | os.O_CREAT)
    return ["--fd", str(number)], number


# What lists its descriptors, as a program that anything may start.
LIST = "exec 3>&-; for d in /proc/self/fd/*; do readlink $d; done; true"
STARTS = {
    "subprocess": f"subprocess.run(['sh', '-c', {LIST!r}], close_fds=False)",
    "os.system": f"os.system({LIST!r})",
    "os.popen": f"print(os.popen({LIST!r}).read())",
    "spawn": f"os.spawnv(os.P_WAIT, '/bin/sh', ['sh', '-c', {LIST!r}])",
    "posix_spawn": f"os.waitpid(os.posix_spawn('/bin/sh', ['sh', '-c', {LIST!r}], os.environ), 0)",
    "exec": f"os.execv('/bin/sh', ['sh', '-c', {LIST!r}])",
}


@pytest.mark.parametrize("sink", ["standard error", "file", "descriptor"])
@pytest.mark.parametrize("way", STARTS)
def test_no_descriptor_of_ours_is_there_in_another_program(way, sink, write, tmp_path):
    source = f"import os, subprocess, sys, time\n{STARTS[way]}\nsys.stdout.flush()\n"
    program = write("program.py", source)
    options, number = open_sink(sink, tmp_path)
    with open(os.devnull, "rb") as nothing:
        how = {"env": QUIET, "cwd": tmp_path, "stdin": nothing, "input": None}
        inherited = [] if number is None else [number]
        plain = run_python(program, **how, close_fds=True)
        traced = run_swifttrace(*PLAIN, *options, program, pass_fds=inherited, **how)
    assert traced.returncode == 0, traced.stderr
    assert targets(traced.stdout) == targets(plain.stdout)
    assert b"/dev/null" in traced.stdout


def targets(listed):
    """What descriptors stand for; the numbers of pipes differ from run to run."""
    return sorted(re.sub(rb":\[\d+\]", b"", line) for line in listed.split() if b"/fd" not in line)


def test_a_daemon_does_not_keep_the_reader_waiting_however_it_was_started(write):
    start = "sleep 30 >/dev/null 2>&1 &"
    program = write(
        "program.py",
        "import os, subprocess\n"
        f"os.system({start!r})\n"
        f"subprocess.run(['sh', '-c', {start!r}], close_fds=False)\n"
        "null = os.open(os.devnull, os.O_RDWR)\n"
        "actions = [(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)]\n"
        "os.posix_spawnp('sleep', ['sleep', '30'], os.environ, file_actions=actions)\n",
    )
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "swifttrace", *PLAIN, "--fd", str(writing), program]
    with subprocess.Popen(
        command, pass_fds=[writing], env=clean_environment(), start_new_session=True
    ) as running:
        os.close(writing)
        with open(reading, "rb") as pipe:
            trace = pipe.read()  # to the last writer's end
        assert running.wait() == 0
        os.killpg(running.pid, signal.SIGTERM)
    assert trace.count(b"\n") == 6


# -- and Python children do ----------------------------------------------------------------

# Lines of ours, of a child and ours again, to one place.
TURNS = f"""\
import subprocess, sys
for n in range(3):
    subprocess.run({CHILD})
    x = n
"""
TURNS_TRACE = [
    "+ import subprocess, sys",
    *["+ for n in range(3):", f"+     subprocess.run({CHILD})", "++ {N} child = 1"],
    *["+ {N}     x = n", "+ {N} for n in range(3):", f"+ {{N}}     subprocess.run({CHILD})"],
    *["++ {N} child = 1", "+ {N}     x = n", "+ {N} for n in range(3):"],
    *[f"+ {{N}}     subprocess.run({CHILD})", "++ {N} child = 1", "+ {N}     x = n"],
    "+ {N} for n in range(3):",
]


def test_parent_and_children_append_to_a_file_that_was_not_opened_so(write, tmp_path):
    program = write("program.py", TURNS)
    with open(tmp_path / "trace", "wb") as file:
        file.write(b"before\n")
        file.flush()
        options = [*PLAIN, "--fd", str(file.fileno())]
        ended = run_swifttrace(*options, program, pass_fds=[file.fileno()])
        os.write(file.fileno(), b"after\n")
    assert (ended.returncode, ended.stderr) == (0, b"")
    trace = without_pids((tmp_path / "trace").read_bytes())
    assert trace == ["before", *TURNS_TRACE, "after"]


def test_a_program_that_takes_our_number_for_itself_keeps_its_file(write, tmp_path):
    program = write(
        "program.py",
        "import os, subprocess, sys\n"
        "os.close(int(sys.argv[1]))\n"
        "own = os.open('own', os.O_RDWR | os.O_CREAT)\n"
        "os.dup2(own, int(sys.argv[1]))\n"
        f"subprocess.run({CHILD})\n",
    )
    reading, writing = os.pipe()
    options = [*PLAIN, "--fd", str(writing), program, str(writing)]
    ended = run_swifttrace(*options, pass_fds=[writing], cwd=tmp_path)
    os.close(writing)
    with open(reading, "rb") as pipe:
        assert "++ {N} child = 1" in without_pids(pipe.read())
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert (tmp_path / "own").read_bytes() == b""


def test_a_program_that_closes_all_descriptors_has_its_children_say_so(write, tmp_path):
    program = write(
        "program.py",
        f"import os, subprocess, sys\nos.closerange(3, 1024)\nsubprocess.run({CHILD})\n",
    )
    reading, writing = os.pipe()
    ended = run_swifttrace(*PLAIN, "--fd", str(writing), program, pass_fds=[writing])
    os.close(writing)
    with open(reading, "rb") as pipe:
        assert b"child" not in pipe.read()
    assert ended.returncode == 0
    assert re.fullmatch(
        "swifttrace: trace stopped: cannot write: Bad file descriptor\n"
        "swifttrace: SWIFTTRACE: cannot open the trace's descriptor: "
        r"\[Errno 2\] No such file or directory: '/proc/\d+/fd/\d+'\n",
        ended.stderr.decode(),
    )


@pytest.mark.parametrize(
    "way", ["os.fork() or os.execv(sys.executable, ", "os.spawnv(os.P_NOWAIT, sys.executable, "]
)
def test_a_fork_that_runs_another_program_finds_its_parent_s_descriptor(way, write, tmp_path):
    program = write(
        "program.py",
        "import os, sys, swifttrace\n"
        "file = open('trace', 'wb')\n"
        "os.unlink('trace')\n"
        "reading, writing = os.pipe()\n"
        "swifttrace.enable(fd=writing, follow=True)\n"
        f"{way}{CHILD})\n"
        "os.wait()\n"
        "swifttrace.disable()\n"
        "os.close(writing)\n"
        "sys.stdout.write(open(reading).read())\n",
    )
    ended = run_python(program, env=QUIET, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert "++ {N} child = 1" in without_pids(ended.stdout)


EXEC = f"import os, sys\nos.execv(sys.executable, {CHILD})\n"


def test_a_program_that_replaces_ours_goes_on_in_a_file_that_has_a_name(write, tmp_path):
    with open(tmp_path / "trace", "wb") as file:
        options = [*PLAIN, "--fd", str(file.fileno())]
        ended = run_swifttrace(*options, write("program.py", EXEC), pass_fds=[file.fileno()])
    assert (ended.returncode, ended.stderr) == (0, b"")
    trace = (tmp_path / "trace").read_text().splitlines()
    assert trace == [
        "+ import os, sys",
        f"+ os.execv(sys.executable, {CHILD})",
        "+ child = 1",
    ]


def test_a_pipe_does_not_outlive_the_program_that_has_it(write):
    reading, writing = os.pipe()
    options = [*PLAIN, "--fd", str(writing)]
    ended = run_swifttrace(*options, write("program.py", EXEC), pass_fds=[writing])
    os.close(writing)
    with open(reading, "rb") as pipe:
        assert pipe.read().count(b"\n") == 2
    assert ended.returncode == 0
    assert ended.stderr.count(b"\n") == 1
    assert b"swifttrace: SWIFTTRACE: cannot open the trace's descriptor: [Errno 2]" in ended.stderr


ORPHAN = """\
import os, subprocess, sys
if os.fork() == 0:
    until_the_end, end = os.pipe()
    if os.fork() == 0:
        os.close(end)
        os.read(until_the_end, 1)
        subprocess.run([sys.executable, "-c", "child = 1"])
    os._exit(0)
os.wait()
"""


def test_a_daemon_s_children_are_traced_when_its_parent_has_gone(write, tmp_path):
    program = write("program.py", ORPHAN)
    reading, writing = os.pipe()
    ended = run_swifttrace(*PLAIN, "--fd", str(writing), program, pass_fds=[writing], env=QUIET)
    os.close(writing)
    with open(reading, "rb") as pipe:
        trace = pipe.read()
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert "++++ {N} child = 1" in without_pids(trace)


def test_a_socket_cannot_be_opened_by_children_who_say_so(write):
    import socket

    program = write("program.py", f"import subprocess, sys\nsubprocess.run({CHILD})\n")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ended = run_swifttrace(
            *PLAIN, "--fd", str(theirs.fileno()), program, pass_fds=[theirs.fileno()]
        )
        theirs.close()
        assert ours.recv(1000).count(b"\n") == 2
    assert (ended.returncode, ended.stderr.count(b"\n")) == (0, 1)
    assert b"cannot open the trace's descriptor: [Errno 6]" in ended.stderr
