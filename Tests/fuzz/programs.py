"""Whole programs: some definitions that never change, functions, and what calls them."""

from __future__ import annotations

from expressions import Place
from hypothesis import strategies as st
from statements import Lines, Statements, indented

KINDS = ("function", "generator", "coroutine", "asyncgen")

# `fuel` bounds how much is called; when it is gone calls raise.
DEFINITIONS = """\
import asyncio, collections, dataclasses, decimal, enum, fractions, threading, types
from contextlib import contextmanager, suppress

fuel = [0] * 150

class Base:
    def __init_subclass__(cls, key=0): cls.key = key
    @property
    def own(self): return type(self).a

class Manager:
    def __enter__(self): return self
    def __exit__(self, kind, *rest): return kind is ValueError

@contextmanager
def manager():
    try:
        yield 1
    finally:
        fuel.pop()

class AsyncManager:
    async def __aenter__(self):
        await pause()
    async def __aexit__(self, kind, *rest):
        await pause()
        return kind is KeyError

class Noisy:
    def __init__(self, n): self.n = n
    def __del__(self):
        print("gone", self.n)

class Counting:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        self.n -= 1
        if self.n < 0: raise StopIteration
        return self.n

def asked(*arguments):
    print("asked")
    raise ValueError

class Meta(type):
    __eq__ = __instancecheck__ = asked
    def __hash__(cls): return asked()

class Hostile(metaclass=Meta):
    __slots__ = "a", "b"
    __eq__ = __hash__ = __len__ = asked  # Watched expressions ask for attributes.
    def __init__(self, a): self.a = a
    def __repr__(self): return "hostile"

@dataclasses.dataclass
class Data:
    a: object
    token: object = "text"
    @property
    def own(self): return asked()

class Color(enum.Enum):
    RED = 1
    __eq__ = __hash__ = asked

Pair = collections.namedtuple("Pair", "a b")

@types.coroutine
def pause(): yield

async def counting(n):
    for i in range(n):
        await pause()
        yield i

def driven(coroutine):
    try:
        while True: coroutine.send(None)
    except StopIteration as stop:
        return stop.value or 0

async def consumed(items):
    async for item in items: print(item)

def poked(generator):
    total = 0
    for sent in (None, 1, ValueError("poked")):
        try:
            if isinstance(sent, Exception): total += generator.throw(sent) or 0
            else: total += generator.send(sent) or 0
        except (StopIteration, ValueError): break
    generator.close()
    return total

def decorated(function): return function

a = b = c = 1
""".splitlines()

CALLS = {
    "function": "print({})",
    "generator": "print(*{})",
    "coroutine": "print(driven({}))",
    "asyncgen": "driven(consumed({}))",
}
DECORATORS: dict[str, list[str]] = {
    "none": [],
    "one": ["@decorated"],
    "more": ["@decorated", "@(lambda\n    function: function)"],
}


class Programs(Statements):
    """Draws programs."""

    def program(self) -> str:
        """Draw one, as text."""
        place = Place()
        lines = list(DEFINITIONS)
        for number in range(self.number(0, 4)):
            kind = self.one_of(KINDS)
            lines += self.function(f"f{number}", kind, place)
            known = {**place.functions, kind: (*place.names(kind), f"f{number}")}
            place = Place(functions=known)
            lines += self.call_for_sure(f"f{number}", kind)
        for _ in range(self.number(1, 4)):
            lines += self.top_level(place)
        return "\n".join(lines) + "\n"

    def function(self, name: str, kind: str, place: Place) -> Lines:
        """Draw a function that may call those before it."""
        opening = "async def" if kind in ("coroutine", "asyncgen") else "def"
        parameters = self.one_of(("a", "a, b=1", "a,\n    *, b=2", "a, *rest, **more"))
        inner = Place(kind=kind, functions=place.functions)
        body = ["b = c = 1", "fuel.pop()", *self.block(inner, 4), *self.ending(kind)]
        decorators = DECORATORS[self.one_of(tuple(DECORATORS))]
        if kind == "function" and self.chance(6):
            return [f"def {name}(a): return fuel.pop() or a"]
        return [*decorators, f"{opening} {name}({parameters}):", *indented(body)]

    def call_for_sure(self, name: str, kind: str) -> Lines:
        """Call it, whatever else the program may do; what it raises is no end."""
        form = CALLS[kind].format(f"{name}({self.leaf()})")
        handler = self.one_of(("except Exception as error: print(repr(error))", "except: pass"))
        return ["try:", f"    {form}", handler]

    def ending(self, kind: str) -> Lines:
        """What makes the function one of its kind."""
        if kind == "function":
            return [self.one_of(("return a", "return (a +\n    b)"))]
        return {"coroutine": ["await pause()", "return a"]}.get(kind, ["yield a"])

    def top_level(self, place: Place) -> Lines:
        """Draw what the module does."""
        forms = [self.statement, self.toggle, self.kept_generator, self.in_thread]
        forms += [self.run_by_asyncio] if place.names("coroutine") else []
        form = self.one_of(forms) if self.chance(2) else self.statement
        return form(place)

    def toggle(self, place: Place) -> Lines:
        return [self.one_of(("trace_off()", "trace_on()", "trace_off(); trace_on()"))]

    def kept_generator(self, place: Place) -> Lines:
        """One that is suspended while other things happen, the tracer's end for one."""
        names = place.names("generator")
        if not names:
            return ["kept = (n for n in range(3))", "next(kept)"]
        return [f"kept = {self.one_of(names)}({self.leaf()})", "print(next(kept, 0))"]

    def in_thread(self, place: Place) -> Lines:
        target = self.one_of(place.names("function") or ("print",))
        # On one line, as who goes on first is nobody's business.
        return [f"t = threading.Thread(target={target}, args=(1,))", "t.start(); t.join()"]

    def run_by_asyncio(self, place: Place) -> Lines:
        return [f"print(asyncio.run({self.one_of(place.names('coroutine'))}(1)))"]


@st.composite
def programs(draw) -> str:
    """A program's text."""
    return Programs(draw).program()
