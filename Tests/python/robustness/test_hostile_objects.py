"""Objects whose own code raises, hangs, recurses, prints, forks, exits or traces.

What is shown of them runs none of it, but where `--values=repr` or `--watch` asks for it: then
it does the program no harm.
"""

from __future__ import annotations

import re

import pytest
from conftest import run_python, run_swifttrace

# Each kind of object is bound, put into containers, handed on, yielded, returned, raised.
HOSTILE = """\
import os, sys
def hostile(*_, **__):
    os.write(1, b"RAN\\n")
    raise SystemExit(3)
NAMES = '''__repr__ __str__ __eq__ __ne__ __lt__ __hash__ __getattr__ __getattribute__ __len__
    __iter__ __bool__ __contains__ __getitem__ __index__ __int__ __float__ __format__ __dir__
    __next__ __sizeof__ keys items bit_length __instancecheck__ __subclasscheck__'''.split()
METHODS = dict.fromkeys(NAMES, hostile)
PROPERTIES = dict.fromkeys(("__class__", "__dict__", "args"), property(hostile))
OF_TYPES = dict.fromkeys(("__name__", "__mro__", "__class__"), property(hostile))
Meta = type("Meta", (type,), {**METHODS, **OF_TYPES})
BASES = (object, int, str, bytes, bytearray, float, complex, list, tuple, dict, set, frozenset,
         type(sys), Exception, type)
def bound(h, *rest, other=None, **names):
    a = h
    b = [h, (h,)]
    c = {1: h}
    a = 1
    a = h
    yield h
    del a
    return h
def raised(h):
    try:
        raise h
    except BaseException as error:
        held = error, None
for meta in (type, Meta):
    for base in BASES:
        if base is type and meta is Meta: continue
        kind = type.__call__(meta, "H" + base.__name__, (base,), {**METHODS, **PROPERTIES})
        made = base.__new__(kind) if base is not type else base.__new__(kind, "T", (), {})
        for _ in bound(made, made, kind, other=made, key2=made): pass
        if base is Exception: raised(made)
del made, kind
print("end")
"""


@pytest.mark.parametrize("level", ["-xx", "-xxx"])
@pytest.mark.parametrize(
    "options",
    ["--values", "--calls", "--values --calls --show depth,task,module --color always --cut=50"]
    + ["--values --calls --show-secrets --last 10", "-dd", "-ddd", "--watch nothing --values"],
)
def test_no_code_of_theirs_runs(write, tmp_path, options, level):
    path = write("script.py", HOSTILE)
    plain = run_python(path)
    # The interpreter itself calls one of them.
    assert (plain.returncode, plain.stdout, plain.stderr) == (0, b"RAN\nend\n", b"")
    ended = run_swifttrace(level, *options.split(), "-o", "trace", path, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, plain.stdout, b"")


def test_they_are_shown_by_the_names_of_their_classes(write):
    ended = run_swifttrace("-xx", "--values", "--calls", write("script.py", HOSTILE))
    text = re.sub(r" #\d+(?=[>:])", "", ended.stderr.decode())
    for base in ("object", "int", "str", "dict", "frozenset", "module", "Exception"):
        shown = "__main__.HException()" if base == "Exception" else f"<H{base}>"
        assert text.count(f"# a = {shown}\n") == 2
        assert text.count(f"# b = [{shown}, ({shown},)]\n") == 2
        assert text.count(f"# c = {{1: {shown}}}\n") == 2
        assert text.count(f"# a = {shown} → 1\n") == 2
        assert text.count(f"# a = 1 → {shown}\n") == 2
        assert text.count(f"<~ bound: {shown}\n") == 2
        assert text.count(f"<= bound: {shown}\n") == 2
    # The other one's class has the interpreter raise what its code does.
    assert text.count("!! raised: raised __main__.HException()\n") == 1


ACTIONS = {
    "raises": "raise ValueError",
    "exits": "raise SystemExit(3)",
    "calls sys.exit": "import sys; sys.exit(4)",
    "interrupts": "raise KeyboardInterrupt",
    "leaves a generator": "raise GeneratorExit",
    "recurses": "return repr(self)",
    "recurses by another way": "return self.__repr__()",
    "hangs": "while True: pass",
    "hangs and catches": "while True:\n            try:\n                while True: pass\n"
    "            except Exception: pass",
    "prints": "print('said', flush=True); return 'printed'",
    "forks": "import os\n        if os.fork() == 0: os._exit(0)\n        os.wait(); return 'forked'",
    "returns no text": "return 1",
    "returns a text of its own": "return type('S', (str,), {'__len__': lambda self: 1 // 0,"
    " '__getitem__': lambda *_: 1 // 0, '__str__': lambda self: 1 // 0})('text')",
    "returns surrogates": "return '\\ud800\\x1b[31m\\r\\n'",
    "returns much": "return 'x' * 10_000_000",
    "enables": "import swifttrace; swifttrace.enable(1, output='other'); return 'enabled'",
    "disables": "import swifttrace; swifttrace.disable(); return 'disabled'",
    "traces a block": "import swifttrace\n        with swifttrace.trace(1, output='block'): return 'block'",
    "sets a trace function": "import sys; sys.settrace(lambda *_: None); return 'set'",
    "starts a thread": "import threading; t = threading.Thread(target=print); t.start(); t.join()"
    "; return 'thread'",
    "changes the variables": "import sys; sys._getframe(1).f_globals.update(n=7); return 'changed'",
    "collects": "import gc; gc.collect(); return 'collected'",
    "changes what holds it": "held.clear(); return 'cleared'",
}
SCRIPT = """\
import sys, warnings
warnings.simplefilter("ignore")
class Hostile:
    def __repr__(self):
        {action}
    kind = property(__repr__)
held = []
n = 1
def f(argument):
    local = argument
    held.append(argument)
    alias = held
    return 5
one = Hostile()
one.n = 1
assert f(one) == 5
one.n = 2
print("end", n, flush=True)
sys.exit(5)
"""


def run(write, action, *options, cwd):
    path = write("script.py", SCRIPT.replace("{action}", ACTIONS[action]))
    return run_swifttrace("-xx", *options, "-o", "trace", path, cwd=cwd)


@pytest.mark.parametrize("action", ACTIONS)
def test_by_its_repr_an_object_does_no_harm(write, tmp_path, action):
    ended = run(write, action, "--values=repr", "--calls", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (5, b"")
    assert set(ended.stdout.splitlines()) - {b"said", b""} == {b"end 1"}


INSTEAD = {
    "raises": "<Hostile: its repr raised ValueError>",
    "exits": "<Hostile: its repr raised SystemExit>",
    "calls sys.exit": "<Hostile: its repr raised SystemExit>",
    "leaves a generator": "<Hostile: its repr raised GeneratorExit>",
    "recurses": "<Hostile: its repr raised RecursionError>",
    "hangs": "<Hostile: its repr took over 0.2 s>",
    "hangs and catches": "<Hostile: its repr took over 0.2 s>",
    "prints": "printed",
    "forks": "forked",
    "returns no text": "<Hostile: its repr raised TypeError>",
}


@pytest.mark.parametrize("action", INSTEAD)
def test_what_is_said_instead(write, tmp_path, action):
    run(write, action, "--values=repr", cwd=tmp_path)
    trace = re.sub(r" #\d+(?=[>:])", "", (tmp_path / "trace").read_text())
    assert f"# one = {INSTEAD[action]}\n" in trace


# What never ends is waited for: the expression is the user's own.
WATCHED = [action for action in ACTIONS if "hangs" not in action and action != "interrupts"]


@pytest.mark.parametrize("action", WATCHED)
def test_watched_it_does_no_harm(write, tmp_path, action):
    ended = run(write, action, "--watch", "one.kind", "--watch", "one.n", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (5, b"")
    last = b"end 7" if action == "changes the variables" else b"end 1"
    assert set(ended.stdout.splitlines()) - {b"said", b""} == {last}
    if action not in ("enables", "disables"):
        assert "one.n = 1 → 2\n" in (tmp_path / "trace").read_text()


@pytest.mark.parametrize("options", [["--watch", "n"], ["-dd"], ["-ddd"], ["--values=repr"]])
def test_the_limit_of_recursion_is_the_programs(write, tmp_path, options):
    source = """\
def f(n):
    return f(n - 1) if n else 0
for n in range(980, 1000):
    try:
        f(n)
    except RecursionError as error:
        frame = error.__traceback__
        while frame.tb_next: frame = frame.tb_next
        assert frame.tb_frame.f_code.co_name == "f", frame.tb_frame
        del frame, error
        print(n)
        break
"""
    path = write("script.py", source)
    plain = run_swifttrace("-o", "trace", path, cwd=tmp_path)
    ended = run_swifttrace(*options, "-o", "trace", path, cwd=tmp_path)
    assert plain.returncode == 0, plain.stderr
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, plain.stdout, b"")


# A timer of the program's rings while our code runs for a line: what its handler raises is
# for the program.
RINGING = """\
import signal, sys, time
class Alarm(BaseException if "base" in sys.argv else Exception): pass
class Handler:
    def __call__(self, *_): raise Alarm("rings")
    method = __call__
def function(*_): raise Alarm("rings")
handler = {"function": function, "method": Handler().method, "object": Handler(),
           "interrupt": signal.default_int_handler}[sys.argv[1]]
signal.signal(signal.SIGINT, handler)
rung = []
class Point:
    def __repr__(self):
        if not rung: rung.append(signal.raise_signal(signal.SIGINT))
        return "Point()"
    kind = property(__repr__)
def f():
    p = Point()
    q = p
    return g(p)
def g(p): return 1
try:
    f()
except (Alarm, KeyboardInterrupt) as error:
    print("caught", type(error).__name__, len(rung))
"""


@pytest.mark.parametrize("kind", ["function", "method", "object", "function base", "interrupt"])
@pytest.mark.parametrize(
    "options", [["--values=repr"], ["--watch", "p.kind"], ["--values=repr", "--only-calls"]]
)
def test_what_a_signals_handler_raises_meanwhile_belongs_to_the_program(write, options, kind):
    ended = run_swifttrace("-xx", *options, write("script.py", RINGING), *kind.split())
    error = b"KeyboardInterrupt" if kind == "interrupt" else b"Alarm"
    assert (ended.returncode, ended.stdout) == (0, b"caught %s 0\n" % error), ended.stderr.decode()
