"""Texts that cannot be read a second time, and what is typed at the prompt."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
import time

import pytest
from conftest import TIMEOUT, clean_environment, run_swifttrace
from launching import numbered, run_alike

SOURCE = "def f():\n    return 1\nprint(f())\n"
LINES = numbered(SOURCE, 1, 3, 2)


def test_a_script_by_a_pipe_shows_its_text(tmp_path):
    """As `swifttrace <(...)`."""
    ours, theirs = os.pipe()
    os.write(theirs, SOURCE.encode())
    os.close(theirs)
    try:
        ended = run_swifttrace("-xx", f"/dev/fd/{ours}", cwd=tmp_path, pass_fds=[ours])
    finally:
        os.close(ours)
    assert (ended.stdout, ended.stderr) == (b"1\n", LINES)


def test_a_script_from_dev_stdin_shows_its_text(tmp_path):
    assert run_alike(tmp_path, "/dev/stdin", input=SOURCE.encode()).trace == LINES


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_script_from_a_fifo_shows_its_text(encoding, tmp_path):
    source = f"# coding: {encoding}\nprint(ascii('é'))\n"
    os.mkfifo(tmp_path / "script")
    writer = threading.Thread(
        target=(tmp_path / "script").write_bytes, args=[source.encode(encoding)]
    )
    writer.start()
    ended = run_swifttrace("-xx", "script", cwd=tmp_path)
    writer.join()
    assert (ended.stdout, ended.stderr) == (b"'\\xe9'\n", numbered("\nprint(ascii('é'))\n", 2))


TYPED = ["x = 41\n", "def f():\n    return x + 1\n\n", "print(f())\n", "exit()\n"]


def at_prompt(*arguments, term, cwd, env=None):
    """Type at a terminal's prompt; return what went to standard error."""
    ours, theirs = pty.openpty()
    error = cwd / "stderr"
    with (
        error.open("wb") as stderr,
        subprocess.Popen(
            [sys.executable, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=stderr,
            cwd=cwd,
            env=clean_environment(TERM=term, **(env or {})),
            start_new_session=True,
        ) as running,
    ):
        os.close(theirs)
        shown = b""
        for text in TYPED:
            while shown.count(b">>>") == 0:
                shown += os.read(ours, 65536)
            shown = b""
            time.sleep(0.2)
            os.write(ours, text.encode())
        threading.Thread(target=drain, args=[ours], daemon=True).start()
        running.wait(TIMEOUT)
    return error.read_text()


def drain(terminal):
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        pass


@pytest.mark.skipif(sys.version_info < (3, 13), reason="nobody keeps the text before 3.13")
@pytest.mark.parametrize("term", ["dumb", "xterm"])
@pytest.mark.parametrize("how", ["environment", "-i"])
def test_what_is_typed_at_the_prompt_is_traced_with_its_text(how, term, write, tmp_path):
    write("program.py", "pass\n")
    if how == "environment":
        said = at_prompt("-q", term=term, cwd=tmp_path, env={"SWIFTTRACE": "2"})
    else:
        command = ["-i", "-m", "swifttrace", "-xx", "program.py"]
        said = at_prompt(*command, term=term, cwd=tmp_path)
    # The prompt indents by itself.
    lines = [line.split("] ", 1)[1].strip() for line in said.splitlines() if line[:1] == "+"]
    typed = ["x = 41", "def f():", "print(f())", "return x + 1", "exit()"]
    assert lines == (["pass"] if how == "-i" else []) + typed
