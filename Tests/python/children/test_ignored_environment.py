"""`-E` and `-I` leave the environment's variables alone, and so do we."""

from __future__ import annotations

import pytest
from conftest import run_python

SCRIPT = "x = 1\n"
TEST = "def test_fails():\n    number = 1\n    assert number == 2\n"
OPTIONS = ["-E", "-I"]


@pytest.mark.parametrize("option", OPTIONS)
def test_the_format_of_the_environment_is_not_used(option, write):
    path = write("script.py", SCRIPT)
    env = {"SWIFTTRACE_FORMAT": "{lineno}!"}
    launch = ["-m", "swifttrace", path]
    assert run_python(*launch, env=env).stderr == b"1!\n"
    assert run_python(*launch, env=env, interpreter_options=[option]).stderr == b"+ x = 1\n"


@pytest.mark.parametrize("option", OPTIONS)
def test_a_bad_one_is_no_trouble(option, write):
    path = write("script.py", SCRIPT)
    env = {"SWIFTTRACE_FORMAT": "{", "SWIFTTRACE_PYTEST": "?"}
    ended = run_python("-m", "swifttrace", path, env=env, interpreter_options=[option])
    assert (ended.returncode, ended.stderr) == (0, b"+ x = 1\n")


@pytest.mark.parametrize("option", OPTIONS)
def test_a_test_run_is_not_traced_by_the_environment(option, write, tmp_path):
    path = write("test_it.py", TEST)
    env = {"SWIFTTRACE_PYTEST": "on-failure=5"}
    launch = ["-m", "pytest", "-p", "no:cacheprovider", path]
    told = run_python(*launch, env=env, cwd=tmp_path)
    untold = run_python(*launch, env=env, cwd=tmp_path, interpreter_options=[option])
    assert b"swifttrace: last" in told.stdout
    assert b"swifttrace: last" not in untold.stdout
    assert untold.returncode == told.returncode == 1
    # The command line's is, and nothing of the environment's with it.
    asked = run_python(
        *launch,
        "--swifttrace-on-failure=1",
        env={"SWIFTTRACE_PYTEST": "scope=nowhere"},
        cwd=tmp_path,
        interpreter_options=[option],
    )
    assert b"swifttrace: last 1 line" in asked.stdout


@pytest.mark.parametrize("option", OPTIONS)
def test_pythoninspect_wants_no_prompt(option, write):
    launch = ["-m", "swifttrace", "-xxx", "--no-banner", write("script.py", SCRIPT)]
    ended, plain = (
        run_python(*launch, env=env, interpreter_options=[option])
        for env in ({"PYTHONINSPECT": "1"}, {})
    )
    assert (ended.returncode, ended.stdout) == (plain.returncode, plain.stdout) == (0, b"")
    # Nor do the lines show that run after the script where there is to be one.
    assert ended.stderr.splitlines()[-1] == plain.stderr.splitlines()[-1]
