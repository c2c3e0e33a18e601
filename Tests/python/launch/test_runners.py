"""Runners of the user's code: nothing of their own is shown, if they run or load something."""

from __future__ import annotations

import re

import pytest
from conftest import run_python, run_swifttrace
from launching import numbered, skip_without

SCRIPT = """\
def f(n):
    return n + 1
print("x", f(1))
"""
LINES = numbered(SCRIPT, 1, 3, 2)
FLASK = """\
from flask import Flask
app = Flask(__name__)
"""
RUNNERS = {
    "coverage": ("run x.py", LINES),
    "coverage of a module": ("run -m x", LINES),
    "pytest": ("-q -p no:cacheprovider x.py", LINES),
    "flask": ("--app application routes", numbered(FLASK)),
    "debugpy": ("--listen 127.0.0.1:0 x.py", LINES),
    "debugpy of a module": ("--listen 127.0.0.1:0 -m x", LINES),
}


def traced(directory, *arguments, **how):
    """Return what is traced at level 2 in this process, and how it ended."""
    options = ["-xx", "--no-banner", "-o", "t"]
    ended = run_swifttrace(*options, *arguments, cwd=directory, **how)
    path = directory / "t"
    return path.read_bytes() if path.exists() else b"", ended


@pytest.mark.parametrize("form", ["a module", "a name", "the environment"])
@pytest.mark.parametrize("runner", RUNNERS)
def test_what_it_runs_is_shown_and_nothing_else(runner, form, write, tmp_path):
    name, arguments, lines = runner.split()[0], *RUNNERS[runner]
    skip_without(name)
    write("x.py", SCRIPT)
    write("application.py", FLASK)
    command = [name] if form == "a name" else ["-m", name]
    env = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    if form == "the environment":
        env["SWIFTTRACE"] = "level=2,output=t,banner=no"
        ended = run_python(*command, *arguments.split(), cwd=tmp_path, env=env)
        trace = (tmp_path / "t").read_bytes()
    else:
        trace, ended = traced(tmp_path, *command, *arguments.split(), env=env)
    assert trace == lines, ended.stderr.decode()


def test_also_where_processes_share_standard_error(write, tmp_path):
    """The adapter runs in a process of its own, which is a library's, too."""
    skip_without("debugpy")
    write("x.py", SCRIPT)
    arguments = ["-m", "debugpy", "--listen", "127.0.0.1:0", "x.py"]
    ended = run_swifttrace("-xx", *arguments, cwd=tmp_path)
    shown = re.sub(rb"(?m)^\+ \{\d+\} ", b"+ ", ended.stderr)
    assert b"".join(line for line in shown.splitlines(True) if line[:1] == b"+") == LINES


# -- runners of one's own, which are installed -------------------------------------------


def installed(directory, name, source):
    """Put a module where packages are installed; return the environment that finds it."""
    path = directory / "site-packages" / f"{name}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(source)
    return {"PYTHONPATH": str(path.parent)}


LOADING = """\
import importlib, sys
def load(name):
    return importlib.import_module(name)
if __name__ == "__main__":
    load(sys.argv[1])
"""


@pytest.mark.parametrize(
    "options", [["--calls"], ["--values"], ["--time=line"], ["--last", "50"], ["--show", "thread"]]
)
def test_with_all_that_lines_say(options, write, tmp_path):
    env = installed(tmp_path, "loading", LOADING)
    write("x.py", SCRIPT)
    where = [] if options[0] == "--last" else ["-o", "t"]
    write("y.py", SCRIPT + "1 / 0\n")
    arguments = ["-xx", "--no-banner", *options, *where, "-m", "loading", "y"]
    ended = run_swifttrace(*arguments, cwd=tmp_path, env=env)
    shown = ended.stderr.decode() if options[0] == "--last" else (tmp_path / "t").read_text()
    assert "def f(n):" in shown
    assert "load" not in re.sub(r"(?s)Traceback.*", "", shown)
    if options[0] == "--calls":
        assert re.search(r"(?m)^\+ \[ +1\] => <module>", shown), shown


SERVER = """\
import importlib, multiprocessing, sys
def serve(name):
    importlib.import_module(name)
def main():
    context = multiprocessing.get_context(sys.argv[1])
    worker = context.Process(target=serve, args=(sys.argv[2],))
    worker.start()
    worker.join()
"""
SERVING = """\
from served import main
if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
@pytest.mark.parametrize("form", ["module", "command"])
def test_workers_load_what_is_shown(method, form, write, tmp_path):
    """As the workers of uvicorn and gunicorn do."""
    write("x.py", SCRIPT)
    write("site-packages/served/__init__.py", SERVER)
    write("site-packages/served/__main__.py", SERVING)
    write("env/pyvenv.cfg", "")
    command = write("env/bin/serve", SERVING)
    program = ["-m", "served"] if form == "module" else [command]
    env = {"PYTHONPATH": f"{tmp_path}/site-packages:."}
    ended = run_swifttrace("-xx", *program, method, "x", cwd=tmp_path, env=env)
    assert ended.stdout == b"x 2\n", ended.stderr.decode()
    lines = [line for line in ended.stderr.splitlines(True) if line[:1] == b"+"]
    shown = b"".join(re.sub(rb"^\++( \{\d+\})?", b"+", line) for line in lines)
    assert shown == LINES, ended.stderr.decode()


# -- a library's program that runs nothing of the user's ---------------------------------

SMALL = """\
import sys
x = 1
print("x")
"""


def test_it_is_the_script_itself(tmp_path):
    env = installed(tmp_path, "small", SMALL)
    trace, ended = traced(tmp_path, "-m", "small", env=env)
    assert (trace, ended.stdout) == (numbered(SMALL), b"x\n")


ENDS = {
    "_exit": "import os\nos._exit(3)\n",
    "exec": "import os, sys\nos.execv(sys.executable, [sys.executable, '-Sc', 'raise SystemExit(3)'])\n",
    "an exception": "x = 1\nraise SystemExit(3)\n",
    "another trace": "import swifttrace\nswifttrace.enable(1)\nraise SystemExit(3)\n",
}


@pytest.mark.parametrize("end", ENDS)
def test_however_it_ends(end, tmp_path):
    env = installed(tmp_path, "small", ENDS[end])
    trace, ended = traced(tmp_path, "-m", "small", env=env)
    assert ended.returncode == 3
    lines = numbered(ENDS[end], *([1, 2] if end == "another trace" else []))
    assert trace.rstrip() == lines.rstrip()


def test_a_long_one_is_shown_while_it_runs(tmp_path):
    lines = "".join(f"x{number} = {number}\n" for number in range(40))
    source = f"{lines}print(open('t').read().count('='))\n"
    env = installed(tmp_path, "long", source)
    trace, ended = traced(tmp_path, "-m", "long", env=env)
    assert int(ended.stdout) >= 40
    assert trace == numbered(source)


def test_a_file_that_was_asked_for_has_its_place_behind_it(tmp_path):
    env = installed(tmp_path, "small", "import other\ny = 2\n")
    installed(tmp_path, "other", "z = 3\n")
    trace, _ = traced(tmp_path, "--include", "*/other.py", "-m", "small", env=env)
    assert trace == numbered("import other\n") + numbered("z = 3\n") + numbered("\ny = 2\n")


def test_the_end_says_how_many_lines_there_are(write, tmp_path):
    env = installed(tmp_path, "loading", LOADING)
    write("x.py", SCRIPT)
    run_swifttrace("-xx", "-o", "t", "-m", "loading", "x", cwd=tmp_path, env=env)
    assert (tmp_path / "t").read_text().endswith(" ended with status 0: 3 lines\n")
    installed(tmp_path, "small", SMALL)
    run_swifttrace("-xx", "-o", "t", "-m", "small", cwd=tmp_path, env=env)
    assert (tmp_path / "t").read_text().endswith(" ended with status 0: 3 lines\n")
