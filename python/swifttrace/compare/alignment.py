"""Lines of two versions of a file that are the same line."""

from __future__ import annotations

from difflib import SequenceMatcher

from ..runtime.builtins import __builtins__ as __builtins__
from .calls import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .calls import Renumbering, Sources
    from .events import Process

_APART = 10_000_000
"""Is added to the number of a line that only the second version has."""


def shown_number(line: int) -> int:
    """Return the number of a line in its own version."""
    return line % _APART


def second(one: Run, processes: list[Process]) -> Run:
    """Return the second run, its lines with the numbers that they have in the first."""
    other = Run(processes)
    numbers = _numbers(one.sources, other.sources)
    return Run(processes, numbers) if numbers else other


def _numbers(one: Sources, other: Sources) -> Renumbering:
    """For the files whose text differs."""
    found: Renumbering = {}
    for path, lines in other.files.items():
        known = one.files.get(path)
        if known and any(known.get(line, text) != text for line, text in lines.items()):
            found[path] = _of_file(known, lines)
    return found


def _of_file(known: dict[int, str], lines: dict[int, str]) -> dict[int, int]:
    ours, theirs = sorted(known), sorted(lines)
    matcher = SequenceMatcher(
        None, [known[line] for line in ours], [lines[line] for line in theirs], autojunk=False
    )
    numbers = {line: line + _APART for line in theirs}
    for start, other, size in matcher.get_matching_blocks():
        numbers.update(zip(theirs[other : other + size], ours[start : start + size]))
    return numbers
