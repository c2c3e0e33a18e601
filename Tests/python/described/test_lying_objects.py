"""Objects whose classes lie about them: nothing of theirs is called for their description."""

from __future__ import annotations

import re

from conftest import run_swifttrace

SCRIPT = """\
HOSTILE
def make():
    liar = Liar()
    cyclic = types.SimpleNamespace()
    cyclic.me = cyclic
    deque = collections.deque([liar])
    counter = collections.Counter(); dict.__setitem__(counter, Key("a"), liar)
    ordered = collections.OrderedDict({Key("b"): 1})
    default = collections.defaultdict(liar.__init__); default[Key("c")] = liar
    half = Faked(); half._numerator = liar
    whole = Faked(); whole._numerator, whole._denominator = 1, 2
    shadow = object.__new__(Shadow)
    vars(shadow).update({"x": 4, "y": liar, "token": "hunter2", Key("y"): 1})
    odd = Odd(); odd.value = 1
    names = Empty(); names.__dict__ = Names(a=1)
    lost = object.__new__(Color); lost._value_ = lost
    zone = datetime.datetime(2026, 1, 1, tzinfo=Zone())
    chain = collections.ChainMap(Names(a=1))
    bare = [object.__new__(each) for each in (collections.ChainMap, uuid.UUID, fractions.Fraction)]
    compiled = re.compile(Text("a")), re.compile("a").match(Text("aa"))
    return [
        ("Liar", liar), ("cyclic", cyclic), ("deque", deque), ("Counter", counter),
        ("OrderedDict", ordered), ("defaultdict", default), ("half", half), ("whole", whole),
        ("Shadow", shadow), ("Odd", odd), ("__dict__", names), ("Enum", Color.RED), ("lost", lost),
        ("zone", zone), ("timezone", datetime.timezone(Delta(hours=1), Text("x"))),
        ("ChainMap", chain), ("bare", bare), ("re", compiled), ("Decimal", Dec(1)),
        ("tuple", (Pair(1, 2), Short((1,)))), ("Path", Path("a/b")), ("str", Text("a")),
        ("patched", (fractions.Fraction(1, 2), uuid.UUID(int=3))), ("class", Liar),
    ]
def fresh():
    made = make()
    del ran[:]
    return made
def show():
    for name, found in fresh():
        shown = found
        if ran:
            raise SystemExit(f"{name}: {ran}")
show()
"""
HOSTILE = """\
import collections, dataclasses, datetime, decimal, enum, fractions, pathlib, re, types, uuid
ran = []
def note(name):
    def called(*arguments, **named):
        ran.append(name)
        return "lie"
    return called
class Meta(type):
    def __getattribute__(cls, name):
        ran.append("of the class: " + name)
        return type.__getattribute__(cls, name)
    __hash__, __eq__, __repr__, __instancecheck__ = map(note, ("hash", "eq", "repr", "instance"))
class Key:
    def __init__(self, text): self.text = text
    def __hash__(self): ran.append("hash of a key"); return hash(self.text)
    def __eq__(self, other): ran.append("eq of a key"); return False
class Liar(metaclass=Meta):
    __slots__ = ("value", "unset", "__dict__")
    def __init__(self): object.__setattr__(self, "value", 1)
    @property
    def __class__(self): ran.append("class"); return fractions.Fraction
    def __getattribute__(self, name):
        ran.append("get " + name)
        return object.__getattribute__(self, name)
    __repr__ = __str__ = __hash__ = __eq__ = __len__ = note("liar")
class Text(str): __repr__ = __str__ = __len__ = note("text")
class Zone(datetime.tzinfo): utcoffset = dst = tzname = __repr__ = note("zone")
class Delta(datetime.timedelta): __repr__ = note("delta")
class Dec(decimal.Decimal): __repr__ = __str__ = note("decimal")
class Pair(collections.namedtuple("Pair", "left right")):
    __len__ = __iter__ = __getitem__ = __repr__ = note("pair")
class Short(tuple): _fields = ("a", "b"); __repr__ = note("short")
@dataclasses.dataclass(repr=False)
class Shadow:
    x: int = 1
    y: int = 2
    token: str = "hunter2"
    __repr__ = note("data")
Shadow.x = property(note("property"))
Shadow.__dataclass_fields__[Key("y")] = 3
class Color(enum.Enum):
    RED = 1
    __repr__ = note("enum")
    @property
    def value(self): ran.append("value"); return 2
class Path(pathlib.PosixPath):
    __str__ = __repr__ = __fspath__ = note("path")
    if not hasattr(pathlib.PurePath, "with_segments"): _flavour = pathlib.PosixPath._flavour
class Names(dict): items = keys = __iter__ = get = __len__ = note("names")
class Empty: pass
fractions.Fraction.__repr__ = fractions.Fraction.__str__ = note("fraction")
fractions.Fraction.numerator = property(note("numerator"))
uuid.UUID.__repr__ = uuid.UUID.__str__ = note("uuid")
collections.Counter.__repr__ = collections.Counter.most_common = note("counter")
slots = "_numerator", "_denominator"
Faked = type("Fraction", (), {"__module__": "fractions", "__slots__": slots, "__repr__": note("f")})
Odd = type("Odd", (), {"__slots__": ("value",), Key("value"): 1, Key("__repr__"): 2})
"""
SHOWN = """\
<Liar #1 value=1>
namespace(me=<SimpleNamespace>)
deque([<Liar #1 value=1>])
Counter({<Key #1>: <Liar #1 value=1>})
OrderedDict({<Key #2>: 1})
defaultdict(<method #1>, {<Key #3>: <Liar #1 value=1>})
<Fraction #1>
Fraction(1, 2)
Shadow(x=4, y=<Liar #1>, token=***1)
<Odd #1>
<Empty #1>
<Color.RED: 1>
<Color: <Color: <Color>>>
datetime.datetime(2026, 1, 1, 0, 0, tzinfo=<Zone #1>)
<timezone>
ChainMap(<Names #1>,)
[<ChainMap #1>, <UUID #1>, <Fraction #2>]
(<Pattern #1>, <Match #1>)
<Dec #1>
(Pair(left=1, right=2), <Short #1>)
Path('a/b')
<Text #1>
(Fraction(1, 2), UUID('00000000-0000-0000-0000-000000000003'))
<class hostile.Liar>
""".splitlines()


def test_nothing_of_theirs_is_called(write):
    # In a library, whose own values are not shown: numbers begin with those of the list.
    write("hostile.py", HOSTILE)
    script = SCRIPT.replace("HOSTILE", "from hostile import *")
    write("made.py", script.partition("def show")[0])
    last = "from made import *\ndef show" + script.partition("def show")[2]
    ended = run_swifttrace("-xx", "--values", write("script.py", last))
    assert (ended.returncode, ended.stdout) == (0, b""), ended.stderr.decode()
    text = ended.stderr.decode()
    shown = re.findall(r"# shown = (?:.* → )?(.*)", text)
    assert shown == SHOWN


THREADS = """\
import collections, sys, threading
sys.setswitchinterval(1e-6)
held, stop = collections.deque(range(8)), []
many = collections.OrderedDict.fromkeys(range(8))
exec(compile('''
def change():
    while not stop:
        held.clear(); held.extend([n] for n in range(8))
        many.clear(); many.update((n, [n]) for n in range(8))
''', "<thread>", "exec"))
thread = threading.Thread(target=change)
thread.start()
for turn in range(1000):
    found = [held, many]
stop.append(1)
thread.join()
"""


def test_containers_that_another_thread_changes(write):
    ended = run_swifttrace("-xx", "--values", write("script.py", THREADS))
    assert (ended.returncode, ended.stdout) == (0, b""), ended.stderr[-2000:]
    assert ended.stderr.count(b" found = ") > 300
    assert b" at 0x" not in ended.stderr


ALIVE = """\
import dataclasses, gc, weakref
def f():
    class Local: __slots__ = ("x", "__weakref__")
    @dataclasses.dataclass
    class Data: x: object
    a, b = Local(), Data(Local())
    a.x = 1
    return [weakref.ref(each) for each in (Local, Data, a, b, b.x)]
gone = f()
gc.collect()
assert [each() for each in gone] == [None] * 5, gone
"""


def test_neither_objects_nor_classes_are_kept_alive(write):
    ended = run_swifttrace("-xx", "--values", write("script.py", ALIVE))
    assert (ended.returncode, ended.stdout) == (0, b""), ended.stderr.decode()
    assert "b = Data(x=<Local #2>)" in ended.stderr.decode()
