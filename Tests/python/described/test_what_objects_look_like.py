"""Objects that have no built-in type, as --values shows them."""

from __future__ import annotations

import importlib.util
import re
import sys

import pytest
from conftest import run_swifttrace

SETUP = """\
import asyncio, collections, dataclasses, datetime, decimal, enum, fractions, pathlib, re
import types, uuid, zoneinfo
class Bill: pass
class Node:
    __slots__ = ("value", "next")
    def __init__(self, value): self.value = value
class Leaf(Node):
    __slots__ = ("name", "__dict__")
@dataclasses.dataclass
class Point:
    x: int
    y: object
    api_key: str = "hunter2"
    hidden: int = dataclasses.field(default=3, repr=False)
@dataclasses.dataclass(slots=True)
class Slotted:
    x: int
class Color(enum.Enum):
    RED = 1
class Level(enum.IntEnum):
    LOW = 1
class Perm(enum.Flag):
    R = 1; W = 2
class Folder(pathlib.PosixPath):
    if not hasattr(pathlib.PurePath, "with_segments"): _flavour = pathlib.PosixPath._flavour
Pair = collections.namedtuple("Pair", "left password")
node, leaf, queue = Node(1), Leaf(2), collections.deque([1], maxlen=2)
node.next, leaf.name, moved = leaf, "a", collections.OrderedDict(a=1, b=2)
queue.append(queue), moved.move_to_end("a")
def numbers(): yield 1
def outer():
    class Inner: pass
    return Inner()
zone = zoneinfo.ZoneInfo.no_cache("UTC") if zoneinfo.available_timezones() else None
"""
SHOWN = {
    "decimal.Decimal('1.50')": "Decimal('1.50')",
    "decimal.Decimal('-Infinity')": "Decimal('-Infinity')",
    "decimal.Decimal('1E+999')": "Decimal('1E+999')",
    "decimal.Decimal('1' * 10 ** 6)": "<Decimal of 421160 bytes>",
    "datetime.date(2026, 1, 2)": "datetime.date(2026, 1, 2)",
    "datetime.time(1, 2)": "datetime.time(1, 2)",
    "datetime.datetime(2026, 1, 2, 3, 4)": "datetime.datetime(2026, 1, 2, 3, 4)",
    "datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)": "datetime.datetime(2026, 1, 2, "
    "0, 0, tzinfo=datetime.timezone.utc)",
    "datetime.timezone(datetime.timedelta(hours=1), 'x')": "datetime.timezone("
    "datetime.timedelta(seconds=3600), 'x')",
    "datetime.timedelta(1)": "datetime.timedelta(days=1)",
    "fractions.Fraction(1, 3)": "Fraction(1, 3)",
    "fractions.Fraction(1, 10 ** 5000)": "Fraction(1, <int of 16610 bits>)",
    "pathlib.Path('/a//b/./c/', 'd')": "PosixPath('/a/b/c/d')",
    "pathlib.Path('x', '/a', 'b')": "PosixPath('/a/b')",
    "pathlib.Path()": "PosixPath('.')",
    "pathlib.PurePosixPath('/a') / '..' / 'b'": "PurePosixPath('/a/../b')",
    "Folder('a/b')": "Folder('a/b')",
    "pathlib.Path('x' * 130)": "PosixPath('" + "x" * 120 + "'…)",
    "uuid.UUID(int=5)": "UUID('00000000-0000-0000-0000-000000000005')",
    "Color.RED": "<Color.RED: 1>",
    "Level.LOW": "<Level.LOW: 1>",
    "Perm.R | Perm.W": "<Perm.R|W: 3>",
    "re.compile('a+', re.I)": "re.compile('a+', re.IGNORECASE)",
    "re.compile('a' * 200)": "re.compile('" + "a" * 120 + "'…)",
    "re.match('a+', 'aab')": "<re.Match object; span=(0, 2), match='aa'>",
    "collections.deque('abc')": "deque(['a', 'b', 'c'])",
    "collections.deque(range(20))": "deque([0, 1, 2, 3, 4, 5, 6, 7, …])",
    "queue": "deque([1, deque([1, deque([1, deque([…], maxlen=2)], maxlen=2)], maxlen=2)], maxlen=2)",
    "collections.OrderedDict(a=1, token='x')": "OrderedDict({'a': 1, 'token': ***2})",
    "moved": "OrderedDict({'b': 2, 'a': 1})",
    "collections.defaultdict(list, a=[1])": "defaultdict(list, {'a': [1]})",
    "collections.defaultdict(None)": "defaultdict(None, {})",
    "collections.Counter('hello')": "Counter({'h': 1, 'e': 1, 'l': 2, 'o': 1})",
    "collections.ChainMap({'a': 1}, {})": "ChainMap({'a': 1}, {})",
    "Pair(1, 'hunter2')": "Pair(left=1, password=***1)",
    "types.SimpleNamespace(x=1, y=Point(1, 2))": "namespace(x=1, y=<Point #1>)",
    "Point(1, [Point(2, 3)])": "Point(x=1, y=[<Point #2>], api_key=***1)",
    "[Point(1, None)]": "[Point(x=1, y=None, api_key=***1)]",
    "Slotted(3)": "Slotted(x=3)",
    "node": "<Node #1 value=1, next=<Leaf #1>>",
    "leaf": "<Leaf #1 value=2, name='a'>",
    "Node.__new__(Node)": "<Node #2>",
    "[[Slotted(3)]]": "[[<Slotted #1>]]",
    "Bill(), Bill()": "(<Bill #1>, <Bill #2>)",
    "outer()": "<Inner #1>",
    "object()": "<object>",
    "numbers()": "<generator numbers #1 at script.py:NUMBERS, created>",
    "(n for n in [])": "<generator <genexpr> #1 at script.py:LINE, created>",
    "numbers": "<function numbers>",
    "lambda: 0": "<function <lambda>>",
    "[lambda: 0]": "[<function <lambda> #2>]",
    "len, [].append": "(<built-in len>, <built-in append>)",
    "outer().__eq__, node.__init__": "(<method-wrapper>, <method Node.__init__>)",
    "str.upper": "<method 'upper' of 'str' objects>",
}


def notes(write, script, *options, name="found"):
    """Return what is shown of a name that is bound again and again."""
    ended = run_swifttrace("-xx", *(options or ["--values"]), write("script.py", script))
    assert ended.returncode == 0, ended.stderr.decode()
    lines = ended.stderr.decode().splitlines()
    found = [line.partition(f"# {name} = ")[2] for line in lines if f"# {name} = " in line]
    return [text.rpartition(" → ")[2] for text in found], ended


def test_each_kind(write):
    script = SETUP + "".join(f"found = {each}\n" for each in SHOWN)
    shown, _ended = notes(write, script)
    line = SETUP.count("\n") + 1 + list(SHOWN).index("(n for n in [])")
    made = SETUP[: SETUP.index("def numbers")].count("\n") + 1
    expected = [
        text.replace("LINE", str(line)).replace("NUMBERS", str(made)) for text in SHOWN.values()
    ]
    shown, expected = (list(map(comparable, texts)) for texts in (shown, expected))
    assert dict(zip(SHOWN, shown, strict=True)) == dict(zip(SHOWN, expected, strict=True))


NUMBERED = """\
class Bill: pass
class Slot: __slots__ = ()
def f():
    held = Bill()
    for turn in range(5):
        found = None
        found = Bill()
    found = held
    found = Slot()
f()
"""


def test_an_object_in_the_place_of_one_that_is_gone_has_a_number_of_its_own(write):
    shown, ended = notes(write, NUMBERED)
    bills = [text for text in shown if "Bill" in text]
    assert bills == ["<Bill #2>", "<Bill #3>", "<Bill #4>", "<Bill #5>", "<Bill #6>", "<Bill #1>"]
    assert shown[-1] == "<Slot #1>"
    again = notes(write, NUMBERED)[1]
    assert again.stderr == ended.stderr


RUNNING = """\
import asyncio
def numbers():
    seen = kept
    yield 1
async def work():
    return 1
async def stream():
    yield 1
kept = numbers()
next(kept)
after = kept
kept.close()
closed = kept
waiting = work()
waiting.close()
ended = waiting
flow = stream()
async def main():
    task = asyncio.create_task(work(), name="worker 'a'")
    found = task
    await task
    same = [task]
    stopped = asyncio.create_task(work(), name="x")
    stopped.cancel()
    try:
        await stopped
    except asyncio.CancelledError:
        pass
    over = stopped
    future = asyncio.get_running_loop().create_future()
    future.set_result(1)
    full = [future]
asyncio.run(main())
"""


def test_how_far_generators_and_tasks_are(write):
    expected = {
        "seen": "<generator numbers #1 at script.py:2, running>",
        "after": "<generator numbers #1 at script.py:2, suspended>",
        "closed": "<generator numbers #1 at script.py:2, closed>",
        "waiting": "<coroutine work #1 at script.py:5, created>",
        "ended": "<coroutine work #1 at script.py:5, closed>",
        "flow": "<async_generator stream #1 at script.py:7, created>",
        "found": "<Task \"worker 'a'\" pending, work at script.py:5>",
        "same": "[<Task \"worker 'a'\" done, work at script.py:5>]",
        "over": "<Task 'x' cancelled, work at script.py:5>",
        "future": "<Future #1 pending>",
        "full": "[<Future #1 done>]",
    }
    ended = run_swifttrace("-xx", "--values", write("script.py", RUNNING))
    assert ended.returncode == 0, ended.stderr.decode()
    shown = dict(re.findall(r"# (\w+) = (.*)", ended.stderr.decode()))
    for name, text in expected.items():
        assert comparable(shown[name]) == comparable(text), name


def comparable(text):
    """What generators and tasks say on every Python: 3.12 and 3.13 say less."""
    if sys.version_info[:2] not in ((3, 12), (3, 13)):
        return text.replace(", open>", ", created>")  # 3.11's asynchronous ones.
    text = re.sub(r" at script.py:\d+", "", text)
    return re.sub(r"(created or closed|created|closed)>", "not running>", text)


NUMPY = """\
import numpy as np
found = np.float64(1.5)
found = np.int8(3), np.str_("x")
found = np.arange(6).reshape(2, 3)
found = np.zeros((1000, 2), dtype="int8")
found = np.zeros(2, dtype="f4")
found = np.array([None, [1]], dtype=object)
found = np.array([], dtype="datetime64[s]")
"""


@pytest.mark.skipif(not importlib.util.find_spec("numpy"), reason="has no wheel for this Python")
def test_numbers_and_arrays_of_numpy(write):
    shown, _ended = notes(write, NUMPY)
    assert shown == [
        "np.float64(1.5)",
        "(np.int8(3), np.str_('x'))",
        "array([[0, 1, 2], [3, 4, 5]])",
        "<ndarray #1 shape=(1000, 2), dtype=int8>",
        "array([0.0, 0.0], dtype=float32)",
        "array([None, [1]], dtype=object)",
        "<ndarray #2>",
    ]


BY_REPR = """\
import collections, dataclasses, decimal, enum, fractions, os
class Own:
    def __repr__(self):
        threads = len(os.listdir("/proc/self/task"))
        return f"own, {threads} thread"
class Bill: pass
@dataclasses.dataclass
class Point:
    x: int
class Color(enum.Enum):
    RED = 1
    def __repr__(self): return "red"
found = Own()
found = collections.deque([Own()])
found = collections.OrderedDict(a=Own())
found = Bill()
found = Point(1)
found = decimal.Decimal(1)
found = fractions.Fraction(1, 2)
found = Color.RED
found = len
"""


def test_beside_what_objects_say_of_themselves(write):
    shown, _ended = notes(write, BY_REPR, "--values=repr")
    assert shown == [
        "own, 1 thread",
        "deque([own, 1 thread])",
        "OrderedDict({'a': own, 1 thread})",
        "<Bill #1>",
        "Point(x=1)",
        "Decimal('1')",
        "Fraction(1, 2)",
        "red",
        "<built-in len>",
    ]


def test_two_runs_with_other_numbers_are_alike():
    from swifttrace.compare.canonical import Canonical

    known = Canonical("4711", "2026-01-02 03:04:05")
    for one, other in (
        ("<Bill #2>", "<Bill #31>"),
        ("[<Node #1 next=<Node #2>>]", "[<Node #3 next=<Node #1>>]"),
        ("<generator f #1 at a.py:3, created>", "<generator f #9 at a.py:3, created>"),
        ("<Task 'Task-1' pending>", "<Task 'Task-12' pending>"),
        ("datetime.datetime(2026, 1, 2, 3, 4, 5, 9)", "datetime.datetime(2026, 1, 2, 3, 4, 6)"),
    ):
        assert known.value(one) == known.value(other)
    for one, other in (
        ("<Bill #2>", "<Bull #2>"),
        ("<Task 'a' pending>", "<Task 'b' pending>"),
        ("datetime.datetime(2025, 1, 2, 3, 4)", "datetime.datetime(2025, 1, 2, 3, 5)"),
    ):
        assert known.value(one) != known.value(other)
