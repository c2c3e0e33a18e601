"""What cannot be attached to: one clear line, status 2, and the process is as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from attached import SLEEP, attach, attaching, interrupted, needs_ptrace, read_until, running
from conftest import TIMEOUT, clean_environment

HAS_REMOTE = sys.version_info >= (3, 14)
needs_remote = pytest.mark.skipif(not HAS_REMOTE, reason="there is no remote debugging before 3.14")


def refused(*arguments, **how):
    """Return what the command says, in one line."""
    ended = attach(*arguments, **how)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.startswith(b"swifttrace: ")
    assert ended.stderr.count(b"\n") == 1
    return ended.stderr.decode()[len("swifttrace: ") : -1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "attach needs the number of one process (try attach --help)"),
        (["1", "2"], "attach needs the number of one process (try attach --help)"),
        (["x"], "attach needs the number of a process, not 'x' (try attach --help)"),
        (["-1"], "unknown option -1 (try attach --help)"),
        (["1", "--for", "x"], "--for needs a number of seconds, not 'x' (try attach --help)"),
        (["1", "--for", "nan"], "--for needs a number of seconds, not 'nan' (try attach --help)"),
        (["1", "--for", "0"], "--for needs a number of seconds, not '0' (try attach --help)"),
        (["1", "--for"], "--for needs a value (try attach --help)"),
        (["1", "--fd=3"], "fd cannot be used with attach (try attach --help)"),
        (
            ["1", "--fold"],
            "fold cannot be used with attach: use --record -o FILE, then swifttrace show --fold"
            " (try attach --help)",
        ),
        (["1", "--pdb"], "pdb cannot be used with attach (try attach --help)"),
        (["1", "--level=7"], "--level: the level must be 1, 2 or 3 (try attach --help)"),
        (["-m", "x"], "attach starts no program: it needs the number of a process"),
        (["999999999"], "there is no process 999999999"),
        (["--name", "no such"], "no Python process has 'no such' in its command line"),
    ],
)
def test_a_command_line_that_makes_no_sense(arguments, said):
    found = refused(*arguments)
    assert found == said or found.startswith(said)


@needs_ptrace
def test_a_process_that_runs_no_python_names_those_that_do(tmp_path):
    (tmp_path / "below.py").write_text(SLEEP)
    command = ["sh", "-c", f"{sys.executable} {tmp_path}/below.py; true"]
    with subprocess.Popen(command, stdout=-1, env=clean_environment()) as shell:
        try:
            assert shell.stdout.readline() == b"ready\n"
            said = refused(shell.pid)
            assert said.startswith(f"process {shell.pid} is no Python process; these are: ")
            below = int(said.split("these are: ")[1].split()[0])
            assert f"{below} ({os.path.basename(sys.executable)} " in said
            assert "below.py" in said
        finally:
            os.kill(below, signal.SIGKILL)


@needs_ptrace
@needs_remote
@pytest.mark.parametrize("way", ["option", "variable"])
def test_a_process_that_was_told_not_to_allow_it(way, tmp_path):
    (tmp_path / "sleeper.py").write_text(SLEEP)
    options = ["-X", "disable-remote-debug"] if way == "option" else []
    environment = {} if way == "option" else {"PYTHON_DISABLE_REMOTE_DEBUG": "1"}
    with running(tmp_path / "sleeper.py", options=options, **environment) as program:
        said = refused(program.pid)
        assert "PYTHON_DISABLE_REMOTE_DEBUG or -X disable-remote-debug" in said
        assert program.poll() is None


@needs_ptrace
def test_a_stopped_process_is_not_waited_for(tmp_path):
    (tmp_path / "sleeper.py").write_text(SLEEP)
    with running(tmp_path / "sleeper.py") as program:
        program.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, program.pid, os.WSTOPPED)
        said = refused(program.pid)
        assert said == (
            f"process {program.pid} is stopped: continue it first, with kill -CONT {program.pid}"
        )


@needs_ptrace
def test_a_process_that_has_ended_but_is_still_there():
    program = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOWAIT)
    assert refused(program.pid) == f"process {program.pid} has ended"
    program.wait()


@needs_ptrace
def test_a_file_that_cannot_be_written(tmp_path):
    (tmp_path / "sleeper.py").write_text(SLEEP)
    with running(tmp_path / "sleeper.py") as program:
        said = refused(program.pid, "-o", tmp_path / "missing" / "lines")
        assert said.startswith(f"process {program.pid}: ")
        assert "No such file" in said
        assert attach(program.pid, "--for=0.1").returncode == 0


@needs_ptrace
def test_a_program_in_c_code_is_waited_for_and_said_so(tmp_path):
    (tmp_path / "c_code.py").write_text(
        "print('ready', flush=True)\nnumber = 3 ** 2_000_000\n"
        "text = str(number % 3 ** 1_100_000 % 5)\nwhile True: text += '1'; text = text[1:]\n"
    )
    with running(tmp_path / "c_code.py") as program:
        with attaching(program.pid) as command:
            read_until(command, b"+ ")
            _, said = interrupted(command)
            assert said.startswith(b"swifttrace: process %d waits for C code of " % program.pid)
        assert program.poll() is None


@needs_ptrace
def test_a_user_without_the_right_is_told_whose_process_it_is(tmp_path):
    if os.geteuid():
        pytest.skip("needs root, to be somebody else")
    (tmp_path / "sleeper.py").write_text(SLEEP)
    with running(tmp_path / "sleeper.py") as program:
        code = (
            "import os, sys; from swifttrace.cli.main import main; import swifttrace.cli.attach,"
            "swifttrace.attach.command, swifttrace.processes.asking, swifttrace.processes.injection, pwd\n"
            "os.setgid(65534); os.setuid(65534)\n"
            f"sys.argv[1:] = ['attach', '{program.pid}']; main()"
        )
        ended = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, timeout=TIMEOUT, check=False
        )
        assert ended.returncode == 2
        assert b"it belongs to user root: run swifttrace as that user or as root" in ended.stderr
        assert program.poll() is None
