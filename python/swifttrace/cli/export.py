"""``swifttrace export``: recordings in the formats of other programs."""

from __future__ import annotations

import argparse
import importlib

from ..exports import files
from ..recordings.files import CannotRead
from ..runtime.builtins import __builtins__ as __builtins__
from .answers import AnswerError, AnswerParser

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..exports.played import Played

FORMATS = {
    "perfetto": (".perfetto-trace", "Perfetto's format: calls on a timeline, for ui.perfetto.dev"),
    "chrome": (".trace.json", "Chrome's format: calls on a timeline, for speedscope and others"),
    "lcov": (".info", "coverage of lines and functions, for editors and genhtml"),
    "sqlite": (".sqlite", "a database of places, calls, notes and ways"),
    "json": (".jsonl", "one JSON object a line: the same as --sqlite"),
    "flame": (".folded", "folded stacks with microseconds, for flame graphs"),
}
_MODULES = {"sqlite": "database", "json": "objects"}
_TIMED = ("perfetto", "chrome")


def parser() -> AnswerParser:
    """Return the parser of what follows `export`."""
    made = AnswerParser(
        prog="swifttrace export",
        description="Writes recordings in the formats that other programs read.",
        allow_abbrev=False,
    )
    made.add_argument("files", nargs="+", metavar="FILE", help="a recording or a text trace")
    group = made.add_mutually_exclusive_group(required=True)
    for name, (_, does) in FORMATS.items():
        group.add_argument(f"--{name}", action="store_const", dest="format", const=name, help=does)
    made.add_argument(
        "-o",
        dest="output",
        metavar="OUT",
        help="the file to write, `-` for standard output (the default: FILE with the suffix of"
        " the format, in this directory)",
    )
    return made


def export(arguments: list[str]) -> int:
    """Write what is asked for; return 0. Raises `AnswerError`, `OSError`."""
    asked = parser().parse_args(arguments)
    try:
        _export(asked)
    except CannotRead as error:
        raise AnswerError(str(error)) from None
    return 0


def _export(asked: argparse.Namespace) -> None:
    from ..exports.played import Played

    suffix, _ = FORMATS[asked.format]
    name = asked.output or files.default_name(asked.files[0], suffix)
    played = [Played(file) for file in files.opened(asked.files)]
    if asked.format in _TIMED:
        _check_times(played, asked.format)
    files.check_output(name, asked.files)
    module = importlib.import_module(
        f"swifttrace.exports.{_MODULES.get(asked.format, asked.format)}"
    )
    _write(module, played, name, asked)


def _check_times(played: list[Played], form: str) -> None:
    """Raises `AnswerError`."""
    for each in played:
        if not each.began:
            raise AnswerError(f"{each.file.name} has no times, which --{form} needs: record it")


def _write(module: Any, played: list[Played], name: str, asked: argparse.Namespace) -> None:
    try:
        if asked.format != "sqlite":
            files.stored(name, lambda output: module.write(played, output))
        elif name == files.STANDARD_OUTPUT:
            raise AnswerError("a database cannot go to standard output: name a file with -o")
        else:
            module.write(played, name)
    except OSError as error:
        if name == files.STANDARD_OUTPUT:
            raise
        reason = error.strerror or str(error)
        raise AnswerError(f"cannot write {name}: {reason}") from None
    if name != files.STANDARD_OUTPUT:
        print(name)
