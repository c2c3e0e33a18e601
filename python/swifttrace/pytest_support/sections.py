"""What is added to the report of a test."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

MOST_LINES = 20


def add(report: pytest.TestReport, heading: str, text: str) -> None:
    """To the error's own text, which every reporter shows; else beside what was captured."""
    add = getattr(report.longrepr, "addsection", None)
    if add is None:
        report.sections.append((heading, text))
    else:
        add(heading, text)


def cut(lines: Iterable[str]) -> list[str]:
    """Return the first lines, and how many more there are."""
    every = list(lines)
    more = len(every) - MOST_LINES
    return [*every[:MOST_LINES], f"… {more} more lines"] if more > 0 else every
