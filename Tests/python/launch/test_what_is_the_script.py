"""Where a module runs a script, another module or tests, those are the script."""

from __future__ import annotations

import re

import pytest
from conftest import run_python, run_swifttrace
from launching import numbered

SCRIPT = """\
import sys
def f(n):
    return n + 1
print("x", f(1))
"""
LINES = numbered(SCRIPT, 1, 2, 4, 3)
RUNNERS = {
    "pdb": ["-m", "pdb", "-c", "c", "-c", "q", "x.py"],
    "cProfile": ["-m", "cProfile", "x.py"],
    "cProfile of a module": ["-m", "cProfile", "-m", "x"],
    "profile": ["-m", "profile", "x.py"],
    "trace": ["-m", "trace", "--count", "--coverdir", "counts", "x.py"],
    "runpy": ["-m", "runpy", "x"],
    "doctest": ["-m", "doctest", "x.py"],
}


def traced(directory, *arguments, **how):
    """Return the trace of level 2, of the script as the scope is."""
    ended = run_swifttrace("-xx", "--no-banner", "-o", "t", *arguments, cwd=directory, **how)
    return (directory / "t").read_bytes(), ended


@pytest.mark.parametrize("runner", RUNNERS)
def test_what_the_standard_librarys_runners_run_is_the_script(runner, write, tmp_path):
    write("x.py", SCRIPT)
    trace, ended = traced(tmp_path, *RUNNERS[runner], input=b"c\nq\n")
    assert b"x 2" in ended.stdout
    assert trace.startswith(LINES), trace
    # pdb begins again at the end.
    assert LINES.startswith(trace.removeprefix(LINES))


@pytest.mark.parametrize("runner", ["cProfile", "runpy"])
def test_it_is_so_where_the_environment_asks(runner, write, tmp_path):
    write("x.py", SCRIPT)
    ended = run_python(*RUNNERS[runner], cwd=tmp_path, env={"SWIFTTRACE": "2"})
    assert ended.stderr == LINES


def test_a_project_has_the_script_and_not_the_runner(write, tmp_path):
    write("x.py", SCRIPT)
    trace, _ = traced(tmp_path, "--scope", "project", *RUNNERS["cProfile"])
    assert trace.replace(b"x.py:", b"     ") == LINES


TESTS = """\
import unittest
class Case(unittest.TestCase):
    def test_it(self):
        self.assertEqual(1, 1)
"""


@pytest.mark.parametrize("arguments", [["unittest", "test_a"], ["unittest"], ["pytest", "-q"]])
def test_tests_are_the_script_of_what_runs_them(arguments, write, tmp_path):
    write("test_a.py", TESTS)
    trace, ended = traced(tmp_path, "-m", *arguments, "-p", "no:cacheprovider")[0], None
    if arguments[0] == "unittest":
        trace, ended = traced(tmp_path, "-m", *arguments)
        assert ended.returncode == 0, ended.stderr
    assert trace == numbered(TESTS, 1, 2, 2, 3, 4)


def test_what_the_script_imports_is_none_of_it(write, tmp_path):
    write("helper.py", "def g():\n    return 1\n")
    source = "import helper\nprint(helper.g())\n"
    write("x.py", source)
    trace, _ = traced(tmp_path, "-m", "cProfile", "x.py")
    assert trace == numbered(source)


APPLICATION = """\
import helper
def app():
    return helper.VALUE
"""


def installed(directory, name, source):
    """Put a module where packages are installed; return the environment that finds it."""
    path = directory / "site-packages" / f"{name}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(source)
    return {"PYTHONPATH": str(path.parent)}


def test_what_a_library_is_given_to_load_is_the_script(write, tmp_path):
    """As gunicorn, uvicorn and celery load an application."""
    source = "import importlib, sys\nname, _, attribute = sys.argv[1].partition(':')\n"
    source += "print(getattr(importlib.import_module(name), attribute)())\n"
    env = installed(tmp_path, "server", source)
    write("helper.py", "VALUE = 1\n")
    write("application.py", APPLICATION)
    trace, ended = traced(tmp_path, "-m", "server", "application:app", env=env)
    assert ended.stdout == b"1\n", ended.stderr
    assert trace == numbered(APPLICATION, 1, 2, 3)


def test_a_runner_that_runs_a_runner_leads_to_the_script(write, tmp_path):
    source = "import runpy, sys\nsys.argv[:] = sys.argv[1:]\nrunpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)\n"
    env = installed(tmp_path, "outer", source)
    source = "import runpy, sys\nrunpy.run_path(sys.argv[1], run_name='__main__')\n"
    installed(tmp_path, "inner", source)
    write("x.py", SCRIPT)
    trace, ended = traced(tmp_path, "-m", "outer", "inner", "x.py", env=env)
    assert ended.stdout == b"x 2\n", ended.stderr
    assert trace.replace(b"x.py:", b"     ") == LINES


def test_a_program_that_runs_another_one_is_shown_with_it(write, tmp_path):
    runner = "import runpy, sys\nrunpy.run_path(sys.argv[1], run_name='__main__')\nprint(2)\n"
    write("runner.py", runner)
    write("x.py", SCRIPT)
    trace, _ = traced(tmp_path, "runner.py", "x.py")
    assert trace == numbered(runner, 1, 2) + LINES + numbered(runner, 3)


def test_a_librarys_module_that_runs_nothing_is_the_script_itself(tmp_path):
    trace, ended = traced(tmp_path, "-m", "json.tool", input=b"[1]")
    assert b"main()\n" in trace
    assert ended.stdout == b"[\n    1\n]\n"


def test_what_a_program_compiles_in_its_own_main_is_no_script(write, tmp_path):
    source = "exec('a = 1')\nexec(compile('b = 2', '<made>', 'exec'))\nprint(a, b)\n"
    write("x.py", source)
    trace, _ = traced(tmp_path, "x.py")
    assert trace == numbered(source)


def test_calls_are_indented_from_the_script_on(write, tmp_path):
    write("x.py", SCRIPT)
    trace, _ = traced(tmp_path, "--calls", "-m", "cProfile", "x.py")
    assert re.search(rb"(?m)^\+ \[ +2\]   => f\(n=1\)$", trace), trace
