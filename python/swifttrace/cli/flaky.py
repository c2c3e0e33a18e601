"""``swifttrace flaky``: why a command fails now and then."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from ..compare import runs
from ..compare.events import processes
from ..flakiness.knobs import KNOBS, Knob, chosen
from ..flakiness.streams import Stream, Tokens
from ..flakiness.verdict import Verdict
from ..flakiness.votes import Voting
from ..recordings.files import CannotRead
from ..runtime.builtins import __builtins__ as __builtins__
from .answers import AnswerError, AnswerParser, most_lines, natural, print_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator

FOUND = 1
_REPETITIONS = 2
_ENOUGH = 5
"""Of each kind, with `--until both`."""


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
    except (CannotRead, runs.CannotRun) as error:
        raise AnswerError(f"flaky: {error}") from None


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


class _Run:
    """One run: what it was run with, how it ended, what it did."""

    is_repeated: bool | None = None
    """Whether another run with the same settings ended alike; None: nobody has tried."""

    def __init__(self, number: int, knob: Knob, ended: runs.Ended) -> None:
        self.number = number
        self.knob = knob
        self.ended = ended
        self.fails = ended.status != 0


def _answer(asked: argparse.Namespace, command: runs.Command, folder: runs.Folder) -> int:
    done = list(_run_all(asked, command, folder))
    failing = [each for each in done if each.fails]
    if not any(each.ended.has_traces for each in done):
        raise AnswerError(f"flaky: nothing was traced of: {command.shown} ({done[0].ended.told})")
    if not failing or len(failing) == len(done):
        print_lines(_one_kind(done, command), most_lines(asked))
        return FOUND if failing else 0
    passing = [each for each in done if not each.fails]
    failing[0].is_repeated = _repeats(failing, passing, asked, command)
    verdict = _compared(failing, passing)
    text = verdict.lines(_summary(failing, passing, command))
    print_lines(map(json.dumps, verdict.objects()) if asked.json else text, most_lines(asked))
    return FOUND


def _run_all(
    asked: argparse.Namespace, command: runs.Command, folder: runs.Folder
) -> Iterator[_Run]:
    def run(number: int) -> _Run:
        return _run(number, asked.vary.of(number), asked, command, folder.new(str(number)))

    failed = passed = 0
    with ThreadPoolExecutor(asked.jobs) as pool:
        for start in range(0, asked.count, asked.jobs):
            for done in _together(pool, run, range(start, min(start + asked.jobs, asked.count))):
                failed += done.fails
                passed += not done.fails
                yield done
            if asked.until and min(failed, passed) >= _ENOUGH:
                return


def _run(
    number: int, knob: Knob, asked: argparse.Namespace, command: runs.Command, folder: str
) -> _Run:
    options = (*asked.options, *knob.told)
    ended = runs.run(command, folder, options, more=knob.variables, timeout=asked.timeout)
    return _Run(number, knob, ended)


def _repeats(
    failing: list[_Run], passing: list[_Run], asked: argparse.Namespace, command: runs.Command
) -> bool:
    """Whether what was set decides: the same settings fail again, and pass in no run."""
    if {each.knob.told_short for each in failing} & {each.knob.told_short for each in passing}:
        return False
    first = failing[0]
    with runs.Folder(None) as folder:
        return all(
            _run(first.number, first.knob, asked, command, folder.new(str(turn))).fails
            for turn in range(_REPETITIONS)
        )


def _together(
    pool: ThreadPoolExecutor, run: Callable[[int], _Run], numbers: Iterable[int]
) -> list[_Run]:
    """Run some at once. If we are interrupted, they are ended."""
    try:
        return list(pool.map(run, numbers))
    except BaseException:
        runs.end_all()
        raise


def _one_kind(done: list[_Run], command: runs.Command) -> Iterator[str]:
    count = len(done)
    if not done[0].fails:
        yield f"# never failed in {count} runs: {command.shown}"
        yield f"~ tried: {_range(done)}; --vary tries other things"
        return
    yield f"# always failed in {count} runs, so there is no passing run to compare with"
    yield f"~ run 1 {done[0].ended.told}: {command.shown}"
    yield from _last_words(done[0])


def _compared(failing: list[_Run], passing: list[_Run]) -> Verdict:
    tokens = Tokens()
    ours, theirs = (
        [Stream(processes(each.ended.folder), tokens) for each in side if each.ended.has_traces]
        for side in (failing, passing)
    )
    if not ours or not theirs:
        raise AnswerError("flaky: the runs of one kind have no trace")
    return Verdict(Voting(ours, theirs, tokens), tokens)


def _range(side: list[_Run]) -> str:
    told = dict.fromkeys(each.knob.told_short for each in side)
    words: dict[str, list[str]] = {}
    for name, value in told:
        words.setdefault(name, []).append(value)
    return ", ".join(f"{name}={_some(values)}" for name, values in words.items())


def _some(values: list[str]) -> str:
    shown = " ".join(values[:12])
    return shown if len(values) <= 12 else f"{shown} …"


def _summary(failing: list[_Run], passing: list[_Run], command: runs.Command) -> list[str]:
    first = failing[0]
    (name, value), repeat = first.knob.told_short, first.knob.repeat(command.shown)
    settings = [
        f"~ fails with {_range(failing)}",
        f"~ passes with {_range(passing)}",
        f"~ to repeat a failing run: {repeat}",
    ]
    if not first.is_repeated:
        settings = [
            f"~ {name} does not decide: with {name}={value} it fails in some runs and passes in"
            " others, as with threads, time or random numbers"
        ]
    return [
        f"fails in {len(failing)} of {len(failing) + len(passing)} runs",
        *settings,
        f"~ it {first.ended.told}",
        *_last_words(first),
    ]


def _last_words(run: _Run) -> Iterator[str]:
    """Yield the last line that a run printed."""
    lines = run.ended.output().decode("utf-8", "replace").rstrip().splitlines()
    if lines:
        yield f"~ the last line that it printed: {lines[-1][:200]!r}"
