"""The source of each file with how often each line ran, and when."""

from __future__ import annotations

import sys
import warnings
from types import CodeType

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from .names import Names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Form = Callable[[list[int] | None], tuple[str, str]]

NEVER = "#####"
"""Stands before a line that never ran."""


class Counts:
    """What `reading.count` has told, or a folded recording, by file and line."""

    def __init__(self, told: dict[str, Any], sources: list[bytes | None], root: str) -> None:
        self.names = Names(told, root)
        self.lines: int = told["lines"]
        self.sources = [None, *sources]
        self.files: dict[int, dict[int, list[int]]] = {}
        self.texts: dict[int, dict[int, str]] = {}
        self.of_places: list[list[int]] = told["counts"]
        """Of each place, from place 1 on: the count, first and last time, and how long it took."""
        for place, counted in zip(self.names.places[1:], self.of_places):
            file, line, shown = place
            self.texts.setdefault(file, {})[line] = shown
            if counted[0]:
                self._add(file, line, list(counted))

    @property
    def has_times(self) -> bool:
        """Whether the recording has any, as a text trace has not."""
        return any(last for lines in self.files.values() for _, _, last, _ in lines.values())

    def _add(self, file: int, line: int, counted: list[int]) -> None:
        known = self.files.setdefault(file, {}).setdefault(line, counted)
        if known is not counted:
            known[0] += counted[0]
            known[1], known[2] = min(known[1], counted[1]), max(known[2], counted[2])
            known[3] += counted[3]

    def annotated(self, timed: bool = False) -> Iterator[str]:
        """Yield a head for each file, then its lines. `timed`: with the time that each took."""
        form = _durations if timed else _moments if self.has_times else _counts
        for file in sorted(self.files, key=lambda file: self.names.files[file]):
            yield f"# {self.names.files[file]}: {form(None)[1]}, line"
            yield from self._file(file, form)

    def _file(self, file: int, form: Form) -> Iterator[str]:
        counted, source = self.files[file], self.sources[file]
        lines = _lines(source) if source is not None else None
        has_code = runnable(source) if source is not None else set()
        last = len(lines) if lines is not None else max(counted)
        for line in range(1, last + 1):
            text = lines[line - 1] if lines is not None else self.texts[file].get(line)
            if text is not None:
                head = _head(counted.get(line), line in has_code, form)
                yield f"{head} {line:>5} {native.visible(text)}".rstrip()

    def top(self, most: int, timed: bool = False) -> Iterator[str]:
        """Yield the lines that ran most often, or took longest, each with its file."""
        form, by = (_durations, 3) if timed else (_counts, 0)
        ran = [
            (-counted[by], self.names.files[file], line, file, counted)
            for file, lines in self.files.items()
            for line, counted in lines.items()
        ]
        ran.sort()
        yield f"# {self.lines:,} lines; {form(None)[1]}, line"
        for _, name, line, file, counted in ran[:most]:
            text = self._text(file, line)
            head = _head(counted, False, form)
            yield f"{head} [{name}:{line}] {native.visible(text)}".rstrip()

    def _text(self, file: int, line: int) -> str:
        source = self.sources[file]
        lines = _lines(source) if source is not None else []
        return lines[line - 1] if 0 < line <= len(lines) else self.texts[file].get(line, "")

    def objects(self, timed: bool = False) -> Iterator[dict[str, object]]:
        """Yield one object for each line that ran."""
        for file, lines in self.files.items():
            for line, (count, first, last, took) in sorted(lines.items()):
                yield {
                    **({"took": took / 1e6} if timed else {}),
                    "file": self.names.files[file],
                    "line": line,
                    "count": count,
                    "first": first / 1e9,
                    "last": last / 1e9,
                    "text": self.texts[file].get(line, ""),
                }


def _counts(counted: list[int] | None) -> tuple[str, str]:
    """Return what stands behind a count, and the names of the columns."""
    return "", "count"


def _moments(counted: list[int] | None) -> tuple[str, str]:
    first, last = [f"{moment / 1e9:.3f}" for moment in counted[1:3]] if counted else ("", "")
    return f" {first:>9} {last:>9}", "count, first and last time in seconds"


def _durations(counted: list[int] | None) -> tuple[str, str]:
    took = f"{counted[3] / 1e6:.6f}" if counted else ""
    return f" {took:>12}", "count, seconds that it took itself"


def _head(counted: list[int] | None, is_runnable: bool, form: Form) -> str:
    count = f"{counted[0]:,}" if counted else NEVER if is_runnable else ""
    return f"{count:>11}{form(counted)[0]}"


def _lines(source: bytes) -> list[str]:
    text = source.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n")
    return [line.decode("utf-8", "backslashreplace").rstrip() for line in text.split(b"\n")]


def runnable(source: bytes) -> set[int]:
    """Return the lines that have code; empty if this Python cannot compile it."""
    known = sys.modules.get("warnings")
    # The compiler asks the module of that name, which may be another one than ours.
    sys.modules["warnings"] = warnings
    try:
        with warnings.catch_warnings(module=warnings, action="ignore"):
            codes: list[Any] = [compile(source, "<recorded>", "exec", dont_inherit=True)]
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return set()
    finally:
        if known is None:
            del sys.modules["warnings"]
        else:
            sys.modules["warnings"] = known
    found: set[int] = set()
    while codes:
        code = codes.pop()
        found.update(line for _, _, line in code.co_lines() if line)
        codes.extend(constant for constant in code.co_consts if isinstance(constant, CodeType))
    return found
