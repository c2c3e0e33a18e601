"""A signal that SWIFTTRACE arms begins the trace, and ends it."""

from __future__ import annotations

import os
import signal
import time

import pytest
from attached import SLEEP, attach, read_until, running, wait_until
from conftest import TIMEOUT, run_python


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


def test_attach_names_the_signal_where_ptrace_is_not_allowed(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may always attach")
    (tmp_path / "sleeper.py").write_text(SLEEP)
    with running(tmp_path / "sleeper.py", SWIFTTRACE="off,signal=USR2") as program:
        ended = attach(program.pid, "--for=0.1")
        assert ended.returncode == 0 or b"kill -USR2" in ended.stderr
