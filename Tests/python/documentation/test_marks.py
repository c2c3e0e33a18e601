"""Every mark that the reference of the output names is in what swifttrace prints."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT, run_python, run_swifttrace

PAGE = ROOT / "docs" / "reference" / "output.md"
pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="there are no pages here")
NUMBER = r"\[ +\d+\]"
MARKS = {
    "`+`, `++`, `+++`": [r"^\+ ", r"^\+\+ ", r"^\+\+\+ "],
    "`[    12]`": [r"^\+ \[    12\] "],
    "`[file.py:12    ]`": [r"^\+ \[\S+\.py:12 +\] "],
    "`{…}`": [r"^\+ \{MainThread 0 <module>\} \["],
    "`<no source>`": [rf"^\+ {NUMBER} <no source>$"],
    "`\\x1b`, `\\u202e`": [r"'\\x1b\[31m'", r"'\\u202e'"],
    "`…`": [r"…$"],
    "`line    # name = value`": [rf"^\+ {NUMBER} total \+= 1    # total = 0$"],
    "`# name.x = 1 → 2`, `# name['a'] = 1`, `# del name.x`": [
        rf"^\+ {NUMBER} # point\.x = 1 → 2$",
        rf"^\+ {NUMBER} # named\['a'\] = 1$",
        rf"^\+ {NUMBER} # del point\.x$",
    ],
    "`# len(name) = 9 → 8`": [rf"^\+ {NUMBER} # len\(many\) = 9 → 8$"],
    "`# name = value`": [rf"^\+ {NUMBER} # total = 0$"],
    "`# name = old → new`": [rf"^\+ {NUMBER} # total = 0 → 1$"],
    "`# del name`": [rf"^\+ {NUMBER} # del total$"],
    "`***1`": [rf"^\+ {NUMBER} # password = \*\*\*1$"],
    "`=> f(a=1)`": [r"=> f\(a=1\)$"],
    "`<= f: 2`": [r"<= f: 2$"],
    "`<~ f: 2`": [r"<~ g: 2$"],
    "`~> f()`": [r"~> g\(\)$"],
    "`!! f: raised …`": [r"!! h: raised KeyError\('k'\)$"],
    "`!! f: caught …`": [r"!! h: caught KeyError$"],
    "`!! f: raised again …`": [r"!! h: raised again KeyError$"],
    "`!! f: left …`": [r"!! h: left KeyError$"],
    "`# by a.py:3 f`": [r"# by watched\.py:5 main, watched\.py:6 <module>$"],
    "`# EVENT happened …`": [r"^# import:json happened twice, at 2 places$"],
    "`# …, by a.py:3 f`": [r"^\+ \[asking\.py:2\]     # import json, by asking\.py:3 <module>$"],
    "`# … left out: --all …`": [
        r"^# 1 more record of once left out: --all shows all, --lines N more$"
    ],
    "`# swifttrace: process …`": [r"^# swifttrace: process \d+, child of \d+, traced since "],
    "`swifttrace: …`": [r"^swifttrace: .*SWIFTTRACE: level must be 1, 2 or 3, not 7$"],
    "`>`, `:12`": [r"^> test_it\.py:2 ", r"^ +:4 +number = 1$"],
}
TREE = """\
import subprocess
import sys
depth = int(sys.argv[1])
if depth:
    subprocess.run([sys.executable, __file__, str(depth - 1)], check=True)
"""
TEXTS = """\
total = 0
total += 1
del total
password = "hunter2"
def f(a):
    return 2
def g():
    yield 2
def h():
    try:
        {}["k"]
    except KeyError as error: raise error
f(1)
for n in g():
    exec("pass")
escape, turned = "\\x1b[31m", "\\u202e"
try:
    h()
except KeyError:
    text = "a" * 300
"""
CHANGES = """\
class Point:
    pass
point, named, many = Point(), {}, list(range(9))
point.x = 1
point.x = 2
del point.x
named["a"] = 1
many.pop()
"""
WATCHED = """\
d = {"k": 1}
def change():
    d["k"] = 2
def main():
    change()
main()
"""
ASKING = """\
def load():
    import json
load()
import sys; del sys.modules["json"]
import json
"""
FAILING = """\
def test_it():
    assert count() == 2
def count():
    number = 1
    return number
"""


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What programs print that are traced in all the ways that have marks of their own."""
    directory = tmp_path_factory.mktemp("marks")
    programs = {"tree.py": TREE, "texts.py": TEXTS, "watched.py": WATCHED, "test_it.py": FAILING}
    programs |= {"asking.py": ASKING, "changes.py": CHANGES}
    for name, text in programs.items():
        (directory / name).write_text(text, encoding="utf-8")
    details = ("--values", "--calls", "--include", "<string>")
    runs = [
        run_swifttrace("tree.py", "2", cwd=directory),
        run_swifttrace("-xx", *details, "texts.py", cwd=directory),
        run_swifttrace("-xx", "--values=used", "texts.py", cwd=directory),
        run_swifttrace("-xx", "--values", "changes.py", cwd=directory),
        run_swifttrace("-xxx", "--scope", "script", "texts.py", cwd=directory),
        run_swifttrace("-xx", "--show", "thread,depth,function", "texts.py", cwd=directory),
        run_swifttrace("-xx", "--watch", 'd["k"]', "watched.py", cwd=directory),
        run_swifttrace("--on", "import:json", "--lines", "4", "asking.py", cwd=directory),
        run_python("-c", "pass", env={"SWIFTTRACE": "7"}),
        run_python("-m", "pytest", "-q", "-p", "no:randomly", "--swifttrace-on-failure", "test_it.py", cwd=directory),
    ]  # fmt: skip
    return "\n".join((run.stdout + run.stderr).decode() for run in runs)


def marks_of_the_page():
    table = PAGE.read_text(encoding="utf-8").partition("| --- | --- | --- |\n")[2]
    rows = table.partition("\n\n")[0].splitlines()
    return [re.split(r" \| ", row.removeprefix("| "))[0] for row in rows]


def test_the_page_names_the_marks_that_are_looked_for():
    assert marks_of_the_page() == list(MARKS)


@pytest.mark.parametrize("mark", list(MARKS))
def test_every_mark_is_in_what_swifttrace_prints(printed, mark):
    for pattern in MARKS[mark]:
        assert re.search(pattern, printed, re.MULTILINE), printed
