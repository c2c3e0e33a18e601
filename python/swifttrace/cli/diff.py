"""``swifttrace diff``: the first place where two runs part."""

from __future__ import annotations

import argparse
import json
import re

from ..compare import alignment, runs
from ..compare.calls import Run
from ..compare.differences import Difference, Differences
from ..compare.events import processes
from ..compare.report import Report
from ..recordings.files import CannotRead
from ..runtime.builtins import __builtins__ as __builtins__
from .answers import AnswerError, AnswerParser, most_lines, natural, pattern, print_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

DIFFERENT = 1


def parser() -> AnswerParser:
    """Return the parser of what follows `diff`, up to the first `--`."""
    made = AnswerParser(
        prog="swifttrace diff",
        usage="swifttrace diff [options] A B\n"
        "       swifttrace diff [options] -- COMMAND A... -- COMMAND B...",
        description="Says where two runs part: two traces, two folders of traces, or two commands"
        " that are run. A command may begin with variables: NAME=VALUE python program.py.",
        allow_abbrev=False,
    )
    add = made.add_argument
    add("sides", nargs="*", metavar="A B", help="a recording, a text trace, or a folder of them")
    add(
        "--runs",
        type=natural,
        default=1,
        metavar="N",
        help="run the first command N times, and leave out what differs between these runs",
    )
    add(
        "--ignore",
        type=pattern,
        action="append",
        default=[],
        metavar="PATTERN",
        help="leave out differences whose file, function, name or value matches this regular"
        " expression",
    )
    made.add_answer_options()
    made.add_run_options()
    return made


def diff(arguments: list[str]) -> int:
    """Print the answer; return 0 if nothing differs, 1 if something does. Raises `AnswerError`."""
    own, commands = _split(arguments)
    asked = parser().parse_args(own)
    try:
        if commands:
            return _of_commands(asked, commands)
        return _of_traces(asked)
    except (CannotRead, runs.CannotRun) as error:
        raise AnswerError(f"diff: {error}") from None


def _split(arguments: list[str]) -> tuple[list[str], list[list[str]]]:
    parts: list[list[str]] = [[]]
    for argument in arguments:
        if argument == "--":
            parts.append([])
        else:
            parts[-1].append(argument)
    return parts[0], parts[1:]


def _of_traces(asked: argparse.Namespace) -> int:
    if len(asked.sides) != 2:
        raise AnswerError("diff needs two traces, or two commands, each after -- (try diff --help)")
    if asked.runs > 1:
        raise AnswerError("diff: --runs needs commands")
    one, other = (processes(side) for side in asked.sides)
    first = Run(one)
    return _answer(asked, Differences(first, alignment.second(first, other)), set(), [])


def _of_commands(asked: argparse.Namespace, words: list[list[str]]) -> int:
    if asked.sides or len(words) != 2 or not all(words):
        raise AnswerError("diff needs two commands, each after -- (try diff --help)")
    commands = [runs.Command(each) for each in words]
    with runs.Folder(asked.keep) as folder:
        ended = [_run(asked, *each) for each in zip(commands, map(folder.new, "ab"))]
        first = _read(commands[0], ended[0])
        _read(commands[1], ended[1])
        other = alignment.second(first, processes(ended[1].folder))
        noise: set[tuple[object, ...]] = set()
        for number in range(2, asked.runs + 1):
            again = _run(asked, commands[0], folder.new(f"a{number}"))
            differences = Differences(first, _read(commands[0], again))
            noise |= {each.key for each in differences.all}
        sides = [
            f"~ {name}: {command.shown} ({end.told})"
            for name, command, end in zip("AB", commands, ended)
        ]
        return _answer(asked, Differences(first, other), noise, [*sides, *_output(ended)])


def _run(asked: argparse.Namespace, command: runs.Command, folder: str) -> runs.Ended:
    return runs.run(command, folder, asked.options, timeout=asked.timeout)


def _read(command: runs.Command, ended: runs.Ended) -> Run:
    """Return what a run did. Raises `AnswerError` if nothing is known of it."""
    made = Run(processes(ended.folder)) if ended.has_traces else None
    if made is None or not made.lines:
        raise AnswerError(f"nothing was traced of: {command.shown} ({ended.told})")
    return made


def _output(ended: list[runs.Ended]) -> Iterator[str]:
    """Yield the first line of the output that differs."""
    one, other = (end.output().decode("utf-8", "replace").splitlines() for end in ended)
    for number in range(max(len(one), len(other))):
        lines = [lines[number][:100] if number < len(lines) else "" for lines in (one, other)]
        if lines[0] != lines[1]:
            yield f"~ output line {number + 1}: {lines[0]!r} in A, {lines[1]!r} in B"
            return


def _answer(
    asked: argparse.Namespace,
    differences: Differences,
    noise: set[tuple[object, ...]],
    sides: list[str],
) -> int:
    left = [
        found
        for found in differences.first()
        if found.key not in noise and not any(_is_ignored(found, each) for each in asked.ignore)
    ]
    report = Report(differences, left)
    objects = map(json.dumps, report.objects())
    print_lines(objects if asked.json else report.lines(sides), most_lines(asked))
    return 0 if report.is_empty else DIFFERENT


def _is_ignored(found: Difference, pattern: re.Pattern[str]) -> bool:
    texts = [
        f"{found.path}:{found.line}",
        found.function,
        found.name,
        str(found.one),
        str(found.other),
    ]
    return any(pattern.search(text) for text in texts)
