"""What the commands that answer a question have in common: options, how an answer is printed."""

from __future__ import annotations

import argparse
import re

from ..compare.runs import TIMEOUT
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NoReturn

MOST_LINES = 40


class AnswerError(Exception):
    """What is asked for makes no sense, or cannot be done; the message says what of it."""


class AnswerParser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Raise `AnswerError`."""
        name = self.prog.partition(" ")[2]
        raise AnswerError(f"{name}: {message} (try {name} --help)")

    def add_answer_options(self) -> None:
        """Add the options of how much is printed."""
        add = self.add_argument
        add(
            "--lines",
            type=natural,
            default=MOST_LINES,
            metavar="N",
            help="print no more than N lines (40)",
        )
        add("--all", action="store_true", help="print all lines of the answer")
        add("--json", action="store_true", help="print one JSON object a line")

    def add_run_options(self) -> None:
        """Add the options of the runs."""
        add = self.add_argument
        add(
            "--timeout",
            type=seconds,
            default=TIMEOUT,
            metavar="S",
            help="end a run after S seconds (600)",
        )
        add("--keep", metavar="DIR", help="keep the traces of the runs in this folder")
        add(
            "--scope",
            type=_scope,
            action="append",
            dest="options",
            default=[],
            metavar="project|all|script",
            help="trace these files: of the project (the default), all, or the script alone",
        )
        add(
            "--include",
            type=_include,
            action="append",
            dest="options",
            metavar="PATTERN",
            help="trace these files too",
        )
        add(
            "--exclude",
            type=_exclude,
            action="append",
            dest="options",
            metavar="PATTERN",
            help="do not trace these files",
        )


def _scope(text: str) -> str:
    if text not in ("project", "all", "script"):
        raise argparse.ArgumentTypeError(f"project, all or script is needed, not {text!r}")
    return f"scope={text}"


def _include(text: str) -> str:
    return f"include={text}"


def _exclude(text: str) -> str:
    return f"exclude={text}"


def natural(text: str) -> int:
    """Read a number, 1 or more."""
    if not text.isascii() or not text.isdigit() or not int(text[:18]):
        raise argparse.ArgumentTypeError(f"a number is needed, not {text!r}")
    return min(int(text[:18]), 10**15)


def seconds(text: str) -> float:
    """Read seconds."""
    if not re.fullmatch(r"\d{1,9}(\.\d*)?|\.\d+", text, re.ASCII) or not float(text):
        raise argparse.ArgumentTypeError(f"seconds are needed, not {text!r}")
    return float(text)


def pattern(text: str) -> re.Pattern[str]:
    """Read a regular expression."""
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"not a regular expression: {error}") from None


def most_lines(asked: argparse.Namespace) -> int | None:
    """How many lines an answer has; None: all."""
    return None if asked.all or asked.json else asked.lines


def print_lines(lines: Iterable[str], most: int | None) -> None:
    """Print at most so many lines, the last of which says how many there are besides."""
    left_out = 0
    # Not by sys.stdout, whose buffer would be written once more at the end.
    with open(1, "wb", closefd=False) as output:
        for number, line in enumerate(lines, 1):
            if most is not None and number >= most:
                left_out += 1
                last = line
            else:
                output.write(_encoded(line))
        if left_out == 1:
            output.write(_encoded(last))
        elif left_out:
            output.write(f"… {left_out:,} more lines: --all shows them\n".encode())


def _encoded(line: str) -> bytes:
    return line.encode("utf-8", "backslashreplace") + b"\n"
