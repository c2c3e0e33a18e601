"""Runs programs three times each: untraced, under the oracle, under swifttrace.

`python worker.py DIRECTORY DETAILS` reads a program from each line of standard input, as
JSON, and answers by a line: null, or what differs. One process runs many of them, so that
each meets what those before it have left behind: sessions, code objects, disabled places.
What is shown besides the lines, as `details.py` names it, is not compared; where the lines
are not shown for it, nothing but how programs end is.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import linecache
import os
import re
import sys
import threading
import warnings
from types import FrameType
from typing import Any

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../python/support"))

import swifttrace
from comparing import first_difference, untagged
from details import DETAILS
from oracle import Oracle, make_repeatable
from swifttrace import reading

DIRECTORY = sys.argv[1]
ASKED = DETAILS[sys.argv[2]]
USED = re.compile(r"    # [^\W\d]\w* = .*$")
NOTE = re.compile(r"\] *(# |=> |<= |~> |<~ |!! )")
PROGRAM = os.path.join(DIRECTORY, "program.py")
OUTPUT = os.path.join(DIRECTORY, "trace")
# Code that is in no file, as the programs name it.
PSEUDO = ("<string>", "<made up>")
LEVEL = 3


class Ending:
    """What a program did that its user sees."""

    def __init__(self) -> None:
        self.printed = io.StringIO()
        self.end = "the end"

    def as_text(self) -> str:
        return self.printed.getvalue() + self.end


def ran(code: Any, toggles: tuple[Any, Any]) -> Ending:
    """Run it as `__main__`. `toggles` are what turns the trace on and off from within."""
    ending = Ending()
    names = {"__name__": "__main__", "trace_on": toggles[0], "trace_off": toggles[1]}
    with contextlib.redirect_stdout(ending.printed), contextlib.redirect_stderr(io.StringIO()):
        try:
            exec(code, names)
        except BaseException as error:
            ending.end = f"{type(error).__name__}: {error}"
            # Its frames hold what else would end here.
            error.__traceback__ = error.__context__ = error.__cause__ = None
        names.clear()
    return ending


def compiled(source: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(source, PROGRAM, "exec")


# -- the oracle ------------------------------------------------------------------------


class SwitchedOracle(Oracle):
    """The oracle, on and off from within the program."""

    def is_in_scope(self, name: str) -> bool:
        return name == PROGRAM or name in PSEUDO

    def on(self) -> None:
        threading.settrace(self.global_trace)
        sys.settrace(self.global_trace)
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if self.is_in_scope(frame.f_code.co_filename):
                frame.f_trace = self.local_trace
            frame = frame.f_back

    def off(self) -> None:
        threading.settrace(None)  # type: ignore[arg-type]
        sys.settrace(None)


def by_oracle(code: Any) -> tuple[Ending, list[str]]:
    oracle = SwitchedOracle(LEVEL, PROGRAM)
    oracle.on()
    try:
        ending = ran(code, (oracle.on, oracle.off))
    finally:
        oracle.off()
    return ending, [oracle.rendered(*line) for line in oracle.lines]


# -- swifttrace ------------------------------------------------------------------------


class Switched:
    """swifttrace, on and off from within the program: a file each time."""

    def __init__(self) -> None:
        self.outputs: list[str] = []

    def on(self) -> None:
        self.outputs.append(f"{OUTPUT}.{len(self.outputs)}")
        swifttrace.enable(
            LEVEL,
            scope="script",
            include=(PROGRAM, *PSEUDO),
            exclude=__file__,
            banner=False,
            output=self.outputs[-1],
            **ASKED,
        )

    def lines(self) -> list[str]:
        lines: list[str] = []
        for name in self.outputs:
            if "record" in ASKED:
                show(name)
            with open(name, encoding="utf-8", newline="\n") as file:
                written = file.read().splitlines()
            if ASKED.get("values") == "used":
                written = [USED.sub("", line) for line in written]
            lines += [untagged(line) for line in written if not ASKED or not NOTE.search(line)]
            os.unlink(name)
        return lines


def show(name: str) -> None:
    """Replace a recording by what it shows."""
    with open(name + ".shown", "wb") as file:
        everything = (-1, -1, 0, -1, -1, -1, b"", b"", None, 1)
        reading.show(name, file.fileno(), LEVEL, *everything)
    os.replace(name + ".shown", name)


def by_swifttrace(code: Any) -> tuple[Ending, list[str]]:
    trace = Switched()
    trace.on()
    try:
        ending = ran(code, (trace.on, swifttrace.disable))
    finally:
        swifttrace.disable()
    return ending, trace.lines()


# -- both ------------------------------------------------------------------------------


def checked(source: str) -> dict[str, Any]:
    """Return how many lines there were, and what differs."""
    with open(PROGRAM, "w", encoding="utf-8") as file:
        file.write(source)
    linecache.clearcache()
    try:
        codes = [compiled(source) for _ in range(3)]
    except SyntaxError as error:
        return {"lines": 0, "differs": f"the program is none: {error}"}
    untraced = ran(codes[0], (lambda: None, lambda: None)).as_text()
    ending, expected = by_oracle(codes[1])
    found = {"oracle": ending.as_text()}
    # Fresh code, then code that has been traced by both.
    for name, each in (("swifttrace", codes[2]), ("swifttrace again", codes[1])):
        ending, lines = by_swifttrace(each)
        found[name] = ending.as_text()
        if lines != expected and "watch" not in ASKED:
            return {"lines": len(expected), "differs": difference(name, expected, lines)}
    wrong = [f"{name}:\n{text}" for name, text in found.items() if text != untraced]
    if wrong:
        return {"lines": len(expected), "differs": f"untraced:\n{untraced}\n{wrong[0]}"}
    return {"lines": len(expected), "differs": None}


def difference(name: str, expected: list[str], found: list[str]) -> str:
    place, wanted, got = first_difference(expected, found) or (0, [], [])
    parts = [f"line {place} of the trace; the oracle's:", *wanted, f"{name}'s:", *got]
    return "\n".join(parts)


def main() -> None:
    make_repeatable()
    # What the programs say is not for whoever reads our answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(checked(json.loads(line))) + "\n")
        answers.flush()
        gc.collect()


main()
