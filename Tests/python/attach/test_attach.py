"""``swifttrace attach PID``: what is printed, and what the process is afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import swifttrace
from attached import (
    LOOP,
    SLEEP,
    attach,
    attaching,
    interrupted,
    needs_ptrace,
    ours,
    read_until,
    running,
    wait_until,
)
from conftest import ROOT, TIMEOUT, clean_environment
from swifttrace.attach import loading

pytestmark = needs_ptrace

LOADING = os.path.join(os.path.dirname(swifttrace.__file__), "attach", "loading.py")
WAITS = {
    "sleep": "while True: time.sleep(0.05); beat()",
    "recv": "while True: end.recv(1); beat()",
    "select": "while True: select.select([end], [], []); end.recv(1); beat()",
    "poll": "p = select.poll(); p.register(end, 1)\nwhile True: p.poll(); end.recv(1); beat()",
    "epoll": "p = select.epoll(); p.register(end, 1)\nwhile True: p.poll(); end.recv(1); beat()",
    "read": "while True: os.read(end.fileno(), 1); beat()",
    "waitpid": "while True: subprocess.run(['sleep', '0.1']); beat()",
    "lock": "while True: lock.acquire(timeout=0.1); beat()",
    "queue": "while True: tasks.get(); beat()",
    "join": "while True:\n    t = threading.Thread(target=time.sleep, args=(0.1,)); t.start()\n"
    "    t.join(); beat()",
    "asyncio": "async def main():\n    while True: await asyncio.sleep(0.05); beat()\n"
    "asyncio.run(main())",
}
WAITING = """\
import asyncio, os, queue, select, socket, subprocess, sys, threading, time
end, other = socket.socketpair()
lock = threading.Lock(); lock.acquire()
tasks = queue.Queue()
beats = 0
def beat():
    global beats
    beats += 1
def feed():
    while True:
        time.sleep(0.1); other.send(b"x"); tasks.put(1)
threading.Thread(target=feed, daemon=True).start()
print("ready", flush=True)
"""


@pytest.fixture
def loop(tmp_path):
    (tmp_path / "loop.py").write_text(LOOP)
    with running(tmp_path / "loop.py") as process:
        yield process


@pytest.fixture
def sleeper(tmp_path):
    (tmp_path / "sleeper.py").write_text(SLEEP)
    with running(tmp_path / "sleeper.py") as process:
        yield process


def test_a_busy_loop_is_traced_for_as_long_as_is_said(loop):
    ended = attach(loop.pid, "-xx", "--for", "0.1")
    assert (ended.returncode, ended.stderr) == (0, b"")
    round_of_loop = (
        b"+ [     8]     number = step(number) % 1000\n"
        b"+ [     3]     double = number + 7\n"
        b"+ [     4]     return double\n"
        b"+ [     7] while True:\n"
    )
    assert round_of_loop * 10 in ended.stdout
    assert loop.poll() is None


def test_ctrl_c_ends_the_trace_and_not_the_program(sleeper):
    with attaching(sleeper.pid, "--values") as command:
        read_until(command, b"# double = ")
        assert interrupted(command)[1] == b""
        assert command.returncode == 0
    assert sleeper.poll() is None
    assert ours(sleeper) == []


def test_the_end_of_the_program_ends_the_trace(sleeper):
    with attaching(sleeper.pid) as command:
        read_until(command, b"+ ")
        sleeper.terminate()
        _, said = command.communicate(timeout=TIMEOUT)
    assert command.returncode == 0
    assert said == b"swifttrace: process %d has ended\n" % sleeper.pid


def test_nothing_is_left_in_the_directory_for_temporary_files(tmp_path):
    (tmp_path / "loop.py").write_text(LOOP)
    left = tmp_path / "temporary"
    left.mkdir()
    with running(tmp_path / "loop.py") as program:
        for _ in range(5):
            ended = attach(program.pid, "--for=0.01", env=clean_environment(TMPDIR=str(left)))
            assert ended.returncode == 0
    assert list(left.rglob("*")) == []


@pytest.mark.parametrize("is_own_thread", [True, False])
def test_a_thread_of_ours_leaves_no_sign_once_it_has_answered(tmp_path, monkeypatch, is_own_thread):
    monkeypatch.setattr(loading, "work", lambda request: None)
    loading.begin({"directory": str(tmp_path), "is_own_thread": is_own_thread})
    signs = [each.name.partition("-")[0] for each in tmp_path.iterdir()]
    assert sorted(signs) == (["begun"] if is_own_thread else ["begun", "ran"])


def test_the_programs_own_output_has_nothing_of_the_trace(tmp_path):
    (tmp_path / "program.py").write_text(LOOP.replace("while True", "while not sys.stdin.closed"))
    with running(tmp_path / "program.py") as program:
        for options in (["-xxx"], ["--calls"], ["--last=5"], ["--statements"]):
            assert attach(program.pid, "--for=0.05", *options).stdout
        program.terminate()
        assert program.communicate(timeout=TIMEOUT) == (b"", b"")


def test_lines_go_to_a_file_that_is_named_from_here(sleeper, tmp_path):
    ended = attach(sleeper.pid, "-o", "lines", "-xx", "--for=0.2", cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
    lines = (tmp_path / "lines").read_bytes()
    assert b"+ [     3]     double = number + 7\n" in lines
    assert lines.startswith(b"# ")


def test_last_prints_the_last_lines_at_the_end(sleeper):
    ended = attach(sleeper.pid, "-xx", "--last=4", "--for=0.3")
    assert ended.stdout.count(b"+ [") == 4


def test_watch_shows_the_lines_that_change_a_value(sleeper):
    with attaching(sleeper.pid, "--watch", "number") as command:
        assert b"# number = " in read_until(command, b" \xe2\x86\x92 ")


def test_a_second_attach_works_and_two_at_once_do_not(sleeper):
    with attaching(sleeper.pid) as command:
        read_until(command, b"+ ")
        refused = attach(sleeper.pid, "--for=0.1")
        assert refused.returncode == 2
        assert b"traces it already: attach --off ends that trace" in refused.stderr
        interrupted(command)
    assert attach(sleeper.pid, "--for=0.2").stdout.startswith(b"+ ")


def test_off_ends_a_trace_that_was_left(sleeper, tmp_path):
    with attaching(sleeper.pid, "-o", tmp_path / "lines") as command:
        wait_until(lambda: (tmp_path / "lines").exists() and (tmp_path / "lines").stat().st_size)
        ended = attach("--off", sleeper.pid)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
        interrupted(command)
    assert ours(sleeper) == []
    again = attach("--off", sleeper.pid)
    assert again.stderr == b"swifttrace: process %d: it is not traced\n" % sleeper.pid


@pytest.mark.parametrize("waits", WAITS)
def test_a_program_that_waits_is_traced_from_its_next_line_on(waits, tmp_path):
    (tmp_path / "waits.py").write_text(WAITING + WAITS[waits] + "\n")
    with running(tmp_path / "waits.py") as program:
        with attaching(program.pid, "-xx") as command:
            read_until(command, b"    beats += 1\n")
            _, said = interrupted(command)
            assert (command.returncode, said) == (0, b"")
        assert program.poll() is None


@pytest.mark.parametrize("moment", range(6))
def test_the_program_lives_if_the_command_is_killed(loop, moment):
    with attaching(loop.pid) as command:
        with pytest.raises(subprocess.TimeoutExpired):
            command.wait(0.04 * moment)
        command.kill()
    wait_until(lambda: attach(loop.pid, "--for=0.1").stdout.startswith(b"+ "))
    wait_until(lambda: not ours(loop))
    assert loop.poll() is None


@pytest.mark.parametrize("options", [["-I"], ["-S"], ["-I", "-S"], ["-O"]])
def test_a_python_that_does_not_find_the_package_is_given_ours(options, tmp_path):
    (tmp_path / "sleeper.py").write_text(SLEEP)
    with running(tmp_path / "sleeper.py", options=options) as program:
        assert b"double = number + 7\n" in attach(program.pid, "--for=0.2").stdout


def other_pythons():
    """Return the interpreters of the other environments of this checkout."""
    found = sorted((ROOT / ".venvs").glob("3.*/bin/python"))
    return [path for path in found if Path(sys.prefix) != path.parent.parent]


@pytest.mark.parametrize("python", other_pythons(), ids=lambda path: path.parent.parent.name)
def test_another_version_of_python_is_attached_to(python, tmp_path):
    (tmp_path / "sleeper.py").write_text(SLEEP)
    with running(tmp_path / "sleeper.py", python=python, options=["-I", "-S"]) as program:
        assert b"double = number + 7\n" in attach(program.pid, "--for=0.2").stdout


def test_the_text_of_a_program_given_by_c_is_shown():
    with running(SLEEP) as program:
        assert b"+     double = number + 7\n" in attach(program.pid, "--for=0.2").stdout


def test_a_module_of_the_standard_library_is_traced_as_a_project(tmp_path):
    (tmp_path / "mine.py").write_text(SLEEP)
    code = "import runpy; runpy.run_path('mine.py')"
    with running("import mine", python=sys.executable, PYTHONPATH=str(tmp_path)) as program:
        ended = attach(program.pid, "--scope=all", "--include=*/mine.py", "--for=0.2")
        assert b"double = number + 7\n" in ended.stdout, code


def test_a_process_of_another_user_is_attached_to_by_root(tmp_path):
    if os.geteuid():
        pytest.skip("needs root")
    code = SLEEP.replace(
        "print(", "import fcntl, os, __future__; os.setgid(65534); os.setuid(65534)\nprint(", 1
    )
    with running(code, options=["-I", "-S"]) as program:
        ended = attach(program.pid, "--for=0.2")
        assert b"double = number + 7\n" in ended.stdout, ended.stderr
        ended = attach(program.pid, "--for=0.2", "--values")
        assert b"    # double = " in ended.stdout, ended.stderr
        ended = attach(program.pid, "--for=0.2", "-o", tmp_path / "lines")
        assert b"Permission denied" in ended.stderr


def test_a_program_that_traces_itself_goes_on_doing_so(tmp_path):
    own = str(tmp_path / "own")
    (tmp_path / "program.py").write_text(
        f"import swifttrace\n{SLEEP}    if number == 0: swifttrace.enable(2, output={own!r})\n"
    )
    with running(tmp_path / "program.py") as program:
        assert attach(program.pid, "--for=0.2").stdout.startswith(b"+ ")
        assert program.poll() is None


def test_the_trace_function_of_a_program_stays_and_sees_the_script_at_most(tmp_path):
    (tmp_path / "program.py").write_text(
        "import sys\nseen = set()\n"
        "def watch(frame, event, value):\n    seen.add(frame.f_code.co_filename)\n"
        f"known = {{__file__, '<string>', {LOADING!r}}}\n"
        + LOOP.replace("number = 0", "number = 0\nsys.settrace(watch)").replace(
            "while True:", "while not sys.stdin.closed:"
        )
        + "    if number % 100 == 1 and seen - known: print(seen - known, flush=True); sys.exit()\n"
        "    if sys.gettrace() is not watch: print('gone', flush=True)\n"
    )
    with running(tmp_path / "program.py") as program:
        assert attach(program.pid, "--for=0.2").stdout.startswith(b"+ ")
        assert attach(program.pid, "--for=0.2").stdout.startswith(b"+ ")
        program.send_signal(signal.SIGTERM)
        assert program.communicate(timeout=TIMEOUT) == (b"", b"")


def test_a_second_command_changes_the_level_of_the_lines(sleeper):
    with attaching(sleeper.pid, "-x") as first:
        read_until(first, b"+     double = number + 7\n")
        ended = attach(sleeper.pid, "--level", "3")
        assert (ended.returncode, ended.stdout) == (0, b"")
        said = f"swifttrace: process {first.pid} traces it, at level 3 from here on\n"
        assert ended.stderr.decode() == said
        read_until(first, b"sleeper.py:3     ]     double = number + 7\n")
        assert interrupted(first)[1] == b""
    assert ours(sleeper) == []


PARENT = """\
import subprocess, sys, time
print("ready", flush=True)
while True:
    time.sleep(0.01)
    subprocess.run([sys.executable, sys.argv[1], str(time.monotonic() + 0.4)])
"""
CHILD = """\
import sys, time
while time.monotonic() < float(sys.argv[1]):
    time.sleep(0.01)
"""


def test_children_that_are_there_and_that_come_are_traced_too(tmp_path):
    (tmp_path / "child.py").write_text(CHILD)
    with running(PARENT, tmp_path / "child.py") as program:
        with attaching(program.pid, "--children", "-x") as command:
            of_child = b"} while time.monotonic() < float(sys.argv[1]):\n"
            found = b""
            while len({line[3:12] for line in found.splitlines() if of_child[:-1] in line}) < 2:
                found += read_until(command, of_child)
            read_until(command, b"+ {%d} " % program.pid)
            said = interrupted(command)[1]
        assert (command.returncode, said) == (0, b"")
