"""The line that changes what an expression says: --watch and swifttrace.watch()."""

from __future__ import annotations

import pytest
from conftest import run_python, run_swifttrace

LIBRARY = """\
import sys
def change():
    sys.path[0] = "evil"
"""
SCRIPT = """\
import os
import library
class Point:
    x = 0
def move(point):
    point.x += 1
def main():
    count = 0
    count += 1
    point = Point()
    move(point)
    library.change()
    os.environ["KIND"] = "b"
    del os.environ["KIND"]
    return count
main()
"""


def watched(write, *options, script=SCRIPT, cwd=None, **how):
    write("library.py", LIBRARY)
    path = write("script.py", script)
    ended = run_swifttrace(*options, path.name, cwd=path.parent, **how)
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stderr.decode().replace(str(path.parent), "HERE").splitlines()


def test_the_line_that_did_it_wherever_it_is(write):
    lines = watched(write, "--watch", "sys.path[0]")
    assert [line.partition("] ")[2] for line in lines] == [
        '    sys.path[0] = "evil"',
        "    # sys.path[0] = 'HERE' → 'evil'",
    ]
    assert "library.py:3     ]" in lines[0]


def test_names_attributes_and_items(write):
    lines = watched(
        write, "-xx", *("--watch", "count", "--watch", "point.x"),
        *("--watch", "os.environ['KIND']"), env={"KIND": "a"},
    )  # fmt: skip
    assert lines == [
        "+ [     9]     count += 1",
        "+ [     9]     # count = 0 → 1",
        "+ [     6]     point.x += 1",
        "+ [     6]     # point.x = 0 → 1",
        '+ [    13]     os.environ["KIND"] = "b"',
        "+ [    13]     # os.environ['KIND'] = 'a' → 'b'",
        '+ [    14]     del os.environ["KIND"]',
        "+ [    14]     # os.environ['KIND'] = 'b' → raises KeyError",
    ]


def test_what_changes_in_an_object_and_what_is_deleted(write):
    script = "a = []\na.append(1)\nb = 2\ndel b\nc = 1\n"
    lines = watched(write, "-xx", "--watch", "a", "--watch", "b", script=script)
    assert [line for line in lines if "#" in line] == [
        "+ [     2] # a = [] → [1]",
        "+ [     4] # b = 2 → raises NameError",
    ]


def test_secrets_are_hidden(write):
    script = "token = 'one'\ntoken = 'two'\nprint()\n"
    lines = watched(write, "-xx", "--watch", "token", script=script)
    assert lines == ["+ [     2] token = 'two'", "+ [     2] # token = *** → ***"]


def test_with_the_values(write):
    lines = watched(write, "-xx", "--values", "--watch", "point.x", script="point = 1\n")
    assert lines == ["+ [     1] # point = 1"]


def test_in_a_program(write):
    script = """\
import swifttrace
swifttrace.watch("limit", level=2)
limit = 1
limit = 2
swifttrace.disable()
"""
    ended = run_python(write("script.py", script))
    assert ended.stderr.decode().splitlines() == [
        "+ [     4] limit = 2",
        "+ [     4] # limit = 1 → 2",
    ]


def test_secrets_are_shown_where_that_is_asked_for(write):
    script = "password = 'a'\npassword = 'b'\nx = 1\n"
    lines = watched(write, "-xx", "--watch", "password", "--show-secrets", script=script)
    assert lines[-1] == "+ [     2] # password = 'a' → 'b'"


def test_it_stops_in_pdb_there(write):
    write("library.py", LIBRARY)
    path = write("script.py", "import library, sys\nlibrary.change()\nprint(sys.path[0])\n")
    ended = run_swifttrace(
        "--watch", "sys.path[0]", "--watch-break", path, input=b"p sys.path[0]\nc\n"
    )
    assert ended.returncode == 0
    assert b"'evil'" in ended.stdout
    assert ended.stdout.endswith(b"evil\n")
    assert b"script.py(3)" in ended.stdout  # the library's line was its function's last


@pytest.mark.parametrize("expression", ["1 +", "x = 1", "", "a b"])
def test_one_that_does_not_compile(write, expression):
    ended = run_swifttrace("--watch", expression, write("script.py", "print(1)\n"))
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.startswith(f"swifttrace: watch {expression!r}: ".encode())
    assert ended.stderr.count(b"\n") == 1


def test_children_watch_nothing(write):
    """SWIFTTRACE is data: nothing of it is evaluated."""
    child = write("child.py", "x = 1\nx = 2\n")
    script = f"import subprocess, sys\nsubprocess.run([sys.executable, {str(child)!r}])\n"
    lines = watched(write, "-xx", "--watch", "x", script=script)
    assert not [line for line in lines if "# x" in line]
    ended = run_python(child, env={"SWIFTTRACE": "level=2,watch=x"})
    assert (ended.returncode, ended.stderr.count(b"\n")) == (0, 1)
