"""A signal that SWIFTTRACE arms begins the trace, and ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from attached import SLEEP, ours, read_until, running, wait_until
from conftest import TIMEOUT, clean_environment, run_python
from swifttrace.launch.armed import asking_file


def test_the_signal_begins_and_ends_the_trace(tmp_path):
    program_file, lines = tmp_path / "sleeper.py", tmp_path / "lines"
    program_file.write_text(SLEEP)
    variable = f"off,signal=USR2,level=2,output={lines}"
    with running(program_file, SWIFTTRACE=variable) as program:
        for _ in range(3):
            lines.unlink(missing_ok=True)
            program.send_signal(signal.SIGUSR2)
            wait_until(lambda: lines.exists() and b"+ [     3] " in lines.read_bytes())
            program.send_signal(signal.SIGUSR2)
            wait_until(lambda: b" ended" in lines.read_bytes() or b" lines" in lines.read_bytes())
            size = lines.stat().st_size
            time.sleep(0.1)
            assert lines.stat().st_size == size
        program.terminate()
        assert program.communicate(timeout=TIMEOUT) == (b"", b"")


def test_nothing_is_traced_before_the_signal_and_the_lines_go_where_it_says(tmp_path):
    (tmp_path / "sleeper.py").write_text(SLEEP)
    with running(tmp_path / "sleeper.py", SWIFTTRACE="off,signal=SIGUSR2,fd=1") as program:
        program.send_signal(signal.SIGUSR2)
        assert b"+     double = number + 7\n" in read_until(program, b"return double\n")


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("off", "off and signal need each other: off,signal=USR2"),
        ("signal=USR2", "off and signal need each other: off,signal=USR2"),
        ("off,signal=KILL", "signal must be the name of a signal that can be caught, not 'KILL'"),
        ("off,signal=no", "signal must be the name of a signal that can be caught, not 'no'"),
        ("off,signal=USR2,level=9", "level must be 1, 2 or 3"),
    ],
)
def test_a_bad_value_is_one_line_and_the_program_runs(variable, said):
    ended = run_python("-c", "print(1)", env={"SWIFTTRACE": variable})
    assert (ended.returncode, ended.stdout) == (0, b"1\n")
    assert ended.stderr.startswith(b"swifttrace: SWIFTTRACE: ")
    assert said in ended.stderr.decode()
    assert ended.stderr.count(b"\n") == 1


# The command, where the system does not let it read the memory of another process.
REFUSED = """\
import runpy, sys
from swifttrace.processes.process import Memory
def refuse(self, process):
    raise process.refused()
Memory.__init__ = refuse
sys.argv[0] = "swifttrace"
runpy.run_module("swifttrace", run_name="__main__", alter_sys=True)
"""


def attach_refused(*arguments):
    """Run `swifttrace attach` to its end."""
    command = [sys.executable, "-c", REFUSED, "attach", *map(str, arguments)]
    environment = clean_environment()
    return subprocess.run(command, capture_output=True, timeout=TIMEOUT, env=environment)


def test_attach_uses_the_signal_where_ptrace_is_not_allowed(tmp_path):
    (tmp_path / "sleeper.py").write_text(SLEEP)
    lines = tmp_path / "lines"
    with running(tmp_path / "sleeper.py", SWIFTTRACE=f"off,signal=USR2,output={lines}") as program:
        for _ in range(2):
            ended = attach_refused(program.pid, "--for=0.2", "-xx")
            assert (ended.returncode, ended.stderr) == (0, b"")
            assert b"+ [     3]     double = number + 7\n" in ended.stdout
        assert not os.path.exists(asking_file(program.pid))
        assert ours(program) == []
        assert not lines.exists()
        program.send_signal(signal.SIGUSR2)
        wait_until(lambda: lines.exists() and b"double = " in lines.read_bytes())
        program.terminate()
        assert program.communicate(timeout=TIMEOUT) == (b"", b"")


def test_a_signal_without_a_handler_is_not_sent(tmp_path):
    (tmp_path / "sleeper.py").write_text(SLEEP)
    with running(tmp_path / "sleeper.py", SWIFTTRACE="off,signal=USR2,level=9") as program:
        ended = attach_refused(program.pid, "--for=0.1")
        assert (ended.returncode, ended.stdout) == (2, b"")
        assert ended.stderr.startswith(b"swifttrace: process %d may not be " % program.pid)
        assert program.poll() is None


def test_a_file_of_another_user_is_not_what_attach_asks_for(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    (tmp_path / "sleeper.py").write_text(SLEEP)
    lines, told = tmp_path / "lines", tmp_path / "told"
    (tmp_path / "script").write_text(f"open({str(told)!r}, 'w')")
    with running(tmp_path / "sleeper.py", SWIFTTRACE=f"off,signal=USR2,output={lines}") as program:
        asking = Path(asking_file(program.pid))
        try:
            asking.write_text(str(tmp_path / "script"))
            asking.chmod(0o600)
            os.chown(asking, 65534, 65534)
            program.send_signal(signal.SIGUSR2)
            wait_until(lambda: lines.exists() and b"double = " in lines.read_bytes())
        finally:
            asking.unlink()
    assert not told.exists()
