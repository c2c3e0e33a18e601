"""Patterns that no environment variable has room for: refused before anything runs."""

from __future__ import annotations

import os

import pytest
from conftest import run_python, run_swifttrace

SCRIPT = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'print(1)'], check=True)\n"
MOST = 32 * os.sysconf("SC_PAGE_SIZE")


def patterns(option, length):
    """Return as many as have that length together."""
    return [f"{option}=" + "x" * 1000 for _ in range(length // 1000)]


@pytest.mark.parametrize("option", ["--include", "--exclude"])
def test_too_many_are_refused_in_one_line(write, tmp_path, option):
    script = write("script.py", SCRIPT)
    ended = run_swifttrace("-o", "trace", *patterns(option, MOST), script, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.startswith(b"swifttrace: what child processes are told is ")
    assert ended.stderr.count(b"\n") == 1
    assert len(ended.stderr) < 250
    assert not (tmp_path / "trace").exists()


def test_commas_and_the_directory_count_as_they_are_written(write, tmp_path):
    script = write("script.py", SCRIPT)
    directory = write(f"{'d' * 200}/{'e' * 200}/empty", "").parent
    relative = [f"--include=a/{number}" for number in range(MOST // 300)]
    commas = ["--include=" + "," * 1000 for _ in range(MOST // 1800)]
    for options in (relative, commas):
        ended = run_swifttrace(*options, script, cwd=directory)
        assert (ended.returncode, ended.stdout) == (2, b"")


def test_as_many_as_there_is_room_for_reach_the_children(write):
    script = write("script.py", SCRIPT)
    ended = run_swifttrace(*patterns("--exclude", MOST - 20_000), script)
    assert (ended.returncode, ended.stdout) == (0, b"1\n")
    assert b"print(1)\n" in ended.stderr


def test_where_no_child_is_followed_there_may_be_any_number(write):
    script = write("script.py", SCRIPT)
    ended = run_swifttrace("--no-follow", *patterns("--exclude", 2 * MOST), script)
    assert (ended.returncode, ended.stdout) == (0, b"1\n")


def test_the_function_raises(write):
    script = "import swifttrace\nswifttrace.enable(follow=True, exclude=['x' * 100] * 2000)\n"
    ended = run_python(write("script.py", script))
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith(b"ValueError: what child processes are told is ")
