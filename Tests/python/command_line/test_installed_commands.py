"""Commands of an environment, by their names; and traces in which nothing was in scope."""

from __future__ import annotations

import os
import re
import stat
import sys

import pytest
from conftest import run_python, run_swifttrace
from launching import numbered

APPLICATION = "def app():\n    return 1\n"
COMMAND = """\
#!{python}
import sys
sys.path.insert(0, ".")
from {library} import main
main(sys.argv)
"""
LIBRARY = "def main(argv):\n    print(argv, __import__(argv[1]).app())\n"
IN_PROJECT = b"+ [application.py:1] def app():\n+ [application.py:2]     return 1\n"


@pytest.fixture
def environment(write, tmp_path):
    """A directory like an environment's, with a command in it, and a project beside it."""

    def make(python=sys.executable, name="serve"):
        write("env/pyvenv.cfg", "")
        command = write(f"env/bin/{name}", COMMAND.format(python=python, library="library"))
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
        library = write("env/lib/site-packages/library.py", LIBRARY)
        write("project/application.py", APPLICATION)
        write("project/setup.cfg", "")
        path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
        return {"PATH": path, "PYTHONPATH": str(library.parent)}, command

    return make


@pytest.mark.parametrize("scope", ["script", "project"])
def test_a_command_is_found_by_its_name_and_shows_the_projects_lines(scope, environment, tmp_path):
    env, command = environment("/usr/bin/env python3")
    options = ["-xx", "--no-banner", "-o", "t", "--scope", scope]
    ended = run_swifttrace(*options, "serve", "application", cwd=tmp_path / "project", env=env)
    assert ended.stdout.decode() == f"{[str(command), 'application']} 1\n", ended.stderr
    trace = (tmp_path / "project" / "t").read_bytes()
    wanted = numbered(APPLICATION) if scope == "script" else IN_PROJECT
    assert trace == wanted


def test_it_is_so_where_the_environment_asks(environment, tmp_path):
    env, command = environment()
    env["SWIFTTRACE"] = "level=2,scope=project"
    ended = run_python(command, "application", cwd=tmp_path / "project", env=env)
    assert ended.stderr == IN_PROJECT


def test_orig_argv_is_that_of_the_command(environment, tmp_path):
    env, command = environment("/usr/bin/env python3")
    command.write_text("#!/usr/bin/env python3\nimport sys\nprint(sys.orig_argv)\n")
    ended = run_swifttrace("-o", "t", "serve", "1", cwd=tmp_path, env=env)
    assert ended.stdout.decode() == f"{[sys.executable, str(command), '1']}\n"


def test_a_file_of_that_name_goes_before(environment, write, tmp_path):
    env, _ = environment()
    write("serve", "print('mine')\n")
    ended = run_swifttrace("-o", "t", "serve", cwd=tmp_path, env=env)
    assert ended.stdout == b"mine\n"


def test_a_command_of_this_interpreter_goes_before_others(environment, write, tmp_path):
    env, command = environment()
    other = write("other/serve", "#!/opt/other/bin/python3\nprint('other')\n")
    other.chmod(0o755)
    env["PATH"] = f"{other.parent}{os.pathsep}{env['PATH']}"
    command.write_text("#!/usr/bin/env python3\nprint('ours')\n")
    assert run_swifttrace("-o", "t", "serve", cwd=tmp_path, env=env).stdout == b"ours\n"


def test_what_no_python_of_ours_runs_is_one_clear_line(environment, write, tmp_path):
    env, _ = environment()
    for name, first in (("shell", "#!/bin/sh"), ("foreign", "#!/opt/other/bin/python3")):
        command = write(f"env/bin/{name}", f"{first}\n")
        command.chmod(0o755)
        ended = run_swifttrace(name, cwd=tmp_path, env=env)
        assert ended.returncode == 2
        assert re.fullmatch(
            rb"swifttrace: \S+/bin/(shell is no Python script|foreign is run by another Python: .*)\n",
            ended.stderr,
        ), ended.stderr


def test_a_name_that_nothing_has_is_reported_as_a_file(tmp_path):
    ended = run_swifttrace("no-such-command", cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.count(b"\n") == 1
    assert b"can't open file" in ended.stderr


# -- nothing in scope ------------------------------------------------------------------


def said(directory, *arguments, **how):
    ended = run_swifttrace(*arguments, cwd=directory, **how)
    return re.sub(r"process \d+", "process N", ended.stderr.decode())


def test_a_trace_without_a_line_says_what_its_scope_takes(write, tmp_path):
    script = write("project/x.py", "print(1)\n")
    write("project/setup.cfg", "")
    directory = tmp_path / "project"
    nothing = "# swifttrace: process N had no line in scope "
    assert said(directory, "--exclude", "*", "x.py") == f"{nothing}script: {script}\n"
    listing = f"{nothing}project: files below {directory} that are not installed\n"
    assert listing in said(directory, "--scope", "project", "-m", "cProfile", "--help")
    assert said(directory, "-xxx", "--exclude", "*", "x.py") == f"{nothing}all: every file\n"


def test_it_says_so_in_its_file(write, tmp_path):
    write("x.py", "print(1)\n")
    assert said(tmp_path, "-o", "t", "--exclude", "*", "x.py") == ""
    _start, nothing, end = (tmp_path / "t").read_text().splitlines()
    assert "had no line in scope script" in nothing
    assert end.endswith("ended with status 0: 0 lines")


@pytest.mark.parametrize(
    "arguments",
    [
        ["x.py"],
        ["empty.py"],
        ["--no-banner", "--exclude", "*", "x.py"],
        ["-m", "no_such_module"],
        ["wrong.py"],
        ["--last", "5", "--exclude", "*", "x.py"],
    ],
)
def test_nothing_is_said_where_there_was_something_or_it_is_unwanted(arguments, write, tmp_path):
    write("x.py", "print(1)\n")
    write("empty.py", "")
    write("wrong.py", "1 +\n")
    assert "had no line" not in said(tmp_path, *arguments)
