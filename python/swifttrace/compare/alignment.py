"""Lines of two versions of a file that are the same line."""

from __future__ import annotations

from difflib import SequenceMatcher

from ..runtime.builtins import __builtins__ as __builtins__
from .calls import APART, Run, Versions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .calls import Sources
    from .events import Process


def shown_number(line: int) -> int:
    """Return the number of a line in its own version."""
    return line % APART


def second(one: Run, processes: list[Process]) -> Run:
    """Return the second run, its files and lines named as they are in the first."""
    other = Run(processes)
    names = _names(one.sources, other.sources)
    numbers = _numbers(one.sources, other.sources, names)
    return Run(processes, Versions(names, numbers)) if names or numbers else other


def _names(one: Sources, other: Sources) -> dict[str, str]:
    """Which file of the first is a file of the second that has another path."""
    found: dict[str, str] = {}
    free = [path for path in one.files if path not in other.files]
    for path in other.files:
        if path not in one.files and free:
            best = max(free, key=lambda known: _same_end(known, path))
            if _same_end(best, path):
                found[path] = best
                free.remove(best)
    return found


def _same_end(one: str, other: str) -> int:
    """How many parts at the end of two paths are the same."""
    count = 0
    for a, b in zip(reversed(one.split("/")), reversed(other.split("/"))):
        if a != b:
            break
        count += 1
    return count


def _numbers(one: Sources, other: Sources, names: dict[str, str]) -> dict[str, dict[int, int]]:
    """For the files whose text differs."""
    found: dict[str, dict[int, int]] = {}
    for path, lines in other.files.items():
        known = one.files.get(names.get(path, path))
        if known and any(known.get(line, text) != text for line, text in lines.items()):
            found[path] = _of_file(known, lines)
    return found


def _of_file(known: dict[int, str], lines: dict[int, str]) -> dict[int, int]:
    ours, theirs = sorted(known), sorted(lines)
    matcher = SequenceMatcher(
        None, [known[line] for line in ours], [lines[line] for line in theirs], autojunk=False
    )
    numbers = {line: line + APART for line in theirs}
    for _, start, end, other, other_end in matcher.get_opcodes():
        if end - start == other_end - other:  # the same lines, or as many that were edited
            numbers.update(zip(theirs[other:other_end], ours[start:end]))
    return numbers
