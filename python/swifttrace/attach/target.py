"""What runs in the process that is attached to, once the package is loaded there."""

from __future__ import annotations

import os
import posix

from ..config.settings import Settings
from ..launch.commands import is_installed_command
from ..runtime.builtins import __builtins__ as __builtins__
from ..session.opening import Opening, Program
from ..session.running import running_program
from ..session.state import state
from .stacks import objects, stacks
from .tasks import tasks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..session.trace import Trace

_INSTALLED = {"site-packages", "dist-packages"}


class Attached:
    """The trace that was begun from outside."""

    def __init__(self, trace: Trace, program: Program, by: int) -> None:
        self.trace = trace
        self.program = program
        self.by = by
        """The process that attached."""
        self.block = state.push(trace)

    def change_level(self, level: int) -> None:
        """Have the lines that come be of another level, in the place where they go now."""
        before, block = self.trace, self.block
        settings = before.settings.but(level=level)
        self.trace = Opening(settings, self.program, shares=before.session).open()
        self.block = state.push(self.trace)
        state.drop(block)
        before.end()

    def end(self) -> None:
        """Have the program run on as it did."""
        state.drop(self.block)
        self.trace.end()


_attached: list[Attached] = []


def perform(request: dict[str, Any]) -> str:
    """Do what is asked for; return the answer: "done" or "error", and what there is to say."""
    actions = {"begin": _begin, "end": _end, "stacks": stacks, "objects": objects, "tasks": tasks}
    try:
        return "done\n" + actions[request["action"]](request)
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        return f"error\n{error}"


def _begin(request: dict[str, Any]) -> str:
    _end_stale()
    if _attached:
        return _change(_attached[0], request)
    asked = dict(request["asked"])
    program = running_program()
    if asked.get("scope") is None and asked.get("level", 1) < 3 and _is_installed(program):
        asked["scope"] = "project"
    settings = Settings(**asked)
    descriptor = _open(request["lines"])
    if descriptor is not None:
        settings = settings.but(fd=descriptor)
    try:
        opening = Opening(settings, program)
        opening.join()
        opening.begin_log()
        trace = opening.open()
    finally:
        if descriptor is not None:
            posix.close(descriptor)
    _attached.append(Attached(trace, program, request["by"]))
    return ""


def _change(attached: Attached, request: dict[str, Any]) -> str:
    """Do what a second process asks for: it may change the level of the first one's trace."""
    level = request["level"]
    if level is None or attached.trace.settings.last:
        raise RuntimeError(f"process {attached.by} traces it already: attach --off ends that trace")
    attached.change_level(level)
    return f"process {attached.by} traces it, at level {level} from here on"


def _open(path: str | None) -> int | None:
    """Open what the lines go to, if not to a file. It is there, and is read."""
    if path is None:
        return None
    descriptor = posix.open(path, posix.O_WRONLY | posix.O_NONBLOCK | posix.O_CLOEXEC)
    posix.set_blocking(descriptor, True)
    return descriptor


def _end_stale() -> None:
    """End a trace whose reader is gone: it has stopped by itself."""
    if _attached and _attached[0].trace.session.state()[1] is not None:
        _attached.pop().end()


def _end(request: dict[str, Any]) -> str:
    if not _attached:
        raise RuntimeError("it is not traced")
    attached = _attached.pop()
    report = b""
    if attached.trace.settings.last:
        report = attached.trace.session.report(False)
    attached.end()
    return report.decode("utf-8", "surrogateescape")


def _is_installed(program: Program) -> bool:
    """Whether nothing of what runs is the user's own, as with gunicorn or `http.server`."""
    script = program.script
    if script is None:
        return False
    standard = os.path.dirname(os.path.abspath(os.__file__))
    is_package = not _INSTALLED.isdisjoint(script.split(os.sep))
    return is_package or script.startswith(standard + os.sep) or is_installed_command(script)
