"""A program with another tool beside it: what each of the two sees, without and with us."""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import run_python, untagged
from parity import traced_by

# Whether bytecode is there or is written shows in profiles.
STABLE = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
# Where the trace is begun: before the other tool, by the variable or by the command, or
# after it, by the program itself.
ORDERS = ["environment", "command", "enable"]
FIRST = ORDERS[:2]

has_monitoring = sys.version_info >= (3, 12)
needs_monitoring = pytest.mark.skipif(not has_monitoring, reason="3.11 has no sys.monitoring")


def needs(package):
    """Skip where there is no wheel of a package for this Python."""
    found = importlib.util.find_spec(package)
    return pytest.mark.skipif(found is None, reason=f"{package} is not installed")


# What the oracle is not asked about: the other tool's code and what is installed.
ELSEWHERE = [os.path.dirname(os.__file__), sys.prefix, sys.base_prefix]
EXCLUDED = [f"{directory}/*" for directory in ELSEWHERE] + ["tool.py", "start.py"]

# The first line of each program. Neither does anything while the oracle looks.
BEGIN = "import tool, start; tool.begin(); start.begin()\n"
START = f"""\
import os
def begin():
    if "TRACE_HERE" in os.environ:
        import swifttrace
        output = os.environ["TRACE_HERE"]
        swifttrace.enable(2, include="program.py", exclude={EXCLUDED!r}, output=output)
"""
INERT = """\
active = False
def begin(): pass
def poke(*_): pass
"""
TOOL = """\
import atexit, os
active = "TOOL_LOG" in os.environ
log = []
def begin():
    if active:
        atexit.register(finish)
        start()
def finish():
    stop()
    with open(os.environ["TOOL_LOG"], "w") as file:
        for entry in log: print(*entry, file=file)
def poke(*arguments):
    if active: poked(*arguments)
def start(): pass
def stop(): pass
def poked(*_): pass
def is_seen(code): return code.co_filename.endswith("program.py")
"""


class Program:
    """`program.py` in a directory, with `tool.py` beside it, which has a `start()`, a
    `stop()` and a `poked(number)`, called by the program, and notes what it sees in `log`.
    """

    def __init__(self, directory, source, tool=None):
        self.directory = directory
        self.path = directory / "program.py"
        self.source = BEGIN + source
        self.alone = functools.cache(functools.partial(self.run, None))
        for name, text in (
            ("program.py", self.source),
            ("start.py", START),
            ("tool.py", INERT if tool is None else TOOL + tool),
        ):
            directory.joinpath(name).write_text(text)

    def lines(self, order):
        """Return what the trace has to be."""
        lines = oracle_lines(self.source)
        return list(lines[1:] if order == "enable" else lines)

    def command(self, order, *launch):
        """Return the interpreter's arguments, its environment and the file of the trace.

        `order` None: without a trace.
        """
        trace = self.directory / f"{order}.trace"
        trace.unlink(missing_ok=True)
        environment = {**STABLE, "TOOL_LOG": os.fspath(trace.with_suffix(".log"))}
        if order == "environment":
            fields = ["level=2", "include=program.py", f"output={trace}"]
            fields += [f"exclude={pattern}" for pattern in EXCLUDED]
            environment["SWIFTTRACE"] = ",".join(fields)
        elif order == "command":
            ours = ["-xx", "--include=program.py", *(f"--exclude={name}" for name in EXCLUDED)]
            launch = ["-m", "swifttrace", *ours, "-o", trace, *launch]
        elif order == "enable":
            environment["TRACE_HERE"] = os.fspath(trace)
        return launch, environment, trace

    def run(self, order, *launch, **how):
        """Return how it ended, its `trace` and the tool's `log`."""
        arguments, environment, trace = self.command(order, *launch)
        trace.with_suffix(".log").unlink(missing_ok=True)
        environment.update(how.pop("env", {}))
        ended = run_python(*arguments, env=environment, cwd=self.directory, **how)
        ended.trace = traced_lines(trace)
        ended.log = text_of(trace.with_suffix(".log"))
        return ended

    def run_alike(self, order, *launch, **how):
        """Assert that program and tool see what they see without us; return how it ended."""
        ended = self.run(order, *launch, **how)
        assert seen_by_all(ended) == seen_by_all(self.alone(*launch, **how))
        return ended


def seen_by_all(ended):
    return ended.returncode, ended.stdout, ended.stderr, ended.log


def traced_lines(path):
    return [untagged(line) for line in text_of(path).splitlines() if line.startswith("+")]


def text_of(path):
    return path.read_text(errors="surrogateescape") if path.exists() else ""


@functools.cache
def oracle_lines(source):
    """Return what the oracle prints of a program whose tool does nothing."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.joinpath("program.py").write_text(source)
        for module in ("tool.py", "start.py"):
            directory.joinpath(module).write_text(INERT)
        lines, ended = traced_by("oracle", 2, directory / "program.py", directory)
        assert ended.returncode == 0, ended.stderr
        return tuple(lines)


# Every kind of control flow that a tool has an event of its own for.
MANY_WAYS = """\
def loops(n):
    total = 0
    for i in range(n):
        if i % 2: continue
        total += i
        if total > 5: break
    else:
        total = -1
    while n: n -= 1
    while total > 0: total -= 2; tool.poke(total)
    return [x for x in range(3) if x] + [total]


def generator(n):
    try:
        for i in range(n):
            got = yield i
            tool.poke(got)
    except KeyError as error:
        yield error.args
    finally:
        n = 0


def delegates():
    result = yield from generator(2)
    return result


def exceptions(value):
    try:
        if value: raise ValueError(value)
    except ValueError as error:
        value = error.args
        tool.poke(1)
    else:
        value = ()
    finally:
        value += (1,)
    return value


class Manager:
    def __enter__(self): return [1, 2]

    def __exit__(self, *exception):
        return exception[0] is KeyError


def blocks():
    with Manager() as got:
        match got:
            case 1: found = 1
            case [a, *_]: found = a
        raise KeyError(found)
    tool.poke(3)
    return found


class Turn:
    def __await__(self):
        yield "turn"


async def numbers(n):
    for i in range(n):
        await Turn()
        yield i


async def work(n):
    async with Waits(n) as total:
        async for i in numbers(2):
            total += i
    return total


class Waits:
    def __init__(self, n): self.n = n

    async def __aenter__(self):
        await Turn()
        return self.n

    async def __aexit__(self, *exception): pass


def drive(coroutine):
    while True:
        try: coroutine.send(None)
        except StopIteration as stop: return stop.value


def recursive(n): return n and recursive(n - 1) + 1


class Thing:
    value = 1

    def __init__(self): self.made = True

    @property
    def half(self):
        return self.value / 2


def never():
    return 1


for turn in range(3):
    print(loops(turn + 2), list(generator(turn)), list(delegates()))
    print(exceptions(turn), blocks(), recursive(turn))
    g = generator(2)
    next(g), g.throw(KeyError(turn)), g.close()
    print(drive(work(turn)), Thing().half, (lambda: turn)())
    tool.poke(turn)
if never is None:
    never()
print("end")
"""
