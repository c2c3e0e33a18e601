"""What lines change within objects: --values."""

from __future__ import annotations

import pytest
from conftest import run_swifttrace


def notes(write, script, *options):
    """Return the notes of a script by the numbers of their lines."""
    ended = run_swifttrace("-xx", "--values", *options, write("script.py", script))
    assert ended.returncode == 0, ended.stderr.decode()
    shown = [line for line in ended.stderr.decode().splitlines() if "] " in line and "# " in line]
    return [line.partition("# ")[2] for line in shown if line.partition("]")[2].lstrip()[0] == "#"]


SETUP = """\
from collections import defaultdict, deque
class P:
    pass
class S:
    __slots__ = ("a", "password")
p, s, i, k = P(), S(), 2, "key"
p.x, p.inner, p.items = 0, P(), []
s.a = 1
d, n, u, q = {"a": [], 1: {}}, [1, 2, 3], {1}, deque([1])
b, e = bytearray(b"ab"), defaultdict(list)
big, many = list(range(100)), dict.fromkeys(range(100))
"""


@pytest.mark.parametrize(
    ("line", "shown"),
    {
        "p.x = 3": "p.x = 0 → 3",
        "p.x += 1": "p.x = 0 → 1",
        "p.y = [p.x]": "p.y = [0]",
        "del p.x": "del p.x",
        "p.inner.z = 1": "p.inner.z = 1",
        "p.items.append(1)": "p.items = [] → [1]",
        "s.a = 'b'": "s.a = 1 → 'b'",
        "del s.a": "del s.a",
        "s.password = 'hush'": "s.password = ***1",
        "d['password'] = 'hush'": "d['password'] = ***1",
        "d['b'] = []": "d['b'] = []",
        "d['a'] = 1": "d['a'] = [] → 1",
        "d['a'].append(1)": "d['a'] = [] → [1]",
        "d[1][k] = i": "d[1]['key'] = 2",
        "d[i] = i * i": "d[2] = 4",
        "d[None], d[True] = 1, 2": "d[None] = 1, d[True] = {} → 2",
        "del d['a']": "del d['a']",
        "n[i] = 0": "n[2] = 3 → 0",
        "n[-1] += 1": "n[-1] = 3 → 4",
        "n[0:2] = []": "n = [1, 2, 3] → [3]",
        "n.reverse()": "n = [1, 2, 3] → [3, 2, 1]",
        "u.add(2)": "u = {1} → {1, 2}",
        "q.appendleft(0)": "q = deque([1]) → deque([0, 1])",
        "b.append(99)": "b = bytearray(b'ab') → bytearray(b'abc')",
        "e['new'] = 1": "e['new'] = 1",
        "big.append(7)": "big[100] = 7",
        "big.extend([1] * 50)": "len(big) = 100 → 150",
        "big.pop()": "len(big) = 100 → 99",
        "big[3] = 9": "big[3] = 3 → 9",
        "many['more'] = 1": "many['more'] = 1",
        "many.update(one=1, two=2)": "many['one'] = 1, many['two'] = 2",
        "P.total = 1": "P.total = 1",
    }.items(),
)
def test_a_change_within_an_object_is_shown(line, shown, write):
    assert notes(write, SETUP + line + "\n")[-1] == shown
    body = "".join(f"    {each}\n" for each in SETUP.splitlines(keepends=False))
    function = f"def f():\n{body}    {line}\n    return 1\nf()\n"
    assert notes(write, function)[-1] == shown


@pytest.mark.parametrize(
    "line",
    ["p.x = 0", "d['a'] = []", "n.sort()", "u.add(1)", "d.get('a')", "big.count(3)", "p.missing"],
)
def test_what_is_the_same_afterwards_is_not_shown(line, write):
    line = f"try:\n    {line}\nexcept AttributeError:\n    pass\n"
    assert len(notes(write, SETUP + line)) == len(notes(write, SETUP))


def test_no_code_of_the_program_runs_for_it(write):
    script = """\
ran = []
class Key:
    def __hash__(self): return hash("a")
    def __eq__(self, other): ran.append("eq"); return False
class Meta(type):
    def __getattribute__(self, name): ran.append("meta"); return type.__getattribute__(self, name)
class Hostile(metaclass=Meta):
    def __init__(self): vars(self)["x"] = 1; vars(self)["d"] = {}
    def __getattribute__(self, name):
        ran.append(name)
        return object.__getattribute__(self, name)
    def __repr__(self): ran.append("repr"); return ""
    @property
    def p(self): ran.append("get"); return 1
    @p.setter
    def p(self, value): pass
class Liar(dict):
    def __len__(self): ran.append("len"); return 3
    def get(self, *_): ran.append("get"); return 3
    def __iter__(self): ran.append("iter"); return iter(())
h, d, lies = Hostile(), {Key(): 1, "a": 1}, Liar()
del ran[:]
h.x = 2
h.p = 3
lies["a"] = 1
ran[:], seen = [], len(ran)
d["b"] = Key()
after = list(ran)
lies.update(b=2)
assert after == [] and seen <= 2, (after, seen, ran)
"""
    plain = run_swifttrace("-xx", write("script.py", script))
    assert plain.returncode == 0, plain.stderr.decode()
    shown = notes(write, script)
    assert "h.x = 1 → 2" in shown


def test_nothing_is_kept_alive(write):
    script = """\
import weakref
class C: pass
class P: pass
def f():
    p = P()
    p.c = C()
    dead = weakref.ref(p.c)
    p.c = None
    return dead()
assert f() is None
"""
    assert any("p.c = <" in line and line.endswith(" → None") for line in notes(write, script))


def test_a_generator_that_is_closed_in_such_a_line(write):
    script = """\
def g(d):
    try:
        d["a"] = yield 1
    finally:
        d["end"] = True
d = {}
w = g(d)
next(w)
w.close()
"""
    assert "d['end'] = True" in notes(write, script)


def test_the_width_of_values(write):
    script = "a = 'x' * 50\nb = ['y' * 5] * 7\nclass C: pass\nC.t = 'z' * 30\n"
    shown = notes(write, script, "--values-width", "8")
    assert shown[0] == "a = '" + "x" * 8 + "'…"
    assert shown[1] == "b = ['yyyyy', 'yyyyy', …]"
    assert shown[-1] == "C.t = '" + "z" * 8 + "'…"
    shown = notes(write, "a = 'x' * 500\n", "--values-width=400")
    assert shown == ["a = '" + "x" * 400 + "'…"]
