"""Which files are of the program, what they are called, and who has called whom."""

from __future__ import annotations

import os
import sys
from os.path import abspath, dirname, join, realpath

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

    from ..config.settings import Settings

    Place = tuple[str, int, str]
    """A file, the number of a line, and the function's name."""
    Chain = tuple[Place, ...]

OWN = dirname(dirname(abspath(__file__))) + os.sep
_INSTALLED = ("/site-packages/", "/dist-packages/")
_WITHOUT_FILE = ("<string>", "<stdin>")
_NOWHERE = (OWN, "<frozen ")
"""Where code has no place that a reader could look at."""
_MOST_FRAMES = 24
_MOST_OUTSIDE = 3
_LOOKED_AT = 64


class Project:
    """The files that are asked about."""

    def __init__(
        self, settings: Settings, roots: Iterable[str], scripts: Iterable[str] | None
    ) -> None:
        self._takes_all = settings.scope == "all"
        self._included, self._excluded = settings.include, settings.exclude
        self._roots = [root.rstrip(os.sep) + os.sep for root in roots]
        self._scripts = {abspath(each) for each in scripts or ()}
        self._only_scripts = settings.scope == "script" and bool(self._scripts)
        self._outside = [dirname(abspath(os.__file__)) + os.sep, OWN]
        self._known: dict[str, bool] = {}

    def has(self, path: str) -> bool:
        """Whether a file is one of those, by the name that code objects have for it."""
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = self._has(path)
        return known

    def _has(self, path: str) -> bool:
        if path.startswith(_NOWHERE):
            return False
        if any(_is_like(path, pattern) for pattern in self._excluded):
            return False
        if self._takes_all or any(_is_like(path, pattern) for pattern in self._included):
            return True
        if path.startswith("<"):
            return path in _WITHOUT_FILE
        full = abspath(path)
        if self._only_scripts:
            return full in self._scripts
        return self._is_inside(full) and not any(full.startswith(each) for each in self._outside)

    def _is_inside(self, full: str) -> bool:
        """Whether it is below the project's root, and not installed there."""
        if full in self._scripts:
            return True
        is_below = not self._roots or any(full.startswith(root) for root in self._roots)
        return is_below and not any(each in full for each in _INSTALLED)

    def name(self, path: str) -> str:
        """Return what a file is called in an answer: its path from the project's root."""
        if path.startswith("<"):
            return path
        full = abspath(path)
        for root in self._roots:
            if full.startswith(root):
                return full[len(root) :]
        directories = [*map(str, sys.path), self._outside[0]]
        for directory in sorted(directories, key=len, reverse=True):
            place = join(abspath(directory), "")
            if directory and full.startswith(place):
                return full[len(place) :]
        return full

    def chain(self, frame: FrameType | None) -> Chain:
        """Return the project's frames, from the innermost on; others where there are none."""
        found: list[Place] = []
        outside: list[Place] = []
        while frame is not None and len(found) < _MOST_FRAMES:
            path = native.code(frame).co_filename
            if self.has(path):
                found.append(place_of(frame))
            elif not found and len(outside) < _MOST_OUTSIDE and not path.startswith(_NOWHERE):
                outside.append(place_of(frame))
            frame = frame.f_back
        return tuple(found or outside)


class Recent:
    """What has the last lines that ran."""

    def lines(self, count: int) -> list[Place]:
        """Return so many, if there are as many, of the thread that runs; the last one last."""
        raise NotImplementedError


class Kept(Recent):
    """The lines that a session keeps."""

    def __init__(self, session: native.Session) -> None:
        self._session = session

    def lines(self, count: int) -> list[Place]:
        """Return those among the last ones that are of the thread."""
        end = self._session.state()[0]
        found = self._session.last_lines(max(end - _LOOKED_AT, 0), end)
        own = [fields for tag, _, fields in found if tag == found[-1][0]]
        places = []
        for fields in own[-count:]:
            path, number, _ = fields.decode("utf-8", "backslashreplace").split("\x1f", 2)
            if number != "0":
                places.append((path, int(number), ""))
        return places


def place_of(frame: FrameType) -> Place:
    """Return where a frame is."""
    code = native.code(frame)
    return code.co_filename, frame.f_lineno or code.co_firstlineno, code.co_name


def is_internal(frame: FrameType) -> bool:
    """Whether it is code of the tracer's or of the interpreter's import system."""
    return native.code(frame).co_filename.startswith((OWN, "<frozen importlib"))


def is_ours(frame: FrameType | None) -> bool:
    """Whether it is the tracer's own code that runs there."""
    return frame is not None and native.code(frame).co_filename.startswith(OWN)


def _is_like(path: str, pattern: str) -> bool:
    # It brings a good deal with it, which the end of a trace that has no patterns does without.
    from fnmatch import fnmatchcase

    if "/" in pattern:
        return fnmatchcase(path, pattern) or fnmatchcase(realpath(path), abspath(pattern))
    return fnmatchcase(os.path.basename(path), pattern)
