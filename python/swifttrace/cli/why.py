"""``swifttrace why``: what the rounds of a loop that reach a line have in common."""

from __future__ import annotations

import json

from ..compare import runs
from ..compare.events import processes
from ..compare.rounds import Rounds
from ..compare.why import Why
from ..recordings.files import CannotRead
from ..runtime.builtins import __builtins__ as __builtins__
from .answers import AnswerError, AnswerParser, most_lines, print_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

FOUND = 1
_VALUES = "values=used"


def parser() -> AnswerParser:
    """Return the parser of what follows `why`, up to `--`."""
    made = AnswerParser(
        prog="swifttrace why",
        usage="swifttrace why FILE:LINE [options] -- COMMAND...\n"
        "       swifttrace why FILE:LINE [options] TRACE",
        description="Runs a command, or reads a trace, and says which values the rounds of a loop"
        " have that reach a line, and the other rounds have not.",
        allow_abbrev=False,
    )
    made.add_argument("place", metavar="FILE:LINE", help="the line")
    made.add_argument(
        "trace",
        nargs="?",
        metavar="TRACE",
        help="a text trace with --values=used and --calls, a recording with --values and --calls,"
        " or a folder of them",
    )
    made.add_answer_options()
    made.add_run_options()
    return made


def why(arguments: list[str]) -> int:
    """Print the answer; return 1 if something tells the rounds apart. Raises `AnswerError`."""
    own, command = arguments, list[str]()
    if "--" in arguments:
        at = arguments.index("--")
        own, command = arguments[:at], arguments[at + 1 :]
    asked = parser().parse_intermixed_args(own)
    path, _, line = asked.place.rpartition(":")
    if not path or not line.isascii() or not line.isdigit():
        raise AnswerError(f"why needs a line, as main.py:12, not {asked.place!r}")
    if bool(command) == (asked.trace is not None):
        raise AnswerError("why needs a command, after --, or a trace (try why --help)")
    try:
        return _answer(asked, path, int(line), command)
    except (CannotRead, runs.CannotRun) as error:
        raise AnswerError(f"why: {error}") from None


def _answer(asked: argparse.Namespace, path: str, line: int, words: list[str]) -> int:
    if asked.trace is not None:
        return _told(asked, Why(Rounds(processes(asked.trace), path, line), asked.place))
    command = runs.Command(words)
    with runs.Folder(asked.keep) as folder:
        options = (_VALUES, *asked.options)
        ended = runs.run(command, folder.new("a"), options, timeout=asked.timeout)
        if not ended.has_traces:
            raise AnswerError(f"why: nothing was traced of: {command.shown} ({ended.told})")
        return _told(asked, Why(Rounds(processes(ended.folder), path, line), asked.place))


def _told(asked: argparse.Namespace, answer: Why) -> int:
    lines: Iterable[str] = answer.lines()
    if asked.json:
        lines = map(json.dumps, answer.objects())
    print_lines(lines, most_lines(asked))
    return FOUND if answer.is_found else 0
