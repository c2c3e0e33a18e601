"""What the program finds as it begins: `__main__`, `sys.argv`, `sys.path[0]`, `sys.orig_argv`."""

from __future__ import annotations

import builtins
import os
import sys
from _frozen_importlib import BuiltinImporter

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_Module = type(sys)  # `types` would have to be loaded for ourselves

_interpreter: list[str] = []
"""What starts the interpreter: its name and its options. Nothing where that is not known."""
_replaced: list[ModuleType] = []
"""The `__main__` of the command. The interpreter that runs its script has borrowed its names:
it deletes `__file__` among them after it has reported what nobody caught."""


def new_main(**fields: object) -> dict[str, Any]:
    """Put a new `__main__` in place, with what this Python gives it; return its names."""
    _replaced.append(sys.modules["__main__"])
    ours = vars(_replaced[-1])
    main = _Module("__main__")
    namespace = vars(main)
    namespace["__loader__"] = BuiltinImporter
    if "__annotations__" in ours:
        namespace["__annotations__"] = {}
    namespace["__builtins__"] = builtins
    namespace.update(fields)
    if "__file__" in fields and "__cached__" in ours:
        namespace["__cached__"] = None
    sys.modules["__main__"] = main
    return namespace


def set_up(argv: list[str], path0: str, always: bool = False) -> None:
    """Set `sys.argv` and put `path0` where the interpreter put our own place."""
    sys.argv[:] = argv
    if not sys.flags.safe_path:
        sys.path[0] = path0
    elif always:
        sys.path.insert(0, path0)


def set_command(program: list[str], arguments: list[str]) -> None:
    """Have `sys.orig_argv` say what starts the program without us."""
    if _interpreter:
        sys.orig_argv[:] = [*_interpreter, *program, *arguments]


def learn_interpreter() -> None:
    """Keep what starts the interpreter: `sys.argv` still has the command's arguments."""
    _interpreter[:] = _interpreter_named()


def _interpreter_named() -> list[str]:
    """Return what stands before us on the command line."""
    command, arguments = list(getattr(sys, "orig_argv", ())), sys.argv[1:]
    before = command[: len(command) - len(arguments)]
    if len(before) < 2 or command[len(before) :] != arguments:
        return []
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return _without_module(before) if spec and spec.name != "__main__" else before[:-1]


def _without_module(command: list[str]) -> list[str]:
    """Leave out the `-m name` or `-mname` at the end, with other letters before the `m`."""
    name = command.pop()
    letters = name if name.startswith("-") else command.pop()
    letters = letters[: letters.find("m")]
    return command if letters == "-" else [*command, letters]


def absolute(path: str) -> str:
    """As the interpreter does: joined, not normalized."""
    if path in ("", "."):
        return os.getcwd()
    return path if os.path.isabs(path) else os.path.join(os.getcwd(), path)


def is_import_path(path: str) -> bool:
    """Whether an importer takes it: a directory, a zip file. As `PyImport_GetImporter`."""
    for hook in sys.path_hooks:
        try:
            hook(path)
        except ImportError:
            continue
        return True
    return False
