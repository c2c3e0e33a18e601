"""Calls, returns and exceptions: --calls, --only-calls, --depth."""

from __future__ import annotations

import pytest
from conftest import run_swifttrace

SCRIPT = """\
def f(n, *rest, a=None, **more):
    if n == 0:
        raise ValueError("no", n)
    return g(n)
def g(n):
    try:
        f(n - 1)
    except ValueError:
        raise
def numbers(limit):
    for number in range(limit):
        yield number
async def coroutine():
    return 7
class Quiet:
    def __enter__(self): return self
    def __exit__(self, *_): return True
sum(numbers(2))
with Quiet():
    f(1, 2, b=3)
try:
    coroutine().send(None)
except StopIteration:
    pass
"""

ONLY_CALLS = """\
+ [     1] => <module>()
+ [    15]   => Quiet()
+ [    17]   <= Quiet: None
+ [    10]   => numbers(limit=2)
+ [    12]   <~ numbers: 0
+ [    12]   ~> numbers()
+ [    12]   <~ numbers: 1
+ [    12]   ~> numbers()
+ [    11]   <= numbers: None
+ [    16]   => Quiet.__enter__(self=<Quiet #1>)
+ [    16]   <= Quiet.__enter__: <Quiet #1>
+ [     1]   => f(n=1, *rest=(2,), a=None, **more={'b': 3})
+ [     5]     => g(n=1)
+ [     1]       => f(n=0, *rest=(), a=None, **more={})
+ [     3]       !! f: raised ValueError('no', 0)
+ [     3]       !! f: left ValueError
+ [     8]     !! g: caught ValueError
+ [     9]     !! g: raised again ValueError
+ [     9]     !! g: left ValueError
+ [     4]   !! f: left ValueError
+ [    17]   => Quiet.__exit__(self=<Quiet #1>, *_=(<class ValueError>, \
ValueError('no', 0), <traceback>))
+ [    17]   <= Quiet.__exit__: True
+ [    19] !! <module>: caught ValueError
+ [    13]   => coroutine()
+ [    14]   <= coroutine: 7
+ [    22] !! <module>: raised StopIteration(7)
+ [    23] !! <module>: caught StopIteration
+ [    24] <= <module>: None
"""


def trace(write, *options, script=SCRIPT):

    ended = run_swifttrace("-xx", *options, write("script.py", script))
    assert (ended.returncode, ended.stdout) == (0, b""), ended.stderr.decode()
    return ended.stderr.decode()


def test_only_calls(write):
    assert trace(write, "--only-calls") == ONLY_CALLS


def test_calls_beside_the_lines(write):
    both = trace(write, "--calls").splitlines()
    calls = ONLY_CALLS.splitlines()
    assert [line for line in both if line in calls] == calls
    assert [line for line in both if line not in calls] == trace(write).splitlines()


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_no_deeper_than_asked_for(write, depth):
    shown = trace(write, "--only-calls", f"--depth={depth}")
    indentation = "+ [     1] " + "  " * depth
    wanted = [line for line in ONLY_CALLS.splitlines() if line[: len(indentation)].strip()]
    wanted = [line for line in wanted if not line[len("+ [     1] ") :].startswith("  " * depth)]
    assert shown.splitlines() == wanted


def test_lines_no_deeper_than_asked_for(write):
    script = "def f():\n    g()\ndef g():\n    pass\nf()\n"
    lines = ["+ [     1] def f():", "+ [     3] def g():", "+ [     5] f()"]
    assert trace(write, "--depth=1", script=script).splitlines() == lines
    lines.append("+ [     2]     g()")
    assert trace(write, "--depth=2", script=script).splitlines() == lines


def test_recursion_and_threads_keep_their_depths(write):
    script = """\
import threading
def f(n):
    return n and f(n - 1)
thread = threading.Thread(target=f, args=(1,), name="other")
f(2)
thread.start()
thread.join()
"""
    shown = trace(write, "--only-calls", script=script).splitlines()
    assert [line for line in shown if "=>" in line] == [
        "+ [     1] => <module>()",
        "+ [     2]   => f(n=2)",
        "+ [     2]     => f(n=1)",
        "+ [     2]       => f(n=0)",
        "+ {other} [     2] => f(n=1)",
        "+ {other} [     2]   => f(n=0)",
    ]


def test_arguments_as_the_def_has_them(write):
    script = """\
def f(a, /, b, *rest, c=1, d, **names): pass
def g(a, *, b): pass
def h(*rest): pass
def i(a, **names): pass
f(1, 2, 3, 4, d=5, e=6)
g(1, b=2)
h(1)
i(1, b=2)
sum(n for n in [])
"""
    shown = trace(write, "--only-calls", script=script).splitlines()
    assert [line.split("=> ")[1] for line in shown if "=>" in line] == [
        "<module>()",
        "f(a=1, b=2, *rest=(3, 4), c=1, d=5, **names={'e': 6})",
        "g(a=1, b=2)",
        "h(*rest=(1,))",
        "i(a=1, **names={'b': 2})",
        "<genexpr>()",
    ]


def test_values_are_for_lines_and_not_for_calls_alone(write):
    script = "def f(n):\n    x = n\n    return x\ny = f(1)\n"
    only = trace(write, "--only-calls", script=script)
    assert trace(write, "--only-calls", "--values", script=script) == only
    assert trace(write, "--only-calls", "--values=repr", script=script) == only
    assert "# x = 1" in trace(write, "--calls", "--values", script=script)


def test_what_is_very_deep_is_indented_no_further(write):
    script = "def f(n):\n    return n and f(n - 1)\nf(99)\n"
    lines = trace(write, "--only-calls", script=script).splitlines()
    indented = [len(line) - len(line[11:].lstrip()) - 11 for line in lines[1:-1]]
    down = [2 * min(depth, 50) for depth in range(1, 101)]
    assert indented == down + down[::-1]


NAMES = """\
class A: pass
class B: __slots__ = ()
class C: pass
def f(*objects): pass
a, b = A(), B()
for turn in range(2):
    f(a, b)
    new = A()
    f(new)
    del new
f(A())
a.__class__ = C
f(a)
"""


def test_an_object_keeps_its_number_and_leaves_it_to_no_other(write):
    shown = [
        line for line in trace(write, "--only-calls", script=NAMES).splitlines() if "=> f" in line
    ]
    assert [line.partition("*objects=")[2] for line in shown] == [
        "(<A #1>, <B #1>))",
        "(<A #2>,))",
        "(<A #1>, <B #1>))",
        "(<A #3>,))",
        "(<A #4>,))",
        "(<C #1>,))",
    ]
