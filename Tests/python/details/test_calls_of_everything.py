"""--calls at level 3: the program's own module is the first frame, whatever has led to it."""

from __future__ import annotations

import re

import pytest
from conftest import run_python, run_swifttrace

SCRIPT = """\
import atexit
def f(n):
    return n and f(n - 1)
atexit.register(f, 0)
f(1)
raise SystemExit(3)
"""
PLACE = re.compile(r"^\+ \[.*?(\S+):(\d+) +\] ", re.ASCII)
FORMS = ["script", "command", "module", "directory", "stdin"]


def shown(form, directory, *options, env=None):
    """Run the script in one of the forms there are; return its own lines and all of them."""
    package = directory / "package"
    package.mkdir(exist_ok=True)
    (package / "__init__.py").write_text("def g(): pass\ng()\n")
    for name in ("program.py", "__main__.py"):
        (package / name).write_text(SCRIPT)
    arguments = {
        "script": [package / "program.py"],
        "command": ["-c", SCRIPT],
        "module": ["-m", "package.program"],
        "directory": [package],
        "stdin": ["-"],
    }[form]
    ours = ["-m", "swifttrace", "-xxx", *options] if env is None else []
    ended = run_python(
        *ours,
        *arguments,
        cwd=directory,
        input=SCRIPT.encode() if form == "stdin" else b"",
        env={"PYTHONDONTWRITEBYTECODE": "1", **(env or {})},
    )
    assert (ended.returncode, ended.stdout) == (3, b""), ended.stderr.decode()
    lines = ended.stderr.decode().splitlines()
    files = ("program.py", "__main__.py", "<string>", "<stdin>")
    own = [
        f"{place[2]} {line[place.end() :]}"
        for line in lines
        if (place := PLACE.match(line)) and place[1].endswith(files)
    ]
    return own, lines


CALLS = [
    "1 => <module>()",
    "2   => f(n=1)",
    "2     => f(n=0)",
    "3     <= f: 0",
    "3   <= f: 0",
    "6 !! <module>: raised SystemExit(3)",
    "6 !! <module>: left SystemExit",
    "2 => f(n=0)",
    "3 <= f: 0",
]


@pytest.mark.parametrize("form", FORMS)
def test_calls_begin_with_the_program(form, tmp_path):
    own, lines = shown(form, tmp_path, "--only-calls")
    assert own == CALLS
    assert PLACE.sub("", lines[0]) == "=> <module>()"
    assert not [line for line in lines if "runpy" in line]


@pytest.mark.parametrize("form", FORMS)
def test_where_the_environment_has_begun_the_trace(form, tmp_path):
    own, lines = shown(form, tmp_path, env={"SWIFTTRACE": "level=3,calls=only,banner=no"})
    assert own == CALLS
    assert PLACE.sub("", lines[0]) == "=> <module>()"
    assert not [line for line in lines if "runpy" in line or "site" in line]


@pytest.mark.parametrize("form", FORMS)
def test_the_depth_counts_from_the_program(form, tmp_path):
    own, _ = shown(form, tmp_path, "--calls", "--depth=1")
    assert own == [
        "1 => <module>()",
        "1 import atexit",
        "2 def f(n):",
        "4 atexit.register(f, 0)",
        "5 f(1)",
        "6 raise SystemExit(3)",
        "6 !! <module>: raised SystemExit(3)",
        "6 !! <module>: left SystemExit",
        "2 => f(n=0)",
        "3     return n and f(n - 1)",
        "3 <= f: 0",
    ]


@pytest.mark.parametrize("form", FORMS)
def test_the_lines_are_the_same(form, tmp_path):
    _, plain = shown(form, tmp_path)
    _, both = shown(form, tmp_path, "--calls")
    marks = re.compile(r"\] +(=>|<=|<~|~>|!!) ")
    assert [line for line in both if not marks.search(line)] == plain


def test_a_package_in_the_project_is_the_program_s(tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("def g(): pass\ng()\n")
    (package / "program.py").write_text("x = 1\n")
    ended = run_swifttrace(
        "-xx", "--scope=project", "--only-calls", "-m", "package.program", cwd=tmp_path
    )
    assert ended.stderr.decode().splitlines() == [
        "+ [package/__init__.py:1] => <module>()",
        "+ [package/__init__.py:1]   => g()",
        "+ [package/__init__.py:1]   <= g: None",
        "+ [package/__init__.py:2] <= <module>: None",
        "+ [package/program.py:1] => <module>()",
        "+ [package/program.py:1] <= <module>: None",
    ]


def test_enable_in_a_program_shows_what_it_finds(write):
    script = """\
import swifttrace
def f():
    swifttrace.enable(3, calls="only")
    g()
def g(): pass
f()
swifttrace.disable()
"""
    ended = run_python(write("script.py", script))
    lines = [PLACE.sub("", line) for line in ended.stderr.decode().splitlines()]
    assert lines == ["    => g()", "    <= g: None", "  <= f: None"]
