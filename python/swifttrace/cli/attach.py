"""The command lines of ``swifttrace attach`` and ``swifttrace where``."""

from __future__ import annotations

from ..config.options import NOT_FROM_OUTSIDE
from ..config.recording_options import PAGE
from ..config.relations import imply_level
from ..config.settings import Settings
from ..processes import candidates
from ..processes.interpreter import NoPython
from ..processes.process import CannotAttach, Process
from ..runtime.builtins import __builtins__ as __builtins__
from .parser import Parser, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_VALUED = ("--for", "--name")
_MOST_SECONDS = 1e8

USAGE = """\
usage: swifttrace attach PID [options]            trace a process that runs
       swifttrace attach --name TEXT [options]    the one with TEXT in its command line
       swifttrace attach --new [options]          the Python process that began last
       swifttrace attach --off PID                end a trace that was left behind

options, besides those of a run (swifttrace --help):
  --for SECONDS               end the trace after so many seconds
  --name TEXT                 choose the Python process by its command line
  --new                       choose the Python process that began last
  --off                       end the trace that another command began
  --children                  trace the Python processes that it starts, too
  --level N                   alone: change the level of a trace that another command began

Lines are printed on standard output until Ctrl-C or the end of the process.
"""
WHERE = """\
usage: swifttrace where PID          show what a process that runs is doing
       swifttrace where --name TEXT
       swifttrace where --new
"""


class _Parser(Parser):
    """Takes options on both sides of the process's number."""

    def __init__(self, kind: str, arguments: list[str], asked: dict[str, Any]) -> None:
        super().__init__(arguments)
        self.command.asked = dict(asked)
        self._kind = kind
        self.processes: list[str] = []
        self.own: dict[str, str] = {}

    def parse_all(self) -> None:
        """Take each argument. Raises `UsageError`."""
        while self.rest and not self.command.kind:
            self._take(self.rest.pop(0))

    def _run(self, kind: str, target: str) -> None:
        if target.startswith("-") or kind in ("command", "module", "stdin"):
            raise UsageError(f"{self._kind} starts no program: it needs the number of a process")
        self.processes.append(target)

    def _take_long(self, argument: str) -> None:
        name, sign, text = argument.partition("=")
        if name in _VALUED:
            self.own[name] = text if sign else self._next(name)
        elif argument in ("--new", "--off", "--children"):
            self.own[argument] = ""
        else:
            super()._take_long(argument)

    def process(self) -> Process:
        """Return the one that is meant. Raises `UsageError` or `CannotAttach`."""
        ways = len(self.processes) + sum(name in self.own for name in ("--name", "--new"))
        if ways != 1:
            raise UsageError(f"{self._kind} needs the number of one process")
        if "--name" in self.own:
            return candidates.named(self.own["--name"])
        if "--new" in self.own:
            return candidates.newest()
        text = self.processes[0]
        if not (text.isascii() and text.isdecimal()) or len(text) > 9:
            raise UsageError(f"{self._kind} needs the number of a process, not {text!r}")
        return Process(int(text))

    def seconds(self) -> float | None:
        """Return how long the trace is to last. Raises `UsageError`."""
        text = self.own.get("--for")
        if text is None:
            return None
        try:
            seconds = float(text)
        except ValueError:
            seconds = -1
        if not 0 < seconds < _MOST_SECONDS:
            raise UsageError(f"--for needs a number of seconds, not {text!r}")
        return seconds


def attach(arguments: list[str], asked: dict[str, Any]) -> None:
    """Do what the command line asks for.

    Raises `UsageError`, `ValueError` or `TypeError` for one that makes no sense, `CannotAttach`,
    and `OSError` if the lines cannot be printed.
    """
    parser = _Parser("attach", arguments, asked)
    parser.parse_all()
    if parser.command.kind:
        print(USAGE, end="")
        return
    wanted, seconds = parser.command.asked, parser.seconds()
    _check(wanted)
    process = parser.process()
    from ..attach import command

    try:
        if "--off" in parser.own:
            command.end(process)
        else:
            command.attach(process, wanted, seconds, "--children" in parser.own)
    except NoPython as error:
        raise _with_candidates(process, error) from None


def where(arguments: list[str], asked: dict[str, Any]) -> None:
    """Print what a process is doing. Raises what `attach` raises."""
    parser = _Parser("where", arguments, {})
    parser.parse_all()
    if parser.command.kind:
        print(WHERE, end="")
        return
    if parser.command.asked or asked or {"--for", "--off", "--children"} & parser.own.keys():
        raise UsageError("where has no options of a trace")
    process = parser.process()
    from ..attach.where import where as found

    try:
        print(found(process), end="", flush=True)
    except NoPython as error:
        raise _with_candidates(process, error) from None


def _check(asked: dict[str, Any]) -> None:
    """Raise `ValueError` or `TypeError` for options that a trace cannot have."""
    name = "fold" if asked.get("fold") or asked.get("rare") else asked.get("summary")
    if name:
        instead = f"use --record -o FILE, then swifttrace show --{name}"
        raise ValueError(f"{name} cannot be used with attach: {instead}")
    if asked.get(PAGE):
        instead = "use --record -o FILE, then swifttrace report"
        raise ValueError(f"html cannot be used with attach: {instead}")
    for name in NOT_FROM_OUTSIDE:
        if asked.get(name):
            raise ValueError(f"{name} cannot be used with attach")
    imply_level(asked)
    Settings(**asked)


def _with_candidates(process: Process, error: CannotAttach) -> CannotAttach:
    found = candidates.instead_of(process)
    hint = f"; these are: {found}" if found else ""
    return CannotAttach(f"{error}{hint}")


COMMANDS = {"attach": attach, "where": where}
"""What each subcommand does with its arguments and the options before it."""
