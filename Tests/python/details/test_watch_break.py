"""`--watch-break`: pdb, right after the line that has changed something."""

from __future__ import annotations

import pytest
from conftest import run_python, run_swifttrace

PROMPT = "(Pdb) "


def stops(path, commands, *options):
    """Return what pdb has said at each stop, and what the program has printed."""
    text = "".join(f"{command}\n" for command in commands)
    ended = run_swifttrace(
        *("-xx", "--paths=short", *options, "--watch-break", path.name),
        cwd=path.parent,
        input=text.encode(),
    )
    assert ended.returncode == 0, ended.stderr.decode()
    said = ended.stdout.decode().replace(str(path.parent), "HERE")
    return said.split(PROMPT), ended.stderr.decode().splitlines()


def test_before_the_next_line(write):
    path = write("script.py", "x = 0\nx = 1\nprint('one')\nx = 2\nprint('two')\n")
    said, trace = stops(path, ["p x", "c", "p x", "c"], "--watch", "x")
    assert said == [
        "> HERE/script.py(3)<module>()\n-> print('one')\n",
        "1\n",
        "one\n> HERE/script.py(5)<module>()\n-> print('two')\n",
        "2\n",
        "two\n",
    ]
    assert trace == [
        "+ [     2] x = 1",
        "+ [     2] # x = 0 → 1",
        "+ [     4] x = 2",
        "+ [     4] # x = 1 → 2",
    ]


def test_where_a_function_ends_with_the_line(write):
    script = "def change(a):\n    a[0] = 2\na = [1]\nchange(a); print('on')\n"
    said, _ = stops(write("script.py", script), ["p a", "c"], "--watch", "a[0]")
    assert said == [
        "--Return--\n> HERE/script.py(2)change()->None\n-> a[0] = 2\n",
        "[2]\n",
        "on\n",
    ]


def test_where_a_generator_yields(write):
    script = "def count():\n    x = 1\n    yield\n    x = 2; yield\nfor _ in count():\n    pass\n"
    said, _ = stops(write("script.py", script), ["p x", "c"], "--watch", "x")
    assert [text for text in said if ">" in text] == [
        "--Return--\n> HERE/script.py(4)count()->None\n-> x = 2; yield\n",
    ]


def test_where_an_exception_is_raised(write):
    script = """\
def fail(a):
    a[0] = 2; raise ValueError
a = [1]
try:
    fail(a)
except ValueError:
    print("caught")
"""
    said, _ = stops(write("script.py", script), ["p a", "c"], "--watch", "a[0]")
    assert said == [
        "> HERE/script.py(2)fail()\n-> a[0] = 2; raise ValueError\n",
        "[2]\n",
        "caught\n",
    ]


def test_stepping_from_there(write):
    script = "def inner():\n    return 3\nx = 0\nx = 1\ny = inner()\nz = 4\nprint(y, z)\n"
    said, _ = stops(write("script.py", script), ["n", "s", "p z", "c"], "--watch", "x")
    assert [text.rpartition("-> ")[2] for text in said[:-1]] == [
        "y = inner()\n",
        "z = 4\n",
        "print(y, z)\n",
        "4\n",
    ]


@pytest.mark.parametrize("how", ["q", ""])
def test_to_quit_is_to_end_the_program(write, how):
    path = write("script.py", "x = 0\nx = 1\nprint('never')\n")
    ended = run_swifttrace("-xx", "--watch", "x", "--watch-break", path, input=how.encode())
    assert ended.returncode == 1
    assert b"never\n" not in ended.stdout.replace(b"-> print('never')\n", b"")
    assert b"BdbQuit" in ended.stderr


def test_in_a_program(write):
    script = """\
import swifttrace
swifttrace.watch("limit", level=2, stop=True)
limit = 0
limit = 1
print("on")
"""
    ended = run_python(write("script.py", script), input=b"c\n")
    assert ended.stdout.endswith(b'script.py(5)<module>()\n-> print("on")\n(Pdb) on\n')


def test_there_must_be_something_to_watch(write):
    ended = run_swifttrace("--watch-break", write("script.py", "print(1)\n"))
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr == b"swifttrace: watch_break needs an expression to watch (try --help)\n"
