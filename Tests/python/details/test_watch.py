"""The line that changes what an expression says: --watch and swifttrace.watch()."""

from __future__ import annotations

import re

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
    ended = run_swifttrace(*options, "--paths=short", path.name, cwd=path.parent, **how)
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stderr.decode().replace(str(path.parent), "HERE").splitlines()


def test_the_line_that_did_it_wherever_it_is(write):
    lines = watched(write, "--watch", "sys.path[0]")
    assert [line.partition("] ")[2] for line in lines] == [
        '    sys.path[0] = "evil"',
        "    # sys.path[0] = 'HERE' → 'evil'",
        "    # by script.py:12 main, script.py:16 <module>",
    ]
    assert "library.py:3     ]" in lines[0]


CALLERS = {
    "what a call returns": (
        """\
def two():
    return 2
x = 1
x = two()
def f():
    x = two()
    return 3
x = f()
""",
        ["x = two()", "x = f()"],
    ),
    "code that is gone by then": (
        """\
x = 1
x = eval("2")
x = 3
def f():
    x = 4
    exec("y = 5")
    del x
f()
""",
        ['x = eval("2")', "x = 3", "    del x"],
    ),
    "a generator": (
        """\
def f():
    x = 1
    x = yield 2
    yield 3
x = 0
g = f()
x = next(g)
x = g.send(4)
for x in [5]:
    pass
""",
        ["x = next(g)", "    x = yield 2", "x = g.send(4)", "for x in [5]:"],
    ),
    "what an exception ends": (
        """\
def f():
    raise ValueError
x = []
try: x.append(1); f()
except ValueError: x.append(2)
y = 1
""",
        ["try: x.append(1); f()", "except ValueError: x.append(2)"],
    ),
    "a line that starts a thread": (
        """\
import threading
def f():
    pass
t = threading.Thread(target=f)
x = 1
x = 2; t.start(); t.join()
y = 1
""",
        ["x = 2; t.start(); t.join()"],
    ),
}


@pytest.mark.parametrize("case", CALLERS)
def test_a_call_is_not_the_line_that_binds_what_it_returns(write, case):
    script, expected = CALLERS[case]
    options = ["-xx", "--include", "<string>", "--watch", "x"]
    # Memory that is freed is not left as it was.
    lines = watched(write, *options, script=script, env={"PYTHONMALLOC": "debug"})
    code = [line.partition("] ")[2] for line in lines]
    assert [line for line in code if not line.lstrip().startswith("#")] == expected


def test_names_attributes_and_items(write):
    lines = watched(
        write, "-xx", *("--watch", "count", "--watch", "point.x"),
        *("--watch", "os.environ['KIND']"), env={"KIND": "a"},
    )  # fmt: skip
    assert lines == [
        "+ [     9]     count += 1",
        "+ [     9]     # count = 0 → 1",
        "+ [     9]     # by script.py:16 <module>",
        "+ [     6]     point.x += 1",
        "+ [     6]     # point.x = 0 → 1",
        "+ [     6]     # by script.py:11 main, script.py:16 <module>",
        '+ [    13]     os.environ["KIND"] = "b"',
        "+ [    13]     # os.environ['KIND'] = 'a' → 'b'",
        "+ [    13]     # by script.py:16 <module>",
        '+ [    14]     del os.environ["KIND"]',
        "+ [    14]     # os.environ['KIND'] = 'b' → raises KeyError",
        "+ [    14]     # by script.py:16 <module>",
    ]


def test_what_changes_in_an_object_and_what_is_deleted(write):
    script = "a = []\na.append(1)\nb = 2\ndel b\nc = 1\n"
    lines = watched(write, "-xx", "--watch", "a", "--watch", "b", script=script)
    assert [line for line in lines if "#" in line] == [
        "+ [     2] # a = [] → [1]",
        "+ [     4] # b = 2 → raises NameError",
    ]


def test_none_is_a_value_too(write):
    script = "x = None\nx = []\nx = None\ndel x\nx = None\nx = float('nan')\nx = -x\ny = 1\n"
    assert notes(watched(write, "-xx", "--watch", "x", script=script)) == [
        "x = None → []",
        "x = [] → None",
        "x = None → raises NameError",
        "x = None → nan",
    ]


def test_imports_change_nothing(write):
    script = "import sys\ndef f():\n    import sys\n    return sys\nf()\n"
    assert watched(write, "-xxx", "--watch", "sys.path[0]", script=script) == []


def test_secrets_are_hidden(write):
    script = "token = 'one'\ntoken = 'two'\nprint()\n"
    lines = watched(write, "-xx", "--watch", "token", script=script)
    assert lines == ["+ [     2] token = 'two'", "+ [     2] # token = ***1 → ***2"]


def test_values_are_those_of_the_lines_that_are_shown(write):
    script = "class Point:\n    x = 0\npoint = Point()\nother = 1\npoint.x = 2\nlast = 3\n"
    lines = watched(write, "-xx", "--values", "--watch", "point.x", script=script)
    assert [re.sub(r"#\d+>", "#N>", line) for line in lines] == [
        "+ [     5] point.x = 2",
        "+ [     5] # point.x = 0 → 2",
    ]


def test_in_a_program(write):
    script = """\
import swifttrace
swifttrace.watch("limit", level=2, paths="short")
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


def notes(lines):
    """What has changed, without the callers and the addresses."""
    told = [line.partition("# ")[2] for line in lines if "# " in line and "# by " not in line]
    return [re.sub(r"#\d+>", "#N>", note) for note in told]


def test_a_name_is_what_it_is_to_the_code_that_runs(write):
    """A function's variable that is not bound yet is not the global of that name."""
    script = """\
x = 1
def local(new):
    print()
    x = new
    print()
def change():
    global x
    x = 2
local(5)
change()
local(7)
x = 3
"""
    assert notes(watched(write, "-xx", "--watch", "x", script=script)) == [
        "x = 1 → 2",
        "x = 2 → 3",
    ]


def test_a_name_that_another_object_is_bound_to(write):
    script = """\
class Point:
    def __init__(self, x):
        self.x = x
def move(point):
    point.x += 10
for x in range(3):
    point = Point(x)
    move(point)
point = Point(12)
print()
"""
    assert notes(watched(write, "-xx", "--watch", "point.x", script=script)) == [
        "point.x = 0 → 10",
        "point.x = 1 → 11 (<Point #N>)",
        "point.x = 2 → 12 (<Point #N>)",
    ]


def test_an_object_that_has_the_memory_of_one_that_is_gone(write):
    script = """\
class Point:
    def __init__(self, x):
        self.x = x
for x in range(9):
    Point(x)
"""
    lines = watched(write, "-xx", "--watch", "self.x", script=script)
    whose = ["", *[" (<Point #N>)"] * 8]
    assert notes(lines) == [f"self.x = raises AttributeError → {x}{whose[x]}" for x in range(9)]


def test_an_item_of_another_place_is_not_a_change(write):
    script = "def at(a, i):\n    return a[i]\na = [1, 2]\nat(a, 0)\nat(a, 1)\nprint()\n"
    assert watched(write, "-xx", "--watch", "a[i]", script=script) == []


@pytest.mark.parametrize(
    ("first", "change", "said"),
    [
        ("list(range(1000, 1050))", "a[40] = 0", "[1000, 1001, …] of 50 → [1000, 1001, …] of 50"),
        ("'a' * 300", "a = 'a' * 200 + 'b' * 100", "'aaa…'… of 300 → 'aaa…'… of 300"),
        ("{n: n for n in range(30)}", "a[20] = None", "{0: 0, 1: 1, …} of 30 → {0: 0, 1: 1, …} of 30"),
        ("10**200", "a += 1", "<int of 665 bits> → <int of 665 bits>"),
    ],
)  # fmt: skip
def test_what_is_too_long_to_be_shown(write, first, change, said):
    script = f"a = {first}\nprint()\n{change}\nprint()\na = a\nprint()\n"
    found = notes(watched(write, "-xx", "--watch", "a", script=script))
    assert len(found) == 1
    shown = re.sub(r", 1002.*?…|, 2: 2.*?…", ", …", re.sub("a{4,}'", "aaa…'", found[0]))
    assert shown == "a = " + said


def test_a_namespace_without_builtins_is_left_so(write):
    script = """\
import types
names = {"x": 1}
code = compile("def f():\\n    global x\\n    x = 2\\n", __file__, "exec").co_consts[0]
types.FunctionType(code, names)()
print(sorted(names))
"""
    path = write("script.py", script)
    plain = run_python(path)
    traced = run_swifttrace("-xx", "--watch", "x", path)
    assert (traced.stdout, traced.returncode) == (plain.stdout, 0)
    assert b"# x = 1 \xe2\x86\x92 2" in traced.stderr


def test_secrets_within_are_shown_where_that_is_asked_for(write):
    script = "a = {'password': 1}\na = {'password': 2}\nx = 1\n"
    hidden = watched(write, "-xx", "--watch", "a", script=script)
    shown = watched(write, "-xx", "--watch", "a", "--show-secrets", script=script)
    assert notes(hidden)[-1] == "a = {'password': ***1} → {'password': ***2}"
    assert notes(shown)[-1] == "a = {'password': 1} → {'password': 2}"


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


def test_threads_that_change_the_same(write):
    script = """\
import sys, threading
sys.setswitchinterval(1e-6)
class Box:
    count = 0
    def add(self):
        with lock:
            self.count += 1
lock = threading.Lock()
box = Box()
def work():
    for _ in range(300):
        box.add()
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    said = notes(watched(write, "-xx", "--watch", "self.count", script=script))
    changes = sorted([int(end) for end in note.partition(" = ")[2].split(" → ")] for note in said)
    assert (changes[0][0], changes[-1][1]) == (0, 2400)
    assert [old for old, _ in changes[1:]] == [new for _, new in changes[:-1]]


def test_a_module_that_another_one_has_by_another_name(write):
    write(
        "other.py",
        "import sys as _sys\nclass A:\n    def f(self):\n        return _sys\nA().f()\n",
    )
    script = "import sys, other\ndef f():\n    other.A().f()\n    return sys.argv\nf()\n"
    assert watched(write, "--watch", "sys", "--scope", "all", script=script) == []


def test_what_both_have_seen_is_said_once(write):
    script = "x = 1\nx = 2\n"
    lines = watched(write, "-xx", "--watch", "x", "--values", script=script)
    assert lines[-2:] == ["+ [     2] x = 2", "+ [     2] # x = 1 → 2"]


def test_names_that_have_the_memory_of_others(write):
    script = """\
def run(number):
    exec(compile(f"y = 0\\nx = {number}\\nx += 9", f"<module {number}>", "exec"), {"__name__": str(number)})
for number in range(9):
    run(number)
"""
    lines = watched(write, "--scope=all", "--watch", "x", script=script)
    assert notes(lines) == [f"x = {number} → {number + 9}" for number in range(9)]
