"""Runs programs that end: by themselves, and traced with each of the options that show more.

Exit status, standard output and standard error have to be the same. The finalizers may run in
another order, and so may their lines and the errors that they raise: when the collector runs
depends on what there is, and so does whether a traceback still has its text. What callbacks of
weak references say does not count: there is none for one that goes together with its object.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from exits import Program, draw

OPTIONS: tuple[tuple[str, ...], ...] = (
    ("-xx",),
    ("-xx", "--values"),
    ("-xx", "--values=repr"),
    ("-xx", "--calls"),
    ("-xx", "--depth", "3"),
    ("-xx", "--show", "depth"),
    ("-xx", "--show", "task"),
    ("-xx", "--format", "{task} {depth} {line}"),
    ("--watch", "name", "--watch", "self.name"),
    ("-xx", "-dd"),
    ("-xx", "-ddd", "--values=repr", "--calls", "--watch", "here"),
    ("-xx", "--last", "5", "--values"),
    ("-p",),
    ("-xxx", "--calls", "--values"),
    ("-xx", "--statements", "--paths", "relative"),
    ("-xx", "--time=line", "--values"),
)
_SECONDS = 60
_ADDRESS = re.compile(rb"0x[0-9a-f]+")
_IGNORED = re.compile(rb"^(?=Exception ignored )", re.MULTILINE)
_TEXT = re.compile(rb"^    .*\n", re.MULTILINE)
_LAST = re.compile(rb"# swifttrace: process .*\n(\+.*\n)*")
_DEBUGGER = re.compile(rb"(\(Pdb\)|->|> \S+\(\d+\)).*\n")

Ended = tuple[int, bytes, bytes]
Seen = tuple[int, bytes, bytes, Counter[bytes]]


def _seen(ended: Ended, options: tuple[str, ...]) -> Seen:
    """Return what is compared. What is printed of an exception that nobody caught was asked for."""
    status, output, errors = ended
    if "--last" in options:
        errors = _LAST.sub(b"", errors)
    if "-p" in options:
        output = _DEBUGGER.sub(b"", output)
    lines = [line for line in output.splitlines(True) if not line.startswith(b"called ")]
    errors, *ignored = _IGNORED.split(_ADDRESS.sub(b"0x...", errors))
    return status, b"".join(sorted(lines)), errors, Counter(_TEXT.sub(b"", e) for e in ignored)


# Of 3.11: a finalizer that imports while an import takes the lock of its module (cpython#106176).
_LOCK = re.compile(rb"in acquire\nKeyError: \d+\n")


def _are_alike(plain: Seen, traced: Seen) -> bool:
    """Whether a program can tell: what a finalizer raises is told while there is a `sys.stderr`.

    Which finalizers come after that may be others when traced (README's limits). All of them
    have printed their line, and nothing else is told.
    """
    if any(_LOCK.search(errors) for seen in (plain, traced) for errors in (seen[2], *seen[3])):
        return True
    return plain[:3] == traced[:3] and traced[3] <= plain[3]


class Runner:
    """Runs programs in a directory of its own."""

    def __init__(self, python: str, directory: Path) -> None:
        self.python = python
        self.directory = directory
        self.runs = 0

    def differs(self, program: Program, options: tuple[str, ...]) -> str:
        """Return how its end differs, traced with the options; nothing where it does not."""
        path = self.directory / "ending.py"
        path.write_text(program.source, encoding="utf-8")
        plain = _seen(self._run([str(path)]), ())
        is_logged = any(option.startswith("-dd") for option in options)
        log = ["--debug-log", str(self.directory / "log")] if is_logged else []
        output = ["-o", str(self.directory / "trace")]
        traced = _seen(self._run(["-m", "swifttrace", *options, *log, *output, str(path)]), options)
        self.runs += 1
        return (
            ""
            if _are_alike(plain, traced)
            else f"{' '.join(options)}\nplain:  {plain}\ntraced: {traced}"
        )

    def _run(self, arguments: list[str]) -> Ended:
        try:
            ended = subprocess.run(
                [self.python, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                cwd=self.directory,
                env={
                    **os.environ,
                    "PYTHONHASHSEED": "0",
                    "PYTHONWARNINGS": "ignore::DeprecationWarning",
                },
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return 0, b"", b"it does not end"
        return ended.returncode, ended.stdout, ended.stderr

    def smallest(self, program: Program, options: tuple[str, ...]) -> Program:
        """Return what is left of it that still ends otherwise."""
        for smaller in program.smaller():
            if self.differs(smaller, options):
                return self.smallest(smaller, options)
        return program


def check(runner: Runner, seed: int) -> str:
    """Return what differs for the program of a seed, which says its options, too."""
    program, options = draw(seed), OPTIONS[seed % len(OPTIONS)]
    if not runner.differs(program, options):
        return ""
    smallest = runner.smallest(program, options)
    return f"seed {seed}: {runner.differs(smallest, options)}\n{smallest.source}"


def run_exits(python: str, count: int, first: int | None) -> bool:
    """Check so many programs, say what differs, and return whether anything does."""
    failed = 0
    with tempfile.TemporaryDirectory(prefix="fuzz-") as directory:
        runner = Runner(python, Path(directory))
        for seed in range(first or 0, (first or 0) + count):
            differs = check(runner, seed)
            failed += bool(differs)
            print(differs, end="", file=sys.stderr)
    version = "{}.{}.{}".format(*sys.version_info)
    print(f"{version}: {count} programs that end, {failed} of them otherwise when traced")
    return failed > 0
