"""The recursion limit, reached in traced code: the program sees what it sees without us."""

from __future__ import annotations

import pytest
from conftest import run_swifttrace
from launching import run_alike

SOURCE = """\
import sys
sys.setrecursionlimit(300)
depths = []
def deeper(n):
    depths.append(n)
    return deeper(n + 1)
class Deep:
    def __repr__(self): return f"<{self.again()!r}>"
    def again(self): return self
    def __getattr__(self, name): return getattr(self, name + "x")
def by_generator(n):
    yield n
    yield from by_generator(n + 1)
def caught(function, *arguments):
    try:
        function(*arguments)
    except RecursionError as error:
        print(function.__name__, error.__class__.__name__)
caught(deeper, 0)
first = len(depths)
depths.clear()
caught(deeper, 0)
caught(repr, Deep())
caught(getattr, Deep(), "y")
caught(list, by_generator(0))
after = 1
print("end")
"""
WAYS = {
    "lines": ["-xx"],
    "all modules": ["-xxx"],
    "values": ["-xx", "--values"],
    "values by repr": ["-xx", "--values=repr"],
    "calls": ["-xx", "--calls"],
    "values and calls": ["-xx", "--values", "--calls"],
    "watch": ["-xx", "--watch", "first", "--watch", "len(depths)"],
    "fields": ["-xx", "--show", "depth,module,function,thread,task"],
    "last": ["-xx", "--last", "100"],
}


@pytest.mark.parametrize("way", WAYS)
def test_a_program_that_recurses_too_deeply_ends_as_without_the_trace(way, tmp_path):
    directory = tmp_path / "program"
    directory.mkdir()
    (directory / "program.py").write_text(SOURCE)
    ended = run_alike(directory, "program.py", options=WAYS[way])
    assert ended.returncode == 0
    assert ended.stdout.endswith(b"end\n")


def test_every_line_down_to_the_limit_is_there(write):
    ended = run_swifttrace("-xx", write("program.py", SOURCE + "print(first + len(depths))\n"))
    assert ended.returncode == 0
    depth = int(ended.stdout.split()[-1])
    lines = ended.stderr.decode().splitlines()
    # On 3.11 a line may begin and the call in it be the one that is too deep, twice here.
    assert lines.count("+ [     5]     depths.append(n)") - depth in (0, 2)
    assert lines[-2:] == ['+ [    27] print("end")', "+ [    28] print(first + len(depths))"]


def test_an_exception_that_nobody_catches_at_the_limit_is_printed_as_ever(tmp_path):
    directory = tmp_path / "program"
    directory.mkdir()
    (directory / "program.py").write_text("def deeper(n):\n    return deeper(n + 1)\ndeeper(0)\n")
    for options in WAYS.values():
        if options[-1] == "100" or "--watch" in options:
            continue  # Those print more; and these names are not there.
        ended = run_alike(directory, "program.py", options=options, masked=rb"repeated \d+ more")
        assert ended.returncode == 1
        assert b"RecursionError" in ended.stderr
