"""A trace in a file that the program writes to as well: its output stays, and so do the lines."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import clean_environment, run_swifttrace
from launching import numbered

PRINTS = "".join(f"print('output {n}', flush=True)\n" for n in range(1, 6))
PRINTED = [f"output {n}\n".encode() for n in range(1, 6)]
EARLIER = b"what was there before\n"


def run_in_shell(redirection, *arguments, cwd):
    command = [sys.executable, "-m", "swifttrace", *map(os.fspath, arguments)]
    shell = ["sh", "-c", f'exec "$@" {redirection}', "sh", *command]
    return subprocess.run(
        shell, cwd=cwd, env=clean_environment(), capture_output=True, check=False, timeout=60
    )


def lines_of(content, *beginnings):
    return [line for line in content.splitlines(keepends=True) if line.startswith(beginnings)]


@pytest.mark.parametrize("redirection", [">>log", ">log", "2>>log >&2"])
@pytest.mark.parametrize("output", ["log", "/dev/stdout", "/proc/self/fd/1"])
def test_a_file_that_is_standard_output_has_the_output_and_the_lines(
    output, redirection, write, tmp_path
):
    write("program.py", PRINTS)
    log = write("log", EARLIER)
    ended = run_in_shell(
        redirection, "-xx", "--no-banner", "-o", output, "program.py", cwd=tmp_path
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
    content = log.read_bytes()
    assert lines_of(content, b"output") == PRINTED
    if ">>" in redirection:
        assert content.startswith(EARLIER)
        assert b"".join(lines_of(content, b"+")) == numbered(PRINTS)


def test_a_ring_s_file_that_is_standard_output_is_refused(write, tmp_path):
    write("program.py", PRINTS)
    log = write("log", EARLIER)
    ended = run_in_shell(">>log", "--last", "5", "-o", "log", "program.py", cwd=tmp_path)
    said = b"swifttrace: cannot write to log: the program's own output goes there\n"
    assert (ended.returncode, ended.stderr, log.read_bytes()) == (2, said, EARLIER)


@pytest.mark.parametrize("lines", [1, 20_000])
def test_what_a_program_appends_to_the_file_itself_stays(lines, write, tmp_path):
    source = f"""\
log = open("log", "a")
for i in range({lines}):
    if i % 1000 == 0: log.write(f"logged {{i}}\\n"); log.flush()
"""
    write("program.py", source)
    ended = run_swifttrace("-xx", "-o", "log", "program.py", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    # Where our lines ended by then there are blanks, up to the piece's end.
    content = [line.lstrip(b" ") for line in (tmp_path / "log").read_bytes().splitlines(True)]
    assert lines_of(b"".join(content), b"logged") == [
        b"logged %d\n" % n for n in range(0, lines, 1000)
    ]
    expected = numbered(source, 1, *[2, 3] * lines, 2)
    assert b"".join(lines_of(b"".join(content), b"+")) == expected
    assert content[-1].endswith(b" ended with status 0: %d lines\n" % (2 * lines + 2))


@pytest.mark.parametrize("options", [(), ("--last", "100")])
@pytest.mark.parametrize("first", ["enable", "faulthandler"])
def test_a_cut_file_ends_no_program_that_has_faulthandler(first, options, write, tmp_path):
    source = f"""\
import faulthandler, os, swifttrace
def enable(): swifttrace.enable(2, output="log", {"last=100" if options else ""})
{first}{".enable" * (first != "enable")}()
{"enable" if first != "enable" else "faulthandler.enable"}()
def loop(n):
    for i in range(n):
        pass
loop(1000)
os.truncate("log", 0)
loop(30_000)
print("done")
"""
    program = write("program.py", source)
    ended = subprocess.run(
        [sys.executable, program],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (0, b"done\n"), ended.stderr
    assert b"swifttrace: trace stopped: the file was cut by another process\n" in ended.stderr
