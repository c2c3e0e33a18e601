"""The command line, parsed by hand: argparse alone would double the start-up time."""

from __future__ import annotations

from os.path import basename

from ..config.option import Option
from ..config.options import OPTIONS, RUNNING, SUBCOMMANDS
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_INFORMATION = {"-h": "help", "--help": "help", "--version": "version"}
_PROGRAMS = {"c": "command", "m": "module"}
_FLAGS = {
    name: (option, flag) for option in OPTIONS for flag in option.flags for name in flag.names
}
_SUBCOMMANDS = [name for name, _, _ in SUBCOMMANDS]
_LEVELS = (1, 2, 3)


class UsageError(Exception):
    """The command line makes no sense; the message says what of it."""


class Command:
    """What the command line asks for."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}
        """The options that were given, by their names, as `Settings` takes them."""
        self.kind = ""
        """ "script", "module", "command", "stdin", "help", "version", a subcommand, or nothing."""
        self.target = ""
        self.arguments: list[str] = []


def parse(arguments: list[str]) -> Command:
    """Parse what follows the command's name. Raises `UsageError`."""
    return Parser(arguments).parse()


class Parser:
    """Takes the options up to the script."""

    def __init__(self, arguments: list[str]) -> None:
        self.rest = list(arguments)
        self.command = Command()
        self.crosses = 0
        self.is_recorded = False

    def parse(self) -> Command:
        """Return what is asked for. Raises `UsageError`."""
        while self.rest and not self.command.kind:
            self._take(self.rest.pop(0))
        if self.is_recorded:
            self._record()
        self.command.arguments = self.rest
        return self.command

    def _take(self, argument: str) -> None:
        if argument == "-":
            self._run("stdin", argument)
        elif argument == "--":
            if self.rest:
                self._run("script", self.rest.pop(0))
        elif argument in RUNNING and not self.is_recorded:
            self.is_recorded = True
        elif not argument.startswith("-"):
            is_command = argument in _SUBCOMMANDS and not self.is_recorded
            self._run(argument if is_command else "script", argument)
        elif argument.startswith("--"):
            self._take_long(argument)
        else:
            self._take_short(argument)

    def _record(self) -> None:
        """`record`: into a file that is named after the program, if none was named."""
        if not self.command.kind:
            raise UsageError("record needs a program")
        self.command.asked["record"] = True
        if not {"output", "fd"} & set(self.command.asked):
            self.command.asked["output"] = _recording_of(self.command)

    def _run(self, kind: str, target: str) -> None:
        self.command.kind = kind
        self.command.target = target

    def _take_short(self, argument: str) -> None:
        letter = argument[:2]
        if not argument.strip("-x"):
            self._take_crosses(len(argument) - 1)
        elif argument in _INFORMATION:
            self.command.kind = _INFORMATION[argument]
        elif letter[1] in _PROGRAMS:
            self._run(_PROGRAMS[letter[1]], argument[2:] or self._next(argument))
        elif argument in _FLAGS:
            option, flag = _FLAGS[argument]
            self._note(option, self._read(option, argument) if flag.needs_value else flag.value)
        elif letter in _FLAGS and _FLAGS[letter][1].needs_value:
            self._note(_FLAGS[letter][0], argument[2:])
        else:
            raise UsageError(f"unknown option {argument}")

    def _take_crosses(self, count: int) -> None:
        """`-x -x` is `-xx`."""
        self.crosses += count
        if self.crosses not in _LEVELS:
            raise UsageError(f"-{'x' * self.crosses}: the level must be 1, 2 or 3")
        self.command.asked["level"] = self.crosses

    def _take_long(self, argument: str) -> None:
        name, sign, text = argument.partition("=")
        if name in _INFORMATION or name in _FLAGS:
            self._take_known(name, text if sign else None)
        else:
            raise UsageError(f"unknown option {name}")

    def _take_known(self, name: str, text: str | None) -> None:
        option, flag = _FLAGS.get(name, (None, None))
        if text is not None and (flag is None or not flag.metavar):
            raise UsageError(f"{name} takes no value")
        if option is None or flag is None:
            self.command.kind = _INFORMATION[name]
        elif text is None and not flag.needs_value:
            self._note(option, flag.value)
        else:
            self._note(option, self._read(option, name, text))

    def _note(self, option: Option, value: Any) -> None:
        if option.kind.repeats:
            value = [*self.command.asked.get(option.name, ()), value]
        self.command.asked[option.name] = value

    def _read(self, option: Option, name: str, text: str | None = None) -> Any:
        try:
            return option.kind.read_flag(name, self._next(name) if text is None else text)
        except ValueError as error:
            raise UsageError(str(error)) from None

    def _next(self, option: str) -> str:
        if not self.rest:
            raise UsageError(f"{option} needs a value")
        return self.rest.pop(0)


def _recording_of(command: Command) -> str:
    name = basename(command.target.rstrip("/")) if command.kind == "script" else command.target
    if command.kind not in ("script", "module"):
        name = "swifttrace"
    return f"{name.removesuffix('.py') or 'swifttrace'}.swt"
