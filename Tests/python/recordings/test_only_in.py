"""`swifttrace show FILE --only-in OTHER`: what one run did and the other one did not."""

from __future__ import annotations

import json

import pytest
from conftest import run_swifttrace
from test_record import shown

PROGRAM = """\
import sys
def look(n):
    if n == 3:
        return rare(n)
    return n
def rare(n):
    if n:
        n += 1
    return n
for n in range(int(sys.argv[1])):
    if n % 2:
        look(n)
    else:
        n += 1
if n > 4:
    print("many")
"""


@pytest.fixture
def both(write, tmp_path):
    write("p.py", PROGRAM)
    for name, count in (("few", 3), ("many", 9)):
        run_swifttrace("record", "-xx", "-o", f"{name}.swt", "p.py", str(count), cwd=tmp_path)
        run_swifttrace("-xx", "-o", f"{name}.log", "p.py", str(count), cwd=tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", ["swt", "log"])
def test_lines_and_ways_that_one_has_alone(kind, both):
    few, many = both / f"few.{kind}", both / f"many.{kind}"
    file = "p.py" if kind == "swt" else "<script>"
    assert (
        shown(many, "--only-in", few)
        == (
            f"# only in {many}, not in {few}: 6 lines, 1 way\n"
            f"+ [{file}:4]         return rare(n)\n"
            f"+ [{file}:7]     if n:\n"
            f"+ [{file}:8]         n += 1\n"
            f"+ [{file}:9]     return n\n"
            f'+ [{file}:16]     print("many")\n'
        ).replace("6 lines", "5 lines")
        + f"~ once, in round 4 of {file}:10: {file}:10-12 3-4 7-9\n"
    )
    assert shown(few, "--only-in", many) == (
        f"# {few} has no line and no way that {many} has not\n"
    )


def test_the_same_for_programs(both):
    lines = shown(both / "many.swt", "--only-in", both / "few.swt", "--json").splitlines()
    objects = [json.loads(line) for line in lines]
    assert objects[0] == {"file": "p.py", "line": 4, "text": "        return rare(n)"}
    assert objects[-1]["loop"] == "p.py:10"
    assert (objects[-1]["count"], objects[-1]["first"]) == (1, 4)


def test_no_more_lines_than_asked_for(both):
    text = shown(both / "many.swt", "--only-in", both / "few.swt", "--lines", "3")
    assert text.splitlines()[1:] == [
        "+ [p.py:4]         return rare(n)",
        "… 5 more lines: --all shows them",
    ]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--fold"], "--fold and --only-in exclude each other"),
        (["--level=2"], "--only-in and --level exclude each other"),
    ],
)
def test_what_cannot_be_is_one_line(options, reason, both):
    ended = run_swifttrace("show", "many.swt", "--only-in", "few.swt", *options, cwd=both)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.decode() == f"swifttrace: {reason}\n"


def test_another_file_that_cannot_be_read_is_one_line(both):
    ended = run_swifttrace("show", "many.swt", "--only-in", "p.py", cwd=both)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.startswith(b"swifttrace: p.py: neither a recording, ")
