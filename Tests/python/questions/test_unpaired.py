"""`--unpaired A,B` says what A has made and B has never undone."""

from __future__ import annotations

import sys

import pytest
from conftest import run_python, run_swifttrace

PROGRAM = """\
import os
import shutil
import tempfile
import threading


class Store:
    def __init__(self):
        self.folder = tempfile.mkdtemp()

    def close(self):
        shutil.rmtree(self.folder)


def copy():
    return Store()


kept = Store()
for turn in range(3):
    copy().close()
left = copy()
locks = [threading.Lock() for _ in range(2)]
for lock in locks:
    lock.acquire()
locks[0].release()
os.mkdir("one")
os.mkdir("two")
os.rmdir(os.path.abspath("one"))
files = [open(__file__) for _ in range(3)]
files.pop().close()
with open(__file__) as file:
    pass
kept.close()
print("left", os.path.exists(left.folder))
os.rmdir(left.folder)
os.rmdir("two")
"""
ANSWERS = {
    "tempfile.mkdtemp,shutil.rmtree": [
        "# 1 of 5 tempfile.mkdtemp was never undone by shutil.rmtree",
        "+ [program.py:9]         self.folder = tempfile.mkdtemp()",
        "+ [program.py:9]         # tempfile.mkdtemp → …, by program.py:16 copy, "
        "program.py:22 <module>",
    ],
    "Store,Store.close": [
        "# 1 of 5 Store was never undone by Store.close",
        "+ [program.py:16]     return Store()",
        "+ [program.py:16]     # Store, by program.py:22 <module>",
    ],
    "lock.acquire,lock.release": [
        "+ [program.py:25]     lock.acquire()",
        "+ [program.py:25]     # lock.acquire",
    ],
    "open,close": [
        "+ [program.py:30] files = [open(__file__) for _ in range(3)]",
    ],
    "shutil.copy,os.remove": ["# nobody called shutil.copy"],
    "mkdir,remove": ["# each of 7 mkdir was undone by remove"],
}


@pytest.mark.parametrize("pair", ANSWERS)
def test_it_says_what_was_never_undone_and_who_made_it(write, tmp_path, pair):
    write("program.py", PROGRAM)
    ended = run_swifttrace("--unpaired", pair, "program.py", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"left True\n")
    lines = ended.stderr.decode().splitlines()
    lines = [
        line.partition("'")[0] + "…" + line.rpartition("'")[2] if "'" in line else line
        for line in lines
    ]
    assert set(ANSWERS[pair]) <= set(lines)


TESTS = """\
import tempfile, shutil, unittest, os


class Tests(unittest.TestCase):
    def test_tidy(self):
        shutil.rmtree(tempfile.mkdtemp(dir="."))

    def test_untidy(self):
        self.folder = tempfile.mkdtemp(dir=".")


if __name__ == "__main__":
    unittest.main()
"""


@pytest.mark.parametrize("runner", [["test_it.py"], ["-m", "pytest", "-q", "test_it.py"]])
def test_it_says_in_which_test(write, tmp_path, runner):
    write("test_it.py", TESTS)
    pair = "tempfile.mkdtemp,shutil.rmtree"
    ended = run_swifttrace("-o", "answer", "--unpaired", pair, *runner, cwd=tmp_path)
    assert ended.returncode == 0
    lines = (tmp_path / "answer").read_text().splitlines()
    assert lines[0].startswith("# 1 of ")
    assert lines[0].endswith(" tempfile.mkdtemp was never undone by shutil.rmtree")
    assert "test_untidy → '" in lines[2]


DESCRIPTORS = """\
import os
import tempfile

paths = []
for turn in range(3):
    descriptor, path = tempfile.mkstemp(dir=".")
    paths.append(path)
    if turn:
        os.close(descriptor)
for path in paths:
    os.unlink(path)
other = os.open(__file__, os.O_RDONLY)
os.close(other)
"""


@pytest.mark.parametrize(
    ("pair", "verdict", "line"),
    [
        # A part of what is returned, by which it is undone.
        ("tempfile.mkstemp,os.close", "1 of 3 tempfile.mkstemp was never undone by os.close", 6),
        # A file that is removed meanwhile is open still.
        ("open,close", "1 of {} open was never undone by close", 6),
        (
            "os.open,os.close",
            "os.open was called {} times and os.close 3 times: what os.open returns cannot be seen,"
            " as it is no Python code; open,close tells which files are open at the end",
            None,
        ),
    ],
)
def test_a_descriptor_is_matched_or_it_is_said_that_it_cannot_be(
    write, tmp_path, pair, verdict, line
):
    if pair == "tempfile.mkstemp,os.close" and sys.version_info < (3, 12):
        # No tool is told of the arguments of built-in functions there.
        verdict = (
            "tempfile.mkstemp was called 3 times and os.close 3 times: what os.close is called with"
            " cannot be seen, as it is no Python code; open,close tells which files are open at the end"
        )
        line = None
    write("program.py", DESCRIPTORS)
    ended = run_swifttrace("--unpaired", pair, "program.py", cwd=tmp_path)
    said, *lines = ended.stderr.decode().splitlines()
    before, _, after = verdict.partition("{}")
    assert said.startswith(f"# {before}")
    assert said.endswith(after)
    assert [each.partition("]")[0] for each in lines] == [f"+ [program.py:{line}"] * 2 * bool(line)


def test_a_file_that_has_another_name_by_now_is_open_still(write, tmp_path):
    write(
        "program.py",
        "import os\nkept = []\nfor turn in range(5):\n    kept.append(open('new', 'w'))\n"
        "    os.replace('new', f'old{turn}')\nwith open('new', 'w'): pass\n",
    )
    ended = run_swifttrace("--unpaired", "open,close", "program.py", cwd=tmp_path)
    lines = ended.stderr.decode().splitlines()
    assert lines[0].startswith("# 5 of ")
    assert lines[1] == "+ [program.py:4]     kept.append(open('new', 'w'))"
    assert len(lines) == 3


def test_a_file_without_a_name_is_open_still(write, tmp_path):
    write(
        "program.py",
        "import tempfile\nkept = []\nfor turn in range(3):\n"
        "    kept.append(tempfile.TemporaryFile())\nkept.pop().close()\n",
    )
    ended = run_swifttrace("--unpaired", "open,close", "program.py", cwd=tmp_path)
    lines = ended.stderr.decode().splitlines()
    assert lines[0].startswith("# 2 of ")
    assert lines[1] == "+ [program.py:4]     kept.append(tempfile.TemporaryFile())"
    assert len(lines) == 3


@pytest.mark.parametrize("pair", ["open", "a,b,c", "a b,c", ","])
def test_what_is_no_pair_is_one_line(write, tmp_path, pair):
    write("program.py", "print('ran')\n")
    ended = run_swifttrace("--unpaired", pair, "program.py", cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr.count(b"\n")) == (2, b"", 1)
    assert ended.stderr.startswith(b"swifttrace: unpaired ")
    assert run_python("program.py", cwd=tmp_path).returncode == 0
