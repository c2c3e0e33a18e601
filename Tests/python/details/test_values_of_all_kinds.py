"""Values that are huge, deep, cyclic, odd, or of packages: shown by --values, and harmless."""

from __future__ import annotations

import ast
import importlib.util
import re

import pytest
from conftest import run_python, run_swifttrace
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MOST_BYTES = 1200


def shown_of(write, script, *options, name="found"):
    """Return what is shown of a variable as it is bound for the last time."""
    ended = run_swifttrace("-xx", *options, write("script.py", script))
    assert (ended.returncode, ended.stdout) == (0, b""), ended.stderr.decode()
    lines = [line for line in ended.stderr.decode().splitlines() if f"# {name} = " in line]
    assert max(map(len, lines)) < MOST_BYTES
    # 3.12 and 3.13 do not say that a generator is not closed.
    return re.sub(r"created( or closed)?>", "created", lines[-1].partition(f"# {name} = ")[2])


KINDS = {
    "beyond the digits of int": ("10 ** 5000", "<int of 16610 bits>"),
    "a negative one": ("-(10 ** 5000)", "<int of 16610 bits>"),
    "just short": ("2 ** 256 - 1", str(2**256 - 1)),
    "in a list": ("[10 ** 5000, 1]", "[<int of 16610 bits>, 1]"),
    "as a key": ("{10 ** 5000: 1}", "{<int of 16610 bits>: 1}"),
    "a surrogate": (r"'\ud800\udfff'", r"'\ud800\udfff'"),
    "surrogates, many": (r"'\udc80' * 1000", "'" + r"\udc80" * 120 + "'…"),
    "control characters": (r"'\x00\x07\x1b[31m\x7f\x9b\r\n'", r"'\x00\x07\x1b[31m\x7f\x9b\r\n'"),
    "bytes": (r"b'\xff\x1b\n'", r"b'\xff\x1b\n'"),
    "characters that turn text round": (r"'\u202e\u2028\u2029'", r"'\u202e\u2028\u2029'"),
    "quotes": ("'it\\'s \"'", repr("it's \"")),
    "nan": ("[float('nan'), float('-inf'), -0.0]", "[nan, -inf, -0.0]"),
    "a generator": ("(n for n in [])", "<generator <genexpr> #1 at script.py:1, created"),
    "a range": ("range(10 ** 100)", "range(0, <int of 333 bits>)"),
    "a view": ("{}.keys()", "<dict_keys>"),
    "a code object": ("compile('1', '\\x1b', 'eval')", "<code #1>"),
    "a weak reference": ("__import__('weakref').ref(print)", "<ReferenceType>"),
}


@pytest.mark.parametrize("options", [["--values"], ["--values", "--color=always"]])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_shown(write, kind, options):
    expression, expected = KINDS[kind]
    assert shown_of(write, f"found = {expression}\n", *options).removesuffix("\x1b[0m") == expected


@pytest.mark.parametrize("option", ["--values", "--values=repr"])
@pytest.mark.parametrize(
    ("make", "opening"),
    {
        "[found]": "[[[[…]]]]",
        "(found,)": "((((…),),),)",
        "{1: found}": "{1: {1: {1: {…}}}}",
    }.items(),
)
def test_a_container_that_is_very_deep(write, make, opening, option):
    # In a library, whose lines are not shown: there would be a hundred thousand.
    write("library.py", f"found = None\nfor _ in range(100_000): found = {make}\n")
    script = "from library import found\nimport os\nos._exit(0)\n"
    assert shown_of(write, script, option) == opening


CYCLIC = """\
def f():
    a, b, c = [], {}, []
    a.append(a); b["b"] = b; c.extend([a, b, (c,)])
    found = c
f()
"""


def test_containers_that_hold_themselves(write):
    assert shown_of(write, CYCLIC, "--values") == "[[[[…]]], {'b': {'b': {…}}}, ([[…], {…}, (…)],)]"


MUTATED = """\
class Changes:
    def __repr__(self):
        for held in everything:
            held.clear()
            (held.extend if type(held) is list else held.update)(many)
        return "changed"
many = {n: None for n in range(10_000)} | {(n,): [n] for n in range(100)}
def f(things):
    found = things
everything = [[Changes(), 2, 3, 4], {1: Changes(), 2: 2, 3: 3}, {Changes(), 2, 3}]
f(everything[0]); f(everything[1]); f(everything[2]); f(everything)
"""


def test_containers_that_change_while_they_are_shown(write):
    ended = run_swifttrace("-xx", "--values=repr", "--calls", write("script.py", MUTATED))
    assert (ended.returncode, ended.stdout) == (0, b"")
    assert "everything = [[changed, 2, 3, 4]" in ended.stderr.decode()


# The other thread's lines are out of scope: it would take turns with us at each.
THREADS = """\
import sys, threading
sys.setswitchinterval(1e-6)
held, names, stop = [[1]] * 8, {n: [n] for n in range(8)}, []
exec(compile('''
def change():
    while not stop:
        held.clear(); names.clear()
        held.extend([[n] for n in range(8)]); names.update({n: [n] for n in range(8)})
''', "<thread>", "exec"))
thread = threading.Thread(target=change)
thread.start()
for turn in range(2000):
    found = [held, names]
stop.append(1)
thread.join()
"""


@pytest.mark.parametrize("option", ["--values", "--values=repr"])
def test_containers_that_another_thread_changes(write, option):
    ended = run_swifttrace("-xx", option, write("script.py", THREADS))
    assert (ended.returncode, ended.stdout) == (0, b""), ended.stderr[-2000:]
    # Now and then two lists in turn have one address.
    assert ended.stderr.count(b" found = ") > 1000


def needs(package):
    found = importlib.util.find_spec(package)
    return pytest.mark.skipif(not found, reason=f"{package} has no wheel for this Python")


NUMPY = """\
import numpy as np
def f(argument):
    found = np.arange(6).reshape(2, 3)
    scalar, held = np.float64(1.5), [np.int8(3), np.nan]
    large, objects = np.zeros((1000, 1000)), np.array([object(), None], dtype=object)
    masked, empty = np.ma.masked_array([1, 2], [0, 1]), np.array([])
    found += 1
    other = found + argument
    return other.sum(), large, objects, masked, empty, scalar, held
total, *others = f(np.ones(3))
print(int(total), len(others))
"""
PANDAS = """\
import pandas as pd
def f(argument):
    found = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    series, index, when = found["a"], found.index, pd.Timestamp("2026-01-01")
    few = found[found.a > 1]
    large = pd.DataFrame({n: range(1000) for n in range(100)})
    nothing = pd.NA
    return few.shape, series.sum()
shape, total = f(pd.Series([1.0]))
print(shape, total)
"""
MOCK = """\
from unittest.mock import AsyncMock, MagicMock, Mock, create_autospec
import asyncio
def f(mock, magic, coroutine):
    found = mock
    answer = mock.attribute.other(1, key=2)
    item = magic["key"]
    with magic as entered: number = int(magic) + len(magic)
    waited = asyncio.run(coroutine(3))
    spec = create_autospec(dict)
    return number
made = Mock(name="a mock"), MagicMock(), AsyncMock(return_value=4)
print(f(*made), [each.mock_calls for each in made], made[2].await_count)
"""
PACKAGES = [
    pytest.param(
        NUMPY, "array([[0, 1, 2], [3, 4, 5]])", "array([[0, 1, 2]", marks=needs("numpy"), id="numpy"
    ),
    pytest.param(PANDAS, "<DataFrame #1>", "   a ", marks=needs("pandas"), id="pandas"),
    pytest.param(MOCK, "<Mock #1>", "<Mock name='a mock' id='", id="mock"),
]


@pytest.mark.parametrize(("script", "plain", "by_repr"), PACKAGES)
@pytest.mark.parametrize("options", ["--values --calls", "--values=repr --calls", "-ddd"])
def test_objects_of_packages(write, tmp_path, script, plain, by_repr, options):
    path = write("script.py", script)
    untraced = run_python(path)
    ended = run_swifttrace("-xx", *options.split(), path, cwd=tmp_path)
    assert untraced.returncode == 0, untraced.stderr
    assert (ended.returncode, ended.stdout) == (0, untraced.stdout), ended.stderr.decode()
    text = re.sub(r" at 0x[0-9a-f]+", "", ended.stderr.decode())
    if options != "-ddd":
        shown = by_repr if "repr" in options else plain
        assert f"# found = {shown}" in text


# Some go over the bounds of what is shown.
SCALARS = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.integers(-(2**300), 2**300), st.floats()),
    *(st.text(max_size=130), st.text(st.characters(codec=None), max_size=9)),
    st.binary(max_size=130),
)
HASHABLE = SCALARS | st.tuples(SCALARS) | st.frozensets(SCALARS, max_size=3)


def containers(inner):
    lists = st.lists(inner, max_size=10)
    dictionaries = st.dictionaries(HASHABLE, inner, max_size=10)
    return lists | lists.map(tuple) | dictionaries | st.sets(HASHABLE, max_size=10)


# The quotes of a `bytearray` are those of its `bytes`; some versions escape them as well.
UNQUOTED = st.binary(max_size=130).filter(lambda data: b"'" not in data)
OTHERS = st.one_of(
    *(st.builds(range, st.integers(), st.integers()), st.slices(9)),
    *(UNQUOTED.map(bytearray), st.builds(ValueError, SCALARS)),
)
VALUES = st.recursive(SCALARS | OTHERS, containers, max_leaves=8)


def is_within_bounds(value, depth=0):
    if isinstance(value, (str, bytes, bytearray)):
        return len(value) <= 120
    if isinstance(value, int):
        return value.bit_length() <= 256
    if isinstance(value, dict):
        inner = [*value, *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        inner = value
    elif isinstance(value, (range, slice)):
        inner = [value.start, value.stop, value.step]
    elif isinstance(value, ValueError):
        inner = value.args
    else:
        return True
    if depth == 3:
        return isinstance(value, (set, frozenset)) and not value
    return len(inner) <= 8 and all(is_within_bounds(each, depth + 1) for each in inner)


def is_alike(shown, value, text):
    """Whether what is shown is the `repr`, or begins as it does up to where it is cut."""
    if is_within_bounds(value) and len(text.encode("utf-8", "backslashreplace")) <= 240:
        return shown == text
    beginning = re.split("…|<int of ", shown)[0]
    # A string that is cut has its quotes.
    return text.startswith((beginning, beginning[:-1]))


LARGE = pytest.mark.filterwarnings("ignore:Generating overly large repr")


@LARGE
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(VALUES)
def test_a_built_in_value_is_shown_as_its_repr(value):
    from swifttrace import swifttrace as native

    shown = native.value_text(value, False)
    assert is_alike(shown, value, repr(value)), (shown, repr(value))


@LARGE
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=st.lists(VALUES, min_size=5, max_size=10))
def test_in_a_trace_it_is_the_same(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("values") / "script.py"
    lines = [f"v{place} = {value!a}" for place, value in enumerate(values)]
    names = ", ".join(f"v{place}" for place in range(len(values)))
    told = f"for v in ({names}): print(ascii(repr(v)))\n"
    path.write_text("\n".join(["from math import inf, nan", *lines, told]))
    ended = run_swifttrace("-xx", "--values", "--show-secrets", path)
    assert ended.returncode == 0, ended.stderr
    shown = dict(re.findall(r"# (v\d+) = (.*)", ended.stderr.decode()))
    assert len(shown) == len(values)
    for place, (value, text) in enumerate(zip(values, ended.stdout.splitlines(), strict=True)):
        found, text = shown[f"v{place}"], ast.literal_eval(text.decode())
        assert is_alike(found, value, text), (found, text)
