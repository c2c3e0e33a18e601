"""Which changes that a trace shows are of a whole container, and follow the order of a loop."""

from __future__ import annotations

import re

from ..runtime.builtins import __builtins__ as __builtins__

_MOST_KNOWN = 100_000


class InPlace:
    """Tells them apart by the text of the line. Values that are bound and attributes are others.

    What a list has after each `append` is another thing in each order of a set. What it has at the
    end is compared where it is passed, returned, or bound to a name.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], bool] = {}

    def changes(self, name: str, text: str) -> bool:
        """Whether a line with this text has changed an item, or a container as a whole."""
        if "[" in name or name.startswith("len("):
            return True
        known = self._known.get((name, text))
        if known is None:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            known = self._known[name, text] = _changes(name, text)
        return known


def _changes(name: str, text: str) -> bool:
    word = rf"(?<![\w.]){re.escape(name)}"
    return bool(re.search(rf"{word}\s*(?:\.\s*\w+\s*\(|\[)", text)) and not _binds(word, text)


def _binds(word: str, text: str) -> bool:
    """Whether a line binds the name, too: `x = x.pop()`, `for x in x.values()`, `as x`."""
    end = r"(?![\w.(\[]|\s*[.(\[])"
    return bool(
        re.search(
            rf"^[^=(\[]*{word}{end}[^=]*(?<![=!<>])=(?!=)|{word}\s*:=|\bas\s+{word}{end}"
            rf"|\bfor\b[^:]*?{word}{end}[^:]*?\bin\b",
            text,
        )
    )
