"""The command: ``swifttrace`` and ``python -m swifttrace``."""

from __future__ import annotations

import os
import sys

from .. import swifttrace as native
from ..config.options import SUBCOMMANDS, take_signal
from ..config.recording_options import LIVE, PAGE, check_summary, settle_fold
from ..config.relations import imply_level
from ..config.settings import Settings
from ..config.variable import defaults
from ..launch.commands import CannotRun
from ..launch.launcher import launch
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.process import known_environment
from ..version import __version__
from .parser import Command, UsageError, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, TextIO

USAGE_STATUS = 2
ANSWERS = ("show", "diff", "flaky", "why", "export", "report")
"""The subcommands that print an answer, and run nothing as the program."""
NAMES = tuple([name for name, _, _ in SUBCOMMANDS])


def main() -> None:
    """Run the command that `sys.argv` asks for; end as the program would."""
    try:
        command = parse(sys.argv[1:])
        if command.kind not in ("help", "version", "", *NAMES):
            settings = _settings(command.asked)
    except (UsageError, ValueError) as error:
        fail(f"{error} (try --help)", USAGE_STATUS)
    if command.kind == "version":
        print(f"swifttrace {__version__}")
    elif command.kind == "help":
        _print_usage(sys.stdout)
    elif command.kind == "show":
        _show(command.arguments)
    elif command.kind in ANSWERS:
        _answer(command.kind, command.arguments)
    elif command.kind in NAMES:
        _attach(command)
    elif not command.kind:
        _print_usage(sys.stderr)
        sys.exit(USAGE_STATUS)
    else:
        _run(command, _summarised(command, settings))


def _summarised(command: Command, settings: Settings) -> Settings:
    """Return the settings of the program, whose answer another process prints at the end."""
    if not command.asked.get("summary"):
        return settings
    from .summary import summarised

    try:
        return summarised(command.asked, settings, command.target)
    except OSError as error:
        name = os.fsdecode(error.filename)
        fail(f"cannot write to {name}: {error.strerror}", USAGE_STATUS)


def _print_usage(file: TextIO) -> None:
    from .usage import usage

    print(usage(), end="", file=file)


def _settings(asked: dict[str, Any]) -> Settings:
    """Raises `TypeError` or `ValueError`."""
    imply_level(asked)
    settle_fold(asked)
    if asked.get(PAGE):
        asked.setdefault("summary", PAGE)
    if asked.get("summary"):
        asked.setdefault("scope", "project")
    values = defaults()
    values.update((name, value) for name, value in asked.items() if name in values)
    if asked.get("summary") == LIVE:
        # Of the command itself, not of the program.
        asked["signal"] = take_signal(values)
    if asked.get("summary") == "count" and asked.get("time"):
        values["time"] = "line"
    settings = Settings(**values)
    if asked.get("summary") or asked.get("top") or asked.get("rare"):
        check_summary(asked)
    return settings


def _show(arguments: list[str]) -> None:
    """Print what files of traces have."""
    from .show import ShowError, show

    try:
        show(arguments)
    except ShowError as error:
        fail(str(error), USAGE_STATUS)
    except OSError as error:
        _fail_to_print(error)


def _answer(name: str, arguments: list[str]) -> NoReturn:
    """Print the answer of a command; exit with its status."""
    import importlib
    import signal

    from .answers import AnswerError

    for number in (signal.SIGTERM, signal.SIGHUP):
        # By an exception, so that the runs are ended and their traces removed.
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        answer = getattr(importlib.import_module(f"swifttrace.cli.{name}"), name)
        sys.exit(answer(arguments))
    except AnswerError as error:
        fail(str(error), USAGE_STATUS)
    except KeyboardInterrupt:
        sys.exit(128 + 2)
    except OSError as error:
        _fail_to_print(error)


def _attach(command: Command) -> None:
    """Do something about a process that runs."""
    from ..processes.process import CannotAttach
    from .attach import COMMANDS

    try:
        COMMANDS[command.kind](command.arguments, command.asked)
    except CannotAttach as error:
        fail(str(error), USAGE_STATUS)
    except (UsageError, TypeError, ValueError) as error:
        fail(f"{error} (try {command.kind} --help)", USAGE_STATUS)
    except OSError as error:
        _fail_to_print(error)


def _fail_to_print(error: OSError) -> NoReturn:
    """Standard output is full, or closed, or nobody reads it any more."""
    if not isinstance(error, BrokenPipeError):
        fail(f"cannot write: {error.strerror}", 1)
    sys.exit(1)


def _run(command: Command, settings: Settings) -> None:
    try:
        has_pdb = command.asked.get("pdb", False)
        launch(command.kind, command.target, command.arguments, settings, has_pdb)
    except CannotRun as error:
        fail(str(error), error.status)
    if not _inspects():
        # Not by returning: lines of the standard library's runpy would follow.
        sys.exit(0)


def _inspects() -> bool:
    """Whether `-i` or PYTHONINSPECT, which the program may have set, wants a prompt.

    `os.environ.get` is Python, whose lines would be in the trace.
    """
    told = not sys.flags.ignore_environment and known_environment().get(b"PYTHONINSPECT")
    return bool(sys.flags.inspect or told)


def fail(message: str, status: int) -> NoReturn:
    """Say in one line why nothing runs, and exit."""
    if sys.stderr is not None:
        print("swifttrace:", native.visible(message.replace("\n", "\\n")), file=sys.stderr)
    sys.exit(status)
