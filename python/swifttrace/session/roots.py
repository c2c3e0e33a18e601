"""Where the project is that a path lies in."""

from __future__ import annotations

import os
from os.path import abspath, dirname

from ..runtime.builtins import __builtins__ as __builtins__

_MARKERS = (".git", ".hg", "pyproject.toml", "setup.py", "setup.cfg")


def project_roots(near: str) -> tuple[str, ...]:
    """Return the project's root by both its names, where a symbolic link leads to it."""
    return tuple({_project_root(near), _project_root(os.path.realpath(near))})


def _project_root(near: str) -> str:
    start = directory = abspath(near)
    while True:
        for marker in _MARKERS:
            if os.path.lexists(os.path.join(directory, marker)):
                return directory
        parent = dirname(directory)
        if parent == directory:
            return start
        directory = parent
