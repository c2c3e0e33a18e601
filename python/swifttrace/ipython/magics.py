"""IPython and Jupyter: ``%load_ext swifttrace``, ``%%trace 2``, ``%trace on|off|LEVEL``."""

from __future__ import annotations

import shlex
import sys

from IPython.core.error import UsageError

from .. import api
from ..cli import parser
from ..config.options import IN_API
from ..config.relations import imply_level
from ..config.settings import Settings
from ..runtime.builtins import __builtins__ as __builtins__
from ..session.state import state
from .cell_output import CellOutput, is_kernel_stream
from .traced_cells import Cell, Traced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CELLS = ("<ipython-input-*", "*/ipykernel_*/*.py")
"""The files that cells are, for the interpreter."""
MACHINERY = (
    *("*/IPython/*", "*/ipykernel/*", "*/traitlets/*", "*/zmq/*", "*/tornado/*"),
    *("*/jupyter_client/*", "*/jupyter_core/*", "*/comm/*", "*/debugpy/*"),
)
"""What lies between cells, and is in no scope that is not asked for it."""
LOOP = ("*/asyncio/*", "*/selectors.py")
"""The kernel runs in it while a cell waits: what it does is not to be told from the cell's."""
_HELP = "%trace takes on, off or a level, and options as --values"


class Magics:
    """The magics of one shell."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.cells: list[Cell] = []
        """Those that run: a cell may run another."""
        self.lasting = Traced(None)
        """The trace of `%trace on`."""
        self.original = {name: getattr(shell, name) for name in ("run_code", "showtraceback")}
        self.hook = shell.display_trap.hook
        shell.run_code, shell.showtraceback = self.run_code, self.showtraceback
        shell.display_trap.hook = self.display
        shell.register_magic_function(self.line, "line", "trace")
        shell.register_magic_function(self.cell, "cell", "trace")
        shell.input_transformers_cleanup.append(_without_magic)
        shell.events.register("pre_run_cell", self.before_cell)
        shell.events.register("post_run_cell", self.after_cell)

    def unload(self) -> None:
        """Leave the shell as it was."""
        for name, function in self.original.items():
            setattr(self.shell, name, function)
        self.shell.display_trap.hook = self.hook
        self.shell.input_transformers_cleanup.remove(_without_magic)
        self.shell.events.unregister("pre_run_cell", self.before_cell)
        self.shell.events.unregister("post_run_cell", self.after_cell)

    def line(self, line: str) -> None:
        """Trace cells from now on: %trace on|off|LEVEL [options].

        Options are those of the command, as --values and --scope all. Nothing said: print
        what is traced.
        """
        self.traced.aside(self._line, line)

    def _line(self, line: str) -> None:
        word, *rest = _words(line) or [""]
        if word in ("", "off") and rest:
            raise UsageError(_HELP)
        if not word:
            print(api.status())
        elif word == "off":
            api.disable()
            self.lasting.end()
            self.lasting = Traced(None)
        else:
            level, asked = _asked(rest if word == "on" else [word, *rest])
            output = _cell_output(asked)
            _contained(api.enable, level, asked)
            self.lasting.end()
            self.lasting = Traced(output, state.in_force)
            self.lasting.begin()
            if self.cells and self.cells[-1].block is None:
                self.cells[-1].traced = self.lasting

    def cell(self, line: str, cell: str) -> None:
        """Trace this cell: %%trace [LEVEL] [options]."""
        level, asked = _asked(_words(line))
        with _contained(api.trace, level, asked):
            self.shell.run_cell(cell)

    # `%%trace` is taken away before the cell is compiled, and the cell runs as it would
    # without: `await` works, its value is shown, and nothing but its own code is traced.

    def before_cell(self, info: Any) -> None:
        self.cells.append(Cell(info, _asked_for(info.raw_cell), self.lasting))

    def after_cell(self, result: Any) -> None:
        # There is none of an empty cell.
        if self.cells and self.cells[-1].info is result.info:
            self.cells.pop().end()

    @property
    def traced(self) -> Traced:
        return self.cells[-1].traced if self.cells else self.lasting

    async def run_code(self, code: Any, result: Any = None, *, async_: bool = False) -> Any:
        """Run the cell's code, or a part of it, with its lines traced."""
        if self.cells and self.cells[-1].asked is not None:
            self._open(self.cells[-1], *self.cells[-1].asked)
        traced = self.traced
        before = traced.begin()
        if self.cells:
            self.cells[-1].enter()
        try:
            return await self.original["run_code"](code, result, async_=async_)
        finally:
            traced.pause(before)
            if traced is not self.traced:
                self.traced.pause()

    def _open(self, cell: Cell, level: int, asked: dict[str, Any]) -> None:
        cell.asked = None
        output = _cell_output(asked)
        cell.block = _contained(api.trace, level, asked)
        cell.traced = Traced(output, cell.block._trace)

    def showtraceback(self, *arguments: Any, **keywords: Any) -> Any:
        """Show an exception; how that is done is not traced."""
        return self.traced.shows(self.original["showtraceback"], *arguments, **keywords)

    def display(self, *arguments: Any) -> Any:
        """Show a value; the same."""
        return self.traced.shows(self.hook, *arguments)


def _without_magic(lines: list[str]) -> list[str]:
    """Return a cell's lines without `%%trace`, which stays where it makes no sense."""
    return lines if _asked_for("".join(lines)) is None else lines[1:]


# Whether a cell is complete is asked of what was typed.
_without_magic.has_side_effects = True  # type: ignore[attr-defined]


def _cell_output(asked: dict[str, Any]) -> CellOutput | None:
    """Where a trace goes that nothing else was said of; None: as everywhere."""
    if not is_kernel_stream(sys.stderr) or asked.keys() & {"output", "fd", "last"}:
        return None
    asked["exclude"] = [*asked["exclude"], *LOOP]
    output = CellOutput()
    asked["fd"] = output.file.fileno()
    return output


def _asked_for(cell: str) -> tuple[int, dict[str, Any]] | None:
    """What the first line of a cell asks for, where that is a `%%trace` that can be had."""
    first, _, rest = cell.lstrip("\n").partition("\n")
    if first.split()[:1] != ["%%trace"] or not rest.strip() or rest.lstrip().startswith("%%"):
        return None
    try:
        level, asked = _asked(_words(first.partition("%%trace")[2]))
        Settings(level=level, **asked)
    except (UsageError, TypeError, ValueError):
        return None
    return None if "debug" in asked else (level, asked)


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
        parsed = parser.parse(words)
    except parser.UsageError as error:
        raise UsageError(f"%trace: {error}") from None
    asked = dict(parsed.asked)
    if parsed.kind or not asked.keys() <= IN_API.keys():
        raise UsageError(_HELP)
    imply_level(asked)
    level = asked.pop("level", 1)
    asked["include"] = [*CELLS, *asked.get("include", ())]
    asked["exclude"] = [*MACHINERY, *asked.get("exclude", ())]
    if level == 3:
        asked.setdefault("scope", "all")
    return level, asked


def _contained(function: Any, level: int, asked: dict[str, Any]) -> Any:
    """Call it; what is wrong of the arguments is one line."""
    try:
        return function(level, **asked)
    except (ValueError, OSError, RuntimeError) as error:
        raise UsageError(f"%trace: {error}") from None
