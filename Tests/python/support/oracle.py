"""The oracle: what a trace has to print, by a pure-Python `sys.settrace` function.

`python oracle.py MODE LEVEL OUTPUT script [args]` runs the script through swifttrace's own
launcher, so that both sides see the same program in the same interpreter, and writes to
OUTPUT the lines that MODE's tracer printed: `oracle` is the function below, `native` ours,
`ring` ours with the last 1000 lines kept there.
"""

from __future__ import annotations

import gc
import linecache
import os
import sys
import threading

import swifttrace
from swifttrace import api
from swifttrace.config.settings import Settings
from swifttrace.launch import launcher

OWN = os.path.dirname(swifttrace.__file__)
# The interpreter's threading module is where the oracle itself gets into a thread: it
# sees less of it than there is.
UNCOMPARED = (__file__, threading.__file__)
STDLIB = os.path.dirname(os.__file__)
LAST = 1000


class Oracle:
    """Collects what is to be printed."""

    def __init__(self, level: int, script: str) -> None:
        self.level = level
        self.script = script
        self.lines: list[tuple[str, int]] = []

    def is_in_scope(self, name: str) -> bool:
        if name.startswith(OWN) or name in UNCOMPARED:
            return False
        return self.level == 3 or name == self.script

    def global_trace(self, frame, event, arg):
        return self.local_trace if self.is_in_scope(frame.f_code.co_filename) else None

    def local_trace(self, frame, event, arg):
        if event == "line":
            self.lines.append((frame.f_code.co_filename, frame.f_lineno))
        return self.local_trace

    def rendered(self, name: str, number: int) -> str:
        """Only afterwards: looking for a line fills caches that the program uses too."""
        line = source_line(name, number)
        if self.level == 1:
            return f"+ {line}"
        if self.level == 2:
            return f"+ [{number:6d}] {line}"
        return f"+ [{name[-32:]:>32s}:{number:<6d}] {line}"


def source_line(name: str, number: int) -> str:
    """By `linecache`, which before 3.14 knows no frozen modules."""
    if name.startswith("<frozen "):
        path = os.path.join(STDLIB, *name[8:-1].split("."))
        name = path + ".py" if os.path.exists(path + ".py") else path + "/__init__.py"
    line = linecache.getline(name, number)
    return line.rstrip().replace("\f", "\\x0c") if line else "<no source>"


def run_oracle(level: int, output: str, arguments: list[str]) -> None:
    oracle = Oracle(level, os.path.abspath(arguments[0]))

    def activate(trace):
        threading.settrace(oracle.global_trace)
        sys.settrace(oracle.global_trace)

    launcher.activate = activate
    launcher._open = lambda *_: None
    try:
        launcher.launch("script", arguments[0], arguments[1:], None)
    finally:
        sys.settrace(None)
        with open(output, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(oracle.rendered(*line) + "\n" for line in oracle.lines)


def run_native(level: int, output: str, arguments: list[str], last: int | None = None) -> None:
    settings = Settings(level=level, output=output, exclude=UNCOMPARED, last=last, banner=False)
    try:
        launcher.launch("script", arguments[0], arguments[1:], settings)
    finally:
        api.disable()


def run_ring(level: int, output: str, arguments: list[str]) -> None:
    run_native(level, output, arguments, LAST)


def make_repeatable() -> None:
    """Take away what depends on how much a tracer allocates and how long it takes."""
    # When the collector runs, and with it what finalizers print.
    gc.disable()
    # Which of two threads runs first: one that may run goes on until it has to wait.
    sys.setswitchinterval(1000)


if __name__ == "__main__":
    make_repeatable()
    run = {"oracle": run_oracle, "native": run_native, "ring": run_ring}[sys.argv[1]]
    run(int(sys.argv[2]), sys.argv[3], sys.argv[4:])
