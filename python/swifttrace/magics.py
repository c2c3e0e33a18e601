"""IPython and Jupyter: ``%load_ext swifttrace``, ``%%trace 2``, ``%trace on|off|LEVEL``."""

from __future__ import annotations

import shlex

from IPython.core.error import UsageError

from . import options, tracing
from .unpatched import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CELLS = ("<ipython-input-*", "*/ipykernel_*/*.py")
"""The files that cells are, for the interpreter."""
MACHINERY = ("*/IPython/*", "*/ipykernel/*", "*/traitlets/*")
"""What lies between cells, and is in no scope that is not asked for it."""
_TAKEN = (
    *(
        "scope",
        "include",
        "exclude",
        "output",
        "append",
        "fd",
        "show",
        "banner",
        "last",
        "dump_signal",
    ),
    *("time", "format", "values", "calls", "depth", "show_secrets", "watch", "watch_break"),
    *("color", "wrap", "cut", "debug", "debug_log", "paths", "statements"),
)
_HELP = "%trace takes on, off or a level, and options as --values"


class Magics:
    """The magics of one shell."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        shell.register_magic_function(self.line, "line", "trace")
        shell.register_magic_function(self.cell, "cell", "trace")

    def line(self, line: str) -> None:
        """Trace cells from now on: %trace on|off|LEVEL [options].

        Options are those of the command, as --values and --scope all. Nothing said: print
        what is traced.
        """
        word, *rest = _words(line) or [""]
        if word in ("", "off") and rest:
            raise UsageError(_HELP)
        if not word:
            print(tracing.status())
        elif word == "off":
            tracing.disable()
        else:
            level, asked = _asked(rest if word == "on" else [word, *rest])
            _contained(tracing.enable, level, asked)

    def cell(self, line: str, cell: str) -> None:
        """Trace this cell: %%trace [LEVEL] [options]."""
        level, asked = _asked(_words(line))
        with _contained(tracing.trace, level, asked):
            self.shell.run_cell(cell)


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        raise UsageError(f"%trace: {error}") from None


def _asked(words: list[str]) -> tuple[int, dict[str, Any]]:
    """Return the level and what else `enable` takes."""
    if words and words[0].isdecimal():
        words = ["--level", *words]
    try:
        parsed = options.parse(words)
    except options.UsageError as error:
        raise UsageError(f"%trace: {error}") from None
    if parsed.kind or parsed.pdb:
        raise UsageError(_HELP)
    initial = options.Options()
    asked = {name: getattr(parsed, name) for name in _TAKEN}
    asked = {name: value for name, value in asked.items() if value != getattr(initial, name)}
    asked["include"] = [*CELLS, *parsed.include]
    asked["exclude"] = [*MACHINERY, *parsed.exclude]
    return parsed.level or (3 if parsed.watch else 1), asked


def _contained(function: Any, level: int, asked: dict[str, Any]) -> Any:
    """Call it; what is wrong of the arguments is one line."""
    try:
        return function(level, **asked)
    except (ValueError, OSError, RuntimeError) as error:
        raise UsageError(f"%trace: {error}") from None
