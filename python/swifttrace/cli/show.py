"""``swifttrace show FILE…``: recordings, the files of ``--last`` and text traces."""

from __future__ import annotations

import argparse
import json
from itertools import islice

from ..recordings import files as recorded
from ..recordings.kept import FoldedRecording
from ..recordings.names import counted
from ..recordings.opening import open_file
from ..runtime.builtins import __builtins__ as __builtins__
from .answers import MOST_LINES, print_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, NoReturn

    from ..recordings.files import Recording

_MODES = ("fold", "rare", "count", "around", "last", "only_in")


class ShowError(Exception):
    """What is asked for makes no sense; the message says what of it."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        if message.endswith("required: FILE"):
            raise ShowError("show needs the name of a file (try --help)")
        raise ShowError(f"show: {message} (try show --help)")


def parser() -> argparse.ArgumentParser:
    """Return the parser of what follows `show`."""
    made = _Parser(
        prog="swifttrace show",
        description="Prints recordings, files of --last and text traces.",
        allow_abbrev=False,
    )
    add = made.add_argument
    add("files", nargs="+", metavar="FILE")
    add("--fold", action="store_true", help="show each way through a loop once, rare ways first")
    add("--rare", action="store_true", help="show the rare ways alone, the rarest first")
    add("--count", action="store_true", help="show the source with how often each line ran")
    add("--only-in", metavar="OTHER", help="show the lines and ways that OTHER does not have")
    add("--top", type=_natural, metavar="N", help="with --count: the lines that ran most often")
    add("--time", action="store_true", help="with --count: how long each line itself took")
    add("--around", metavar="FILE:LINE", help="show this line with those near it, 40 lines")
    add("--context", type=_natural, default=5, metavar="N", help="how many they are (5)")
    add("--function", metavar="NAME", help="show the lines of functions with this name")
    add("--thread", metavar="NAME", help="show the lines of this thread: its name or number")
    add("--pid", type=_natural, metavar="N", help="show the files of this process alone")
    add("--since", type=_seconds, metavar="S", help="leave out what ran before S seconds")
    add("--until", type=_seconds, metavar="S", help="leave out what ran after S seconds")
    add("--last", type=_natural, metavar="N", help="show the last N lines of all files, by time")
    add("--lines", type=_natural, metavar="N", help="print no more than N lines")
    add("--all", action="store_true", help="print all lines of an answer (the default is 40)")
    add("--level", type=int, choices=(1, 2, 3), help="the form of a line: 1, 2 or 3")
    add("--definitions", action="store_true", help="with --fold: also definitions and constants")
    add("--json", action="store_true", help="print one JSON object a line")
    return made


def _natural(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"a number is needed, not {text!r}")
    return min(int(text[:18]), 10**15)


def _seconds(text: str) -> int:
    try:
        return int(float(text) * 1e9) if 0 <= float(text) < 1e9 else int("")
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"seconds are needed, not {text!r}") from None


def show(arguments: list[str]) -> None:
    """Print what the files have.

    Raises `ShowError`, and `OSError` if the output cannot be written.
    """
    try:
        _run(parser().parse_args(arguments))
    except recorded.CannotRead as error:
        raise ShowError(str(error)) from None


def _run(asked: argparse.Namespace) -> None:
    _check(asked)
    as_recording = _needs_recording(asked)
    opened = [open_file(name, as_recording=as_recording) for name in asked.files]
    if asked.pid is not None:
        opened = [file for file in opened if file.process == asked.pid]
        if not opened:
            raise ShowError(f"no file is of process {asked.pid}")
    for file in opened:
        if file.is_folded:
            _check_folded(file, asked)
    if asked.last is not None:
        print_lines(_last(opened, asked), None)
        return
    for file in opened:
        _show(file, asked)


def _needs_recording(asked: argparse.Namespace) -> bool:
    names = (*_MODES, "function", "thread", "since", "until", "level", "json", "lines", "pid")
    return any(getattr(asked, name) not in (None, False) for name in names)


def _check(asked: argparse.Namespace) -> None:
    """Raises `ShowError`."""
    # The rare ways are a part of what is folded.
    asked.fold = asked.fold and not asked.rare
    modes = [name for name in _MODES if getattr(asked, name) not in (None, False)]
    if len(modes) > 1:
        first, second = (name.replace("_", "-") for name in modes[:2])
        raise ShowError(f"--{first} and --{second} exclude each other")
    answers = [name.replace("_", "-") for name in modes if name not in ("around", "last")]
    for name in ("function", "thread", "since", "until", "level"):
        if answers and getattr(asked, name) is not None:
            raise ShowError(f"--{answers[0]} and --{name} exclude each other")
    if asked.all and asked.lines is not None:
        raise ShowError("--all and --lines exclude each other")
    if asked.json and not modes:
        raise ShowError("--json needs --fold, --rare, --count, --last or --only-in")
    if asked.top is not None and not asked.count:
        raise ShowError("--top needs --count")
    if asked.time and not asked.count:
        raise ShowError("--time needs --count")
    if asked.definitions and not asked.fold:
        raise ShowError("--definitions needs --fold, without --rare")


def _check_folded(file: Recording, asked: argparse.Namespace) -> None:
    """Raises `ShowError` for what needs each line."""
    for name in ("around", "function", "thread", "since", "until", "level"):
        if getattr(asked, name) is not None:
            raise ShowError(
                f"{file.name}: --{name} needs a recording of all lines, and this one is folded"
            )


def _show(file: Recording, asked: argparse.Namespace) -> None:
    if file.is_ring:
        file.show_ring()
    elif asked.fold or asked.rare:
        _fold(file, asked)
    elif asked.count:
        _count(file, asked)
    elif asked.only_in is not None:
        _only_in(file, asked)
    elif isinstance(file, FoldedRecording):
        print_lines(file.shown(), asked.lines)
    else:
        _lines(file, asked)


def _limit(asked: argparse.Namespace) -> int | None:
    """How many lines an answer has; None: all."""
    return None if asked.all else MOST_LINES if asked.lines is None else asked.lines


def _fold(file: Recording, asked: argparse.Namespace) -> None:
    from ..recordings.folded import FoldedText, as_objects

    folded = file.fold()
    if asked.json:
        _print_objects(as_objects(folded), asked)
        return
    text = FoldedText(folded, asked.definitions)
    lines = text.rare() if asked.rare else text.all()
    print_lines(_headed(text.verdict(), lines), _limit(asked))


def _print_objects(objects: Iterable[dict[str, Any]], asked: argparse.Namespace) -> None:
    print_lines(map(json.dumps, islice(objects, asked.lines)), None)


def _headed(head: str, lines: Iterable[str]) -> Iterator[str]:
    yield head
    yield from lines


def _only_in(file: Recording, asked: argparse.Namespace) -> None:
    from ..recordings.only_in import OnlyIn

    other = open_file(asked.only_in, as_recording=True)
    if file.is_ring or other.is_ring:
        raise ShowError("--only-in needs recordings or text traces")
    found = OnlyIn(file.fold(), other.fold())
    if asked.json:
        _print_objects(found.objects(), asked)
    else:
        print_lines(found.text(file.name, other.name), _limit(asked))


def _count(file: Recording, asked: argparse.Namespace) -> None:
    counts = file.counts()
    if asked.time and not file.has_durations:
        raise ShowError(f"{file.name}: no line says how long it took: record it with --time=line")
    if asked.json:
        _print_objects(counts.objects(asked.time), asked)
    elif asked.top is not None:
        print_lines(counts.top(asked.top, asked.time), asked.lines)
    else:
        print_lines(counts.annotated(asked.time), asked.lines)


def _lines(file: Recording, asked: argparse.Namespace) -> None:
    wanted = file.in_function(asked.function) if asked.function else b""
    near = file.at(asked.around) if asked.around else b""
    if asked.function and not any(wanted):
        raise ShowError(f"{file.name}: no line of a function {asked.function} has run")
    if asked.around and not any(near):
        raise ShowError(f"{file.name}: {asked.around} has not run")
    chosen = recorded.Selection(asked.level or file.level)
    chosen.wanted, chosen.near = wanted, near
    chosen.context = asked.context if asked.around else 0
    if asked.thread is not None:
        chosen.thread = file.thread(asked.thread)
    for name in ("lines", "since", "until"):
        if getattr(asked, name) is not None:
            setattr(chosen, name, getattr(asked, name))
    # A line that ran often is seen in its first rounds.
    is_limited = asked.around and asked.lines is None and not asked.all
    if is_limited:
        chosen.lines = MOST_LINES - 1
    left = file.show(chosen)
    if is_limited and left:
        print_lines([f"… {counted(left, 'more line')}: --all shows them"], None)


def _last(files: list[Recording], asked: argparse.Namespace) -> Iterator[str]:
    """Yield the last lines of all files, by time; the process that died first is named."""
    tails = [(file, file.tail(asked.level or file.level, asked.last)) for file in files]
    lines = [(time, tail["process"], text) for _, tail in tails for time, text in tail["lines"]]
    lines.sort(key=lambda line: line[0])
    kept = lines[max(len(lines) - asked.last, 0) :]
    if asked.json:
        for time, process, text in kept:
            yield json.dumps({"time": time / 1e9, "process": process, "text": text.rstrip("\n")})
        return
    if len(files) > 1:
        yield _died_first([tail for _, tail in tails])
    for _, process, text in kept:
        tag = f"{{{process}}} " if len(files) > 1 else ""
        yield text[:2] + tag + text[2:].rstrip("\n") if text.startswith("+ ") else text.rstrip("\n")


def _died_first(tails: list[dict[str, Any]]) -> str:
    without = [tail for tail in tails if not tail["has_end"]]
    if without:
        first = min(without, key=lambda tail: tail["time"])
        return f"# process {first['process']} has no end: it was killed, or runs still"
    first = min(tails, key=lambda tail: tail["time"])
    status = f" with status {first['status']}" if first["status"] >= 0 else ""
    return f"# process {first['process']} ended first{status}"
