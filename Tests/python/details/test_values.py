"""What lines have bound or changed: --values."""

from __future__ import annotations

import re

import pytest
from conftest import run_python, run_swifttrace

SCRIPT = """\
def f(number, *rest, other=None, **names):
    total = 0
    for item in range(number):
        total += item
    del item
    return total
class C:
    limit = 3
f(2, 'a', x=1)
"""

SHOWN = """\
+ [     1] # f = <function f>
+ [     8]     # limit = 3
+ [     7] # C = <class __main__.C>
+ [     1] # number = 2, other = None, rest = ('a',), names = {'x': 1}
+ [     2]     # total = 0
+ [     3]     # item = 0
+ [     3]     # item = 0 → 1
+ [     4]         # total = 0 → 1
+ [     5]     # del item
"""


def notes(write, script, *options, **how):
    """Return the lines about values; addresses are left out."""
    ended = run_swifttrace("-xx", "--values", *options, write("script.py", script), **how)
    assert ended.returncode == 0, ended.stderr.decode()
    shown = [line for line in ended.stderr.decode().splitlines() if "# " in line]
    return "".join(re.sub(r" at 0x[0-9a-f]+", "", line) + "\n" for line in shown)


def value(write, expression, *options, setup=""):
    """Return what is shown of one value."""
    shown = notes(write, f"{setup}\nfound = {expression}\n", *options)
    return shown.splitlines()[-1].partition("# found = ")[2]


@pytest.mark.parametrize(("field", "more"), [("values", "repr or used"), ("calls", "only")])
def test_the_environment_s_words_for_it_are_its_own(field, more, write):
    script = write("script.py", "x = 1\n")
    ended = run_python(script, env={"SWIFTTRACE": f"level=2,{field}=True"})
    said = f"{field} must be yes, no{', ' if ' or ' in more else ' or '}{more}, not 'True'"
    assert (ended.returncode, ended.stdout) == (0, b"")
    assert said in ended.stderr.decode()
    assert ended.stderr.count(b"\n") == 1


def test_names_that_are_bound_changed_and_deleted(write):
    assert notes(write, SCRIPT) == SHOWN


def test_the_lines_are_the_same_as_without(write):
    path = write("script.py", SCRIPT)
    plain, shown = (run_swifttrace("-xx", *more, path) for more in ((), ("--values",)))
    lines = [line for line in shown.stderr.splitlines() if b"# " not in line]
    assert lines == plain.stderr.splitlines()


def test_a_name_that_another_function_changes(write):
    script = """\
def outer():
    count = 0
    def inner():
        nonlocal count
        count += 1
    inner()
outer()
"""
    assert "+ [     5]         # count = 0 → 1\n+ [     6]     # count = 0 → 1\n" in notes(
        write, script
    )


@pytest.mark.parametrize(
    "expression",
    ["None", "True", "1.5", "-7", "2**70", "'a\\n\\x1b'", "b'\\x00'", "...", "1j", "[]", "()"]
    + ["{}", "set()", "frozenset()", "(1,)", "[1, 'a', None]", "{1: [2, (3,)]}", "{7}"],
)
def test_built_in_types_are_shown_as_their_repr(write, expression):
    assert value(write, expression) == repr(eval(expression))


@pytest.mark.parametrize(
    ("expression", "shown"),
    {
        "'x' * 1000": "'" + "x" * 120 + "'…",
        "b'x' * 1000": "b'" + "x" * 120 + "'…",
        "1 << 100_000": "<int of 100001 bits>",
        "list(range(1000))": "[0, 1, 2, 3, 4, 5, 6, 7, …]",
        "dict.fromkeys(range(1000))": "{0: None, 1: None, 2: None, 3: None, 4: None, "
        "5: None, 6: None, 7: None, …}",
        "[[[[1]]]]": "[[[[…]]]]",
        "'\\ud800'": "'\\ud800'",
        "sys": "<module sys>",
        "int": "<class int>",
        "C": "<class __main__.C>",
        "C()": "<C #1>",
        "Text('a')": "<Text #1>",
        "[C()]": "[<C #1>]",
    }.items(),
)
def test_other_values_are_cut_or_named(write, expression, shown):
    setup = "import sys\nclass C:\n    pass\nclass Text(str):\n    pass"
    assert value(write, expression, setup=setup) == shown


def test_a_container_that_holds_itself(write):
    shown = notes(write, "a = []\na.append(a)\nb = a\n")
    assert shown.splitlines()[-1].endswith("# b = [[[[…]]]]")


def test_what_is_built_in(write):
    script = """\
def f():
    a = range(5), range(0, 10**300, 2), slice(1, None)
    a = slice(slice(slice(slice(slice(1)))))
    a = bytearray(b"\\0a")
    a = bytearray(b"abc" * 50)
    a = [KeyError("name"), ExceptionGroup("some", [ValueError(1)])]
f()
"""
    assert [line.partition(" → ")[2] or line for line in notes(write, script).splitlines()] == [
        "+ [     1] # f = <function f>",
        "+ [     2]     # a = (range(0, 5), range(0, <int of 997 bits>, 2), slice(1, None, None))",
        "slice(None, slice(None, slice(None, slice(…), None), None), None)",
        "bytearray(b'\\x00a')",
        "bytearray(b'" + "abc" * 40 + "'…)",
        "[KeyError('name'), ExceptionGroup('some', [ValueError(…)])]",
    ]


def test_no_code_of_the_program_runs(write):
    script = """\
class Hostile(Exception):
    def hostile(self, *_):
        print("ran")
        raise SystemExit(3)
    __repr__ = __str__ = __eq__ = __len__ = __bool__ = __iter__ = hostile
    __getattr__ = __getattribute__ = hostile
    __class__ = property(hostile)
    args = property(hostile)
def f(h):
    try:
        raise h
    except BaseException as error:
        held = [error, {1: error}]
        del held
f(Hostile())
"""
    shown = notes(write, script, "--calls")
    assert "+ [    13]         # held = [__main__.Hostile(), {1: __main__.Hostile()}]\n" in shown


def test_nothing_is_kept_alive_and_no_dictionary_is_written_to(write):
    script = """\
import gc, sys, weakref
class C:
    pass
def f():
    c = C()
    dead = weakref.ref(c)
    c = None
    assert dead() is None
    held = locals()
    later = 1
    return sorted(held)
expected = ['c', 'dead']
found = f()
assert found == expected, found
"""
    assert "c = <C #1> → None" in notes(write, script)


@pytest.mark.parametrize(
    "name", ["password", "api_key", "AUTH_TOKEN", "clientSecret", "authorization"]
)
def test_secrets_are_hidden(write, name):
    script = (
        f"{name} = 'hush'\nheaders = {{'{name}': 'hush', 'b': 1}}\ndef f({name}): pass\nf('hush')\n"
    )
    shown = run_swifttrace("-xx", "--values", "--calls", write("script.py", script))
    told = [line for line in shown.stderr.decode().splitlines() if "# " in line or "=> " in line]
    assert not [line for line in told if "hush" in line]
    assert any(line.endswith(f"# headers = {{'{name}': ***1, 'b': 1}}") for line in told)
    assert any(line.endswith(f"=> f({name}=***1)") for line in told)
    shown = notes(write, script, "--show-secrets")
    assert f"# {name} = 'hush'" in shown


def test_by_the_repr_of_objects(write):
    setup = """\
class Point:
    def __repr__(self): return "Point(1)"
class Fails:
    def __repr__(self): raise ValueError
class Hangs:
    def __repr__(self):
        while True: pass
class Enables:
    def __repr__(self):
        import swifttrace
        swifttrace.enable(1)
        return "enables"
class Recursive:
    def __repr__(self): return repr(self)
"""
    shown = {
        name: value(write, f"{name}()", "--values=repr", setup=setup)
        for name in ("Point", "Fails", "Hangs", "Recursive")
    }
    assert shown == {
        "Point": "Point(1)",
        "Fails": "<Fails #1: its repr raised ValueError>",
        "Hangs": "<Hangs #1: its repr took over 0.2 s>",
        "Recursive": "<Recursive #1: its repr raised RecursionError>",
    }
    script = setup + "e = Enables()\nprint(1)\n"
    ended = run_swifttrace("-xx", "--values=repr", write("script.py", script))
    assert (ended.returncode, ended.stdout) == (0, b"1\n")


@pytest.mark.parametrize("sink", ["stderr", "file", "ring"])
def test_in_every_sink_and_with_every_format(write, tmp_path, sink):
    path = write("script.py", SCRIPT)
    options = {"stderr": [], "file": ["-o", "out"], "ring": ["--last", "200", "-o", "out"]}[sink]
    ended = run_swifttrace(
        "--values", "--no-banner", "--format", "{lineno}|{line}", *options, path, cwd=tmp_path
    )
    assert ended.returncode == 0
    text = ended.stderr
    if sink == "file":
        text = (tmp_path / "out").read_bytes()
    if sink == "ring":
        text = run_swifttrace("show", "out", cwd=tmp_path).stdout
    lines = [line for line in text.decode().splitlines() if "|" in line]
    assert "4|        # total = 0 → 1" in lines
    assert lines.index("4|        # total = 0 → 1") == lines.index("5|    del item") - 2


def test_in_children_and_by_the_environment(write):
    child = write("child.py", "x = 1\n")
    script = f"import subprocess, sys\nsubprocess.run([sys.executable, {str(child)!r}])\n"
    ended = run_swifttrace("-xx", "--values", write("script.py", script))
    assert b"[     1] # x = 1\n" in ended.stderr
    ended = run_python(child, env={"SWIFTTRACE": "level=2,values=yes"})
    assert b"+ [     1] # x = 1\n" in ended.stderr


def test_in_a_program(write):
    script = """\
import swifttrace
def f():
    x = 1
    y = [x]
before = 5
swifttrace.enable(2, values=True)
f()
swifttrace.disable()
"""
    ended = run_python(write("script.py", script))
    assert ended.stderr.decode().splitlines() == [
        "+ [     7] f()",
        "+ [     3]     x = 1",
        "+ [     3]     # x = 1",
        "+ [     4]     y = [x]",
        "+ [     4]     # y = [1]",
        "+ [     8] swifttrace.disable()",
    ]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--values=all", "values must be True, False, 'repr' or 'used', not 'all'"),
        ("--depth=0", "depth must be 1 or more, not 0"),
        ("--depth=x", "--depth needs a number, not 'x'"),
        ("--calls=yes", "--calls takes no value"),
        ("--values-width=7", "values_width must be 8 to 1000000, not 7"),
        ("--values-width=wide", "--values-width needs a number, not 'wide'"),
    ],
)
def test_bad_options(write, option, message):
    ended = run_swifttrace(option, write("script.py", "print(1)\n"))
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert ended.stderr.decode() == f"swifttrace: {message} (try --help)\n"


def test_the_variables_of_a_comprehension_are_deleted_by_nobody(write):
    script = """\
def f(numbers):
    found = [number for number in numbers]
    found = {number: other for number in found for other in found}
    kept = 4
    del kept
    return found
f([1])
"""
    shown = notes(write, script)
    assert re.findall("del .*", shown) == ["del kept"]
    assert "# found = [1]" in shown.replace("number = 1, ", "")
