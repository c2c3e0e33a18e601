"""Files that were imported under two names: each name has its own classes and its own state."""

from __future__ import annotations

import os
import sys

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

    from .places import Chain, Project

_Module = type(sys)
_Code = type((lambda: None).__code__)
_names_of = _Module.__dict__["__dict__"].__get__  # type: ignore[index]
_EVENT = "exec"
_LOADER = "exec_module"


class Imports:
    """Who has imported the modules of the project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._chains: dict[str, Chain] = {}

    def start(self) -> None:
        """Listen: a module's code runs by `exec`."""
        from . import audit  # The end of a trace, which listens to nothing, needs little.

        audit.listen(_EVENT, self._heard)

    def stop(self) -> None:
        """Listen no more."""
        from . import audit

        audit.ignore(_EVENT, self._heard)

    def _heard(self, frame: FrameType | None, _event: str, arguments: tuple[Any, ...]) -> None:
        code = arguments[0] if arguments else None
        if type(code) is not _Code or code.co_name != "<module>" or frame is None:
            return
        if not self._project.has(code.co_filename):
            return
        while frame is not None and native.code(frame).co_name != _LOADER:
            frame = frame.f_back
        module = None if frame is None else native.variables(frame, ("module",))[0].get("module")
        if frame is None or not isinstance(module, _Module):
            return
        name = _names_of(module).get("__name__")
        if type(name) is str:
            self._chains.setdefault(name, self._project.chain(frame))

    def told(self) -> list[str]:
        """Return a sentence for each file that is two modules or more."""
        return [
            _sentence(self._project, path, names, self._by)
            for path, names in _modules(self._project)
        ]

    def _by(self, name: str) -> str:
        if name == "__main__":
            return " (the program)"
        chain = self._chains.get(name)
        if not chain:
            return ""
        path, line, _ = chain[0]
        return f" (by {self._project.name(path)}:{line})"


def told(project: Project) -> list[str]:
    """Return such sentences where nobody knows who has imported the modules."""
    return [_sentence(project, path, names, _nobody) for path, names in _modules(project)]


def _nobody(name: str) -> str:
    return ""


def _sentence(project: Project, path: str, names: list[str], by: Callable[[str], str]) -> str:
    shown = [name + by(name) for name in names]
    number = {2: "two"}.get(len(names)) or str(len(names))
    return f"{project.name(path)} is {number} modules: {', '.join(shown[:-1])} and {shown[-1]}"


def _modules(project: Project) -> list[tuple[str, list[str]]]:
    """Return files that several modules are of, with the names of those."""
    found: dict[tuple[int, int], tuple[str, dict[int, str]]] = {}
    modules = getattr(sys, "modules", None)
    for name, module in list(modules.items()) if type(modules) is dict else ():
        path = _names_of(module).get("__file__") if isinstance(module, _Module) else None
        if type(path) is not str or type(name) is not str or not project.has(path):
            continue
        try:
            status = os.stat(path)
        except (OSError, ValueError):
            continue
        _, names = found.setdefault((status.st_dev, status.st_ino), (path, {}))
        names.setdefault(id(module), name)
    return [(path, list(names.values())) for path, names in found.values() if len(names) > 1]
