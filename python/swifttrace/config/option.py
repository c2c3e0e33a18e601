"""What a row of the table of options has."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from .kinds import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Check = Callable[[str, Any], Any]


class Flag:
    """One spelling of an option on the command line, with the spellings that mean the same."""

    __slots__ = ("help", "metavar", "names", "needs_value", "shown", "value")

    def __init__(
        self, *names: str, value: Any = None, metavar: str = "", help: str = "", shown: str = ""
    ) -> None:
        self.names = names
        self.value = value
        """What the flag stands for where no text follows it."""
        self.needs_value = bool(metavar) and value is None
        self.metavar = metavar
        """What the text that follows is called; empty: none may follow."""
        self.help = help
        """Its entry in `--help`; empty: it has none of its own."""
        self.shown = shown or self._shown()
        """The left column of that entry."""

    def _shown(self) -> str:
        names = ", ".join(self.names)
        if not self.metavar:
            return names
        return f"{names} {self.metavar}" if self.needs_value else f"{names}[={self.metavar}]"


class Option:
    """An option: one row of the table."""

    __slots__ = (
        *("check", "default", "flags", "group", "in_api", "in_variable", "kind", "name"),
        *("since", "started", "variable"),
    )

    def __init__(
        self,
        name: str,
        group: str,
        *flags: Flag,
        kind: Text = Text(),  # noqa: B008 (it has no state)
        check: Check | None = None,
        default: Any = None,
        started: Any = None,
        in_api: bool = True,
        in_variable: bool = True,
        variable: str = "",
        since: str = "0.1",
    ) -> None:
        self.name = name
        """The keyword of `enable()`, the field of SWIFTTRACE, the attribute of `Settings`."""
        self.group = group
        """The heading in `--help` and in the reference."""
        self.flags = flags
        self.kind = kind
        self.check = check or kind.check
        """Takes the name and a value, and returns that as `Settings` keeps it. Raises
        `TypeError` or `ValueError`."""
        self.default = default
        """In a program that calls `enable()`."""
        self.started = default if started is None else started
        """In a program that is started by the command or has SWIFTTRACE set."""
        self.in_api = in_api
        """Whether `enable()` takes it."""
        self.in_variable = in_variable
        """Whether SWIFTTRACE takes it."""
        self.variable = variable
        """An environment variable that says it where neither SWIFTTRACE nor a flag does."""
        self.since = since
        """The first version that has it."""
