"""``swifttrace flaky``: why a command fails now and then."""

from __future__ import annotations

import json

from ..compare import runs
from ..flakiness.knobs import KNOBS, chosen
from ..flakiness.trials import CannotCompare, Trials
from ..recordings.files import CannotRead
from ..runtime.builtins import __builtins__ as __builtins__
from .answers import AnswerError, AnswerParser, most_lines, natural, print_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

FOUND = 1


def parser() -> AnswerParser:
    """Return the parser of what follows `flaky`, up to `--`."""
    made = AnswerParser(
        prog="swifttrace flaky",
        usage="swifttrace flaky N [options] -- COMMAND...",
        description="Runs a command N times, each time with another hash seed, and says where the"
        " runs that fail part from those that pass.",
        allow_abbrev=False,
    )
    add = made.add_argument
    add("count", type=natural, metavar="N", help="how often it is run")
    add("-j", "--jobs", type=natural, default=1, metavar="J", help="run J at a time")
    add(
        "--vary",
        type=chosen,
        default=chosen("hash"),
        metavar="|".join(KNOBS),
        help="what differs between the runs: the seed of hashes (the default), the interval of"
        " thread switches, the time zone, the locale; several, with commas, take turns",
    )
    add(
        "--until",
        choices=("both", "BOTH"),
        metavar="both",
        help="stop when five runs have failed and five have passed",
    )
    made.add_answer_options()
    made.add_run_options()
    return made


def flaky(arguments: list[str]) -> int:
    """Print the answer; return 0 if no run fails, 1 if one does. Raises `AnswerError`."""
    own, command = _split(arguments)
    asked = parser().parse_args(own)
    if not command:
        raise AnswerError("flaky needs a command, after -- (try flaky --help)")
    try:
        with runs.Folder(asked.keep) as folder:
            return _answer(asked, runs.Command(command), folder)
    except (CannotRead, CannotCompare, runs.CannotRun) as error:
        raise AnswerError(f"flaky: {error}") from None


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _answer(asked: argparse.Namespace, command: runs.Command, folder: runs.Folder) -> int:
    trials = Trials(command, asked.vary)
    trials.jobs, trials.until_both = asked.jobs, bool(asked.until)
    trials.options, trials.timeout = asked.options, asked.timeout
    trials.run(asked.count, folder)
    verdict = trials.verdict()
    lines = trials.lines(verdict)
    if asked.json and verdict is not None:
        lines = map(json.dumps, verdict.objects())
    print_lines(lines, most_lines(asked))
    return FOUND if trials.failing else 0
