"""A program with modules of its own that have names of the library's: they stay its own."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

import pytest
from conftest import TIMEOUT, clean_environment, run_python

NAMES = [
    "__future__",
    "_colorize",
    "_opcode_metadata",
    "annotationlib",
    "ast",
    "atexit",
    "bdb",
    "cmd",
    "code",
    "collections",
    "contextlib",
    "copy",
    "copyreg",
    "ctypes",
    "dataclasses",
    "dis",
    "enum",
    "fcntl",
    "fnmatch",
    "functools",
    "html",
    "inspect",
    "io",
    "keyword",
    "linecache",
    "logging",
    "opcode",
    "operator",
    "pdb",
    "pygments",
    "random",
    "re",
    "reprlib",
    "runpy",
    "shlex",
    "string",
    "tempfile",
    "textwrap",
    "threading",
    "time",
    "token",
    "tokenize",
    "traceback",
    "types",
    "warnings",
    "weakref",
]
COMMAND = Path(sysconfig.get_path("scripts"), "swifttrace")
OPTIONS = {
    "lines": [],
    "values": ["--values"],
    "repr": ["--values=repr"],
    "calls": ["--calls"],
    "a log": ["-d"],
    "a log of calls": ["-dd"],
    "a log of names": ["-ddd"],
    "watching": ["--watch=x"],
    "the last lines": ["--last=3"],
    "colours": ["--color=always"],
    "tasks and threads": ["--show=task,thread"],
    "everything": ["-xxx", "--scope=all"],
}
PROGRAM = """\
class A:
    def __repr__(self):
        return "A()"
a = A()
x = 1
print("hello")
"""


@pytest.fixture
def own(write, tmp_path):
    """A directory of such modules, each of which says that it is imported."""
    for name in NAMES:
        write(f"{name}.py", f"print('own {name}')\nis_own = True\n")
    return tmp_path


def run_both(directory, script, *options, input=b""):
    """Run a script by `python` and by the installed command; return how both ended."""
    plain = run_python(script, cwd=directory, input=input)
    traced = subprocess.run(
        [COMMAND, *options, "-o", directory / "trace", script],
        cwd=directory,
        input=input,
        env=clean_environment(),
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )
    return plain, traced


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_none_of_them_is_imported_by_us(own, write, options):
    plain, traced = run_both(own, write("program.py", PROGRAM), *options)
    assert traced.stdout == plain.stdout == b"hello\n"
    assert (traced.returncode, traced.stderr) == (0, b"")


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_the_program_gets_its_own(own, write, options):
    script = "".join(f"import {name}\nprint('is_own' in vars({name}))\n" for name in NAMES)
    plain, traced = run_both(own, write("program.py", script), *options)
    assert traced.stdout == plain.stdout
    assert traced.returncode == plain.returncode


def test_the_log_has_what_the_library_says(own, write):
    run_both(own, write("program.py", PROGRAM), "-dd")
    log = (own / "swifttrace.log").read_text()
    assert "AST:\nModule(" in log
    assert "LOAD_CONST" in log


def test_the_functions_work_in_such_a_program(own, write):
    script = """\
import swifttrace
swifttrace.enable(2, values="repr", calls=True, debug=2, output="trace")
x = 1
swifttrace.disable()
swifttrace.watch("x", output="trace")
x = 2
swifttrace.disable()
with swifttrace.trace(1, color="always", output="trace"):
    y = 1
swifttrace.trace(1, output="trace")(lambda: None)()
print("done")
"""
    ended = run_python(write("program.py", script), cwd=own)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"done\n", b"")


def test_the_environment_s_trace(own, write):
    env = {"SWIFTTRACE": "level=2,values=repr,calls=yes,debug=2,output=trace"}
    ended = run_python(write("program.py", PROGRAM), cwd=own, env=env)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"hello\n", b"")


def test_what_does_not_compile_is_reported_as_without_us(own, write):
    write("program.py", "x = (\n")
    (own / "traceback.py").unlink()  # The interpreter's own reports need these.
    for name in ("linecache", "tokenize", "textwrap", "contextlib", "collections", "io", "re"):
        (own / f"{name}.py").unlink()
    plain, traced = run_both(own, own / "program.py", "-dd")
    assert traced.stderr.splitlines()[-3:] == plain.stderr.splitlines()[-3:]
    assert b"syntax" not in traced.stdout


def test_pdb(own, write):
    _, traced = run_both(own, write("program.py", "x = 1\n1 / 0\n"), "-p", input=b"p x + 41\nq\n")
    assert b"(Pdb) 42\n" in traced.stdout
    assert b"own pdb" not in traced.stdout


def test_pdb_where_an_expression_changes(own, write):
    script = write("program.py", "x = 1\nx = 2\nprint('end')\n")
    _, traced = run_both(own, script, "--watch=x", "--watch-break", input=b"p x + 40\nc\nc\nc\n")
    assert b"(Pdb) 42\n" in traced.stdout
    assert b"own pdb" not in traced.stdout


def test_nothing_of_the_library_that_is_python_is_left_to_the_program(write, tmp_path):
    script = write("program.py", "import sys\nprint(*sorted(sys.modules))\n")
    plain, traced = run_both(tmp_path, script, "-dd", "--values=repr", "--color=always")
    added = set(traced.stdout.decode().split()) - set(plain.stdout.decode().split())
    added = {name for name in added if not name.startswith("swifttrace")}
    assert added.isdisjoint({"ast", "dis", "re", "enum", "opcode", "collections", "pygments"})
