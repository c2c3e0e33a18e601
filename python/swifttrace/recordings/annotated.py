"""The source of each file with how often each line ran, and when."""

from __future__ import annotations

import json
import sys
import warnings
from types import CodeType

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from .names import Names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

NEVER = "#####"
"""Stands before a line that never ran."""


class Counts:
    """What `reading.count` has told, by file and line."""

    def __init__(self, text: bytes, sources: list[bytes | None], root: str) -> None:
        told = json.loads(text)
        self.names = Names(told, root)
        self.lines: int = told["lines"]
        self.sources = [None, *sources]
        self.files: dict[int, dict[int, list[int]]] = {}
        self.texts: dict[int, dict[int, str]] = {}
        for place, (count, first, last) in zip(self.names.places[1:], told["counts"]):
            file, line, shown = place
            self.texts.setdefault(file, {})[line] = shown
            if count:
                self._add(file, line, [count, first, last])

    @property
    def has_times(self) -> bool:
        """Whether the recording has any, as a text trace has not."""
        return any(last for lines in self.files.values() for _, _, last in lines.values())

    def _add(self, file: int, line: int, counted: list[int]) -> None:
        known = self.files.setdefault(file, {}).setdefault(line, counted)
        if known is not counted:
            known[0] += counted[0]
            known[1], known[2] = min(known[1], counted[1]), max(known[2], counted[2])

    def annotated(self) -> Iterator[str]:
        """Yield a head for each file, then its lines."""
        for file in sorted(self.files, key=lambda file: self.names.files[file]):
            times = ", first and last time in seconds" if self.has_times else ""
            yield f"# {self.names.files[file]}: count{times}, line"
            yield from self._file(file)

    def _file(self, file: int) -> Iterator[str]:
        counted, source = self.files[file], self.sources[file]
        lines = _lines(source) if source is not None else None
        runnable = _runnable(source) if source is not None else set()
        last = len(lines) if lines is not None else max(counted)
        for line in range(1, last + 1):
            text = lines[line - 1] if lines is not None else self.texts[file].get(line)
            if text is not None:
                head = self._head(counted.get(line), line in runnable)
                yield f"{head} {line:>5} {native.visible(text)}".rstrip()

    def _head(self, counted: list[int] | None, is_runnable: bool) -> str:
        if counted is None:
            times = f" {'':>9} {'':>9}" if self.has_times else ""
            return f"{NEVER if is_runnable else '':>11}{times}"
        count, first, last = counted
        times = f" {first / 1e9:>9.3f} {last / 1e9:>9.3f}" if self.has_times else ""
        return f"{count:>11,}{times}"

    def top(self, most: int) -> Iterator[str]:
        """Yield the lines that ran most often, each with its file."""
        ran = [
            (-counted[0], self.names.files[file], line, file)
            for file, lines in self.files.items()
            for line, counted in lines.items()
        ]
        ran.sort()
        yield f"# {self.lines:,} lines; count, line"
        for count, name, line, file in ran[:most]:
            text = self._text(file, line)
            yield f"{-count:>11,} [{name}:{line}] {native.visible(text)}".rstrip()

    def _text(self, file: int, line: int) -> str:
        source = self.sources[file]
        lines = _lines(source) if source is not None else []
        return lines[line - 1] if 0 < line <= len(lines) else self.texts[file].get(line, "")

    def objects(self) -> Iterator[dict[str, object]]:
        """Yield one object for each line that ran."""
        for file, lines in self.files.items():
            for line, (count, first, last) in sorted(lines.items()):
                yield {
                    "file": self.names.files[file],
                    "line": line,
                    "count": count,
                    "first": first / 1e9,
                    "last": last / 1e9,
                    "text": self.texts[file].get(line, ""),
                }


def _lines(source: bytes) -> list[str]:
    text = source.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n")
    return [line.decode("utf-8", "backslashreplace").rstrip() for line in text.split(b"\n")]


def _runnable(source: bytes) -> set[int]:
    """The lines that have code; empty if this Python cannot compile it."""
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
