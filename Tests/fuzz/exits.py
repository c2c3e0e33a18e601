"""Programs that end with objects on whatever the interpreter keeps to its end.

Each object says on descriptor 1 that it is gone: nothing of Python's is needed for that.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

PRELUDE = """\
import os, sys
write = os.write
def said(name, write=write):
    write(1, name.encode() + b"\\n")
"""

# Each has `hook`, which takes anything, and says `gone {name}` as it is finalized. A weak
# reference says `called {name}`, or nothing where it goes together with what it refers to.
KINDS = {
    "plain": """\
class {kind}:
    def __init__(self, name): self.name = name
    def hook(self, *arguments, **named): return None
    def __del__(self, write=write):
        name = self.name
        write(1, b"gone " + name.encode() + b"\\n")
""",
    "cycle": """\
class {kind}:
    def __init__(self, name):
        self.name, self.me = name, self
        self.bound = self.hook
    def hook(self, *arguments, **named): return None
    def __del__(self, write=write):
        count = 0
        for count in range(2):
            name = self.name + str(count)
        write(1, b"gone " + name.encode() + b"\\n")
""",
    "calls": """\
class {kind}:
    def __init__(self, name): self.name = name
    def hook(self, *arguments, **named): return None
    def __repr__(self): return "<" + self.name + ">"
    def part(self, n): return n if n == 0 else self.part(n - 1)
    def __del__(self, said=said):
        here = self.part(3)
        try:
            missing.name
        except (NameError, AttributeError) as error:
            here = type(error).__mro__[0]
        for turn in self.turns():
            here = turn
        said("gone " + self.name)
    def turns(self):
        yield self
        yield 2
""",
    "raises": """\
class {kind}:
    def __init__(self, name): self.name = name
    def hook(self, *arguments, **named): return None
    def __del__(self, write=write):
        write(1, b"gone " + self.name.encode() + b"\\n")
        raise ValueError(self.name)
""",
    "imports": """\
class {kind}:
    def __init__(self, name): self.name, self.me = name, [self]
    def hook(self, *arguments, **named): return None
    def __del__(self, write=write):
        try:
            import colorsys
            found = "found"
        except BaseException as error:
            found = ""
        write(1, b"gone " + self.name.encode() + found.encode()[:0] + b"\\n")
""",
    "generator": """\
def {kind}_turns(name, write=write):
    try:
        while True:
            yield name
    finally:
        last = name
        write(1, b"gone " + last.encode() + b"\\n")
class {kind}:
    def __init__(self, name):
        self.turns = {kind}_turns(name)
        next(self.turns)
    def hook(self, *arguments, **named): return None
""",
    "callback": """\
import weakref as {kind}_weakref
class {kind}:
    def __init__(self, name):
        def gone(_, write=write, name=name):
            line = b"called " + name.encode() + b"\\n"
            write(1, line)
        self.held = type("Held", (), {{}})()
        self.reference = {kind}_weakref.ref(self.held, gone)
    def hook(self, *arguments, **named): return None
""",
    "code": """\
{kind}_text = '''
def __init__(self, name): self.name = name
def hook(self, *arguments, **named): return None
def __del__(self, write=write):
    a = self.name
    write(1, b"gone " + a.encode() + b"\\\\n")
'''
{kind}_names = {{"write": write}}
exec(compile({kind}_text, "/no/such/{kind}.py", "exec"), {kind}_names)
{kind} = type("{kind}", (), {kind}_names)
""",
}

# What keeps `{x}`, an object of the above.
HOLDERS = """\
kept_{n} = {x}
sys.kept_{n} = {x}
sys._kept_{n} = {x}
sys.excepthook = {x}.hook
sys.unraisablehook = {x}.hook
sys.displayhook = {x}.hook
sys.breakpointhook = {x}.hook
sys.__interactivehook__ = {x}.hook
sys.ps1_{n} = {x}.hook
sys.last_value_{n} = {x}
sys.path_importer_cache["kept {n}"] = {x}
sys.modules["kept_{n}"] = {x}
sys.path_hooks.append(lambda path, x={x}: (_ for _ in ()).throw(ImportError()))
sys.meta_path.append(type("Finder", (), {{"find_spec": {x}.hook}})())
sys.warnoptions.append({x})
os.kept_{n} = {x}
os.environ.kept_{n} = {x}
os.register_at_fork(before={x}.hook)
import posix; posix.kept_{n} = {x}
import builtins; builtins.kept_{n} = {x}
import builtins; builtins._ = {x}
import builtins; builtins.kept_{n} = {x}.hook
import codecs; codecs.register_error("kept {n}", {x}.hook)
import codecs; codecs.register(lambda name, x={x}: None)
import atexit; atexit.register({x}.hook)
import atexit; atexit.register(said, "at exit {n}"); atexit.kept_{n} = {x}
import threading; threading.kept_{n} = {x}
import threading; threading.excepthook = {x}.hook
import threading; threading._register_atexit({x}.hook)
import threading; local_{n} = threading.local(); local_{n}.kept = {x}
import threading; threading.main_thread().kept = {x}
import threading; threading.current_thread().name = "main {n}"; kept_{n} = {x}
import threading; threading.Thread(target=lambda kept: threading.Event().wait(), args=({x},), daemon=True).start()
import threading; thread_{n} = threading.Thread(target={x}.hook); thread_{n}.start(); thread_{n}.join()
import contextvars; variable_{n} = contextvars.ContextVar("v{n}"); variable_{n}.set({x})
import contextvars; variable_{n} = contextvars.ContextVar("v{n}", default={x})
import weakref; kept_{n} = {x}; weakref.finalize(kept_{n}, said, "finalize {n}")
import weakref; weakref.finalize(said, {x}.hook)
import weakref; weakref.finalize(os, {x}.hook).atexit = False
import signal; signal.signal(signal.SIGUSR1, {x}.hook)
import warnings; warnings.showwarning = {x}.hook
import warnings; warnings.filters.append(("ignore", None, Warning, None, 0)); warnings.kept_{n} = {x}
import warnings; warnings.onceregistry["kept {n}"] = {x}
import logging; logging.getLogger("kept{n}").addHandler(type("Handler", (logging.NullHandler,), {{"kept": {x}}})())
import logging; logging.getLogger().addFilter({x}.hook)
import linecache; linecache.cache["kept {n}"] = (1, None, [], {x})
import copyreg; copyreg.dispatch_table[type({x})] = {x}.hook
import gc; gc.callbacks.append({x}.hook)
import gc; gc.collect(); gc.kept_{n} = {x}; gc.freeze()
import functools; cached_{n} = functools.lru_cache(lambda n, x={x}: x); cached_{n}(1)
import types; sys.modules["module_{n}"] = types.ModuleType("module_{n}"); sys.modules["module_{n}"].kept = {x}
import types; types.kept_{n} = {x}
import abc; abc.ABC.kept_{n} = {x}
import asyncio; loop_{n} = asyncio.new_event_loop(); asyncio.set_event_loop(loop_{n}); loop_{n}.call_soon({x}.hook); loop_{n}.close()
import faulthandler; faulthandler.kept_{n} = {x}
import io; io.kept_{n} = {x}
import encodings; encodings._cache["kept {n}"] = {x}
import importlib.machinery; importlib.machinery.SOURCE_SUFFIXES.append(type("Suffix", (str,), dict(kept={x}))(".kept"))
import importlib.machinery; importlib.machinery.PathFinder.kept_{n} = {x}
sys.path_hooks[-1].kept_{n} = {x}
class Holder_{n}: kept = {x}
class Meta_{n}(type): kept = {x}; Made_{n} = None
said.kept_{n} = {x}
kept_{n} = [{x}]; kept_{n}.append(kept_{n})
kept_{n} = (lambda x: (lambda: x))({x})
class Name_{n}(str): pass; kept = {x}
def turns_{n}(x): yield x; running_{n} = 1
running_{n} = turns_{n}({x}) if "turns_{n}" in globals() else {x}
async def waits_{n}(x): return x; kept_{n} = waits_{n}
stack_{n} = []; stack_{n}.append({x}); sys.setrecursionlimit(sys.getrecursionlimit())
""".splitlines()

# What ends or doubles a process as it is has no cycles left, as nothing frozen has above: when
# the collector has last run depends on what there is.
COLLECTED = "import gc; gc.collect()\n"
ENDS = (
    *["pass"] * 8,
    "sys.exit(3)",
    "sys.exit('a message')",
    "raise KeyError('the end')",
    f"{COLLECTED}os._exit(5)",
    f"{COLLECTED}os.kill(os.getpid(), 15)",
    "import threading; threading.Thread(target=said, args=('thread',)).start()",
    "import threading, time; [threading.Thread(target=time.sleep, args=(9,), daemon=True).start() for _ in '12']",
    f"{COLLECTED}if os.fork() == 0: said('child')\nelse: os.wait()",
    "sys.stdout = None",
    "del sys.modules['__main__']",
    "sys.modules = dict(sys.modules)",
    "del sys.modules",
    "sys.meta_path = None",
    "import gc; gc.disable()",
    COLLECTED,
)


@dataclass
class Program:
    """A program in pieces, each of which it can do without."""

    kinds: dict[str, str]
    holders: list[str] = field(default_factory=list)
    end: str = "pass"

    @property
    def source(self) -> str:
        """Return its text."""
        text = "\n".join(self.holders)
        kinds = [made for kind, made in self.kinds.items() if f"{kind}(" in text]
        return "\n".join([PRELUDE, *kinds, text, self.end, ""])

    def smaller(self) -> list[Program]:
        """Return those that lack one of its pieces."""
        fewer = [
            Program(self.kinds, self.holders[:place] + self.holders[place + 1 :], self.end)
            for place in range(len(self.holders))
        ]
        return [*fewer, *([Program(self.kinds, self.holders)] if self.end != "pass" else [])]


def draw(seed: int) -> Program:
    """Return the program of that seed."""
    chance = random.Random(seed)
    kinds = {f"K{n}": kind for n, kind in enumerate(chance.sample(sorted(KINDS), 3))}
    program = Program({name: KINDS[kind].format(kind=name) for name, kind in kinds.items()})
    for n in range(chance.randint(1, 6)):
        made = f'{chance.choice(sorted(kinds))}("{n}")'
        if chance.random() < 0.3:  # Its finalizer has run before.
            program.holders.append(f"known_{n} = {made}; known_{n}.__dict__.clear; del known_{n}")
        program.holders.append(chance.choice(HOLDERS).format(n=n, x=made))
    program.end = chance.choice(ENDS)
    return program
