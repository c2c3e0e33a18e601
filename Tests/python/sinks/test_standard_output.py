"""`-` in the place of a file's name is standard output; `./-` is a file."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import TIMEOUT, clean_environment, run_python, run_swifttrace
from launching import numbered

SOURCE = "x = 1\nprint('printed', flush=True)\n"
TRACE = numbered(SOURCE) + b"printed\n"
ENABLES = "import swifttrace\nswifttrace.enable(2, output={}, banner=False)\n" + SOURCE
COMMANDS = {
    "-o -": ["-o", "-"],
    "-o-": ["-o-"],
    "--output=-": ["--output=-"],
    "--output -": ["--output", "-"],
    "-a": ["-a", "-o", "-"],
}


@pytest.mark.parametrize("way", COMMANDS)
def test_the_command_prints_there(way, write, tmp_path):
    options = ["-xx", "--no-banner", *COMMANDS[way]]
    program = write("program.py", SOURCE)
    ended = run_swifttrace(*options, program, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, TRACE, b"")
    assert os.listdir(tmp_path) == ["program.py"]


def test_so_does_the_environment(tmp_path):
    environment = {"SWIFTTRACE": "level=2,output=-"}
    ended = run_python("-c", SOURCE, env=environment, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, TRACE, b"")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("output", ["'-'", "b'-'"])
def test_so_does_a_program(output, tmp_path):
    source = ENABLES.format(output)
    ended = run_python("-c", source, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout == numbered(source, 3, 4) + b"printed\n"
    assert os.listdir(tmp_path) == []


FILES = {
    "the command": (["-m", "swifttrace", "-xx", "-o", "./-", "-c", "x = 1"], {}),
    "the environment": (["-c", "x = 1"], {"SWIFTTRACE": "level=2,output=./-"}),
    "a program": (["-c", ENABLES.format("'./-'")], {}),
    "a path object": (["-c", ENABLES.format("__import__('pathlib').Path('./-')")], {}),
}


@pytest.mark.parametrize("way", FILES)
def test_a_file_with_that_name_is_named_otherwise(way, tmp_path):
    arguments, environment = FILES[way]
    ended = run_python(*arguments, env=environment, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"] x = 1\n" in (tmp_path / "-").read_bytes()
    assert b"x = 1" not in ended.stdout


def test_what_children_print_for_this_program_has_no_lines_in_it(write, tmp_path):
    """They trace to where it does, as with `--fd`."""
    source = """\
import subprocess, sys
read = subprocess.run([sys.executable, "-c", "print('read')"], capture_output=True, check=True)
assert read.stdout == b"read\\n", read.stdout
"""
    ended = run_swifttrace("-xx", "-o", "-", write("program.py", source), cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert ended.stdout.count(b"[     1] print('read')\n") == 1
    assert ended.stdout.count(b"] read = subprocess") == 1


def test_a_ring_is_printed_there(tmp_path):
    code = "x = 1\nraise SystemExit('bad')\n"
    ended = run_swifttrace("-xx", "--last=5", "-o", "-", "-c", "x = 1\n1 / 0\n", cwd=tmp_path)
    assert ended.returncode == 1, code
    assert b"the last 2 of 2 lines, at an uncaught exception\n+ [     1] x = 1\n" in ended.stdout
    assert b"# swifttrace" not in ended.stderr
    assert os.listdir(tmp_path) == []


def test_one_that_is_closed_is_an_error(tmp_path):
    command = [sys.executable, "-m", "swifttrace", "-o", "-", "-c", "x = 1"]
    ended = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *command],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )
    said = b"swifttrace: cannot write to descriptor 1: Bad file descriptor\n"
    assert (ended.returncode, ended.stderr) == (2, said)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("options", [["-o", "-", "--fd=2"], ["-o", "-", "--fd=1"]])
def test_it_excludes_a_descriptor(options, tmp_path):
    ended = run_swifttrace(*options, "-c", "x = 1", cwd=tmp_path)
    said = b"swifttrace: output and fd exclude each other (try --help)\n"
    assert (ended.returncode, ended.stderr) == (2, said)


# -- the debug log ---------------------------------------------------------------------------

LOGGED = """\
import os, subprocess, sys
if os.fork() == 0:
    os._exit(0)
os.wait()
read = subprocess.run([sys.executable, "-c", "print('read')"], capture_output=True, check=True)
assert read.stdout == b"read\\n", read.stdout
print("printed")
"""


def test_the_debug_log_may_go_there_and_those_of_children_do_not(write, tmp_path):
    program = write("program.py", LOGGED)
    ended = run_swifttrace("-xx", "-d", "--debug-log", "-", program, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.decode().splitlines()
    assert lines[-2:-1] == ["printed"] or "printed" in lines
    assert sum("command line: " in line for line in lines) == 1
    assert sum("forked, 2 processes deep" in line for line in lines) == 1
    logs = [path for path in tmp_path.iterdir() if path.suffix == ".log"]
    assert [path.read_text().count("command line: ") for path in logs] == [1]
    assert logs[0].name.startswith("swifttrace.")


def test_a_program_s_debug_log_may_go_there(tmp_path):
    source = "import swifttrace\nswifttrace.enable(2, debug_log='-')\nx = 1\n"
    ended = run_python("-c", source, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"+ [     3] x = 1\n")
    assert b"option level: 2\n" in ended.stdout
    assert os.listdir(tmp_path) == []


# -- what else is no file's name -------------------------------------------------------------

ADVICE = {
    "print": "fd= with the end of a pipe",
    "__import__('logging').getLogger('x').info": "fd= with the end of a pipe",
    "__import__('logging').getLogger('x')": "fd= with the end of a pipe",
    "lambda line: None": "fd= with the end of a pipe",
    "__import__('sys').stdout": "fd=file.fileno()",
    "open('file', 'w')": "fd=file.fileno()",
    "__import__('io').StringIO()": "fd=file.fileno()",
    "5": "output must be the name of a file, not 5",
}


@pytest.mark.parametrize("output", ADVICE)
def test_the_error_says_what_to_do_instead(output, tmp_path):
    ended = run_python("-c", ENABLES.format(output), cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (1, b"")
    last = ended.stderr.decode().splitlines()[-1]
    assert last.startswith("TypeError: output must be the name of a file, not ")
    assert ADVICE[output] in last


def test_and_that_works(write, tmp_path):
    source = """\
import logging, os, sys, threading
import swifttrace
logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s", level=logging.INFO)
read, write = os.pipe()
def log():
    for line in open(read): logging.info(line.rstrip())
thread = threading.Thread(target=log); thread.start()
swifttrace.enable(2, fd=write, exclude="*/logging/*"); os.close(write)
def work():
    return sum(range(3))
work()
swifttrace.disable()
import gc; gc.collect()
"""
    ended = run_python(write("program.py", source), cwd=tmp_path)
    assert ended.stderr == b""
    assert b"     return sum(range(3))\n" in ended.stdout
