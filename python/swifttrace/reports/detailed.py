"""The lines of a test with their values and calls, read from a trace in a file."""

from __future__ import annotations

import re

from ..compare import events
from ..compare.canonical import parts
from ..runtime.builtins import __builtins__ as __builtins__
from .lines import Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .lines import Place

_MOST_NOTES = 6
"""So many values and calls of a line are shown."""
_WIDTH = 60
"""So many characters of each."""
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_SELF = re.compile(r"^self=<[^<>]*>(?:, |(?=\)))")


class Detailed:
    """What is in the part of a trace that is a test's."""

    def __init__(self, text: str) -> None:
        self.lines: list[Line] = []
        self.raised: list[tuple[Place, int]] = []
        """Where exceptions were raised, each with how many lines had run."""
        self._stacks: dict[str, list[Line | None]] = {}
        for event in _events(text):
            self._take(event)

    def _take(self, event: events.Event) -> None:
        stack = self._stacks.setdefault(event.thread, [None])
        kind = event.kind
        if kind == events.LINE:
            line = Line.at((event.path, event.line), event.text, len(stack) - 2, event.thread)
            self.lines.append(line)
            stack[-1] = line
        elif kind in (events.CALL, events.RESUME):
            stack.append(None)
            if kind == events.CALL:
                _note(stack[-2], f"{event.name}({_SELF.sub('', event.text)}")
        elif kind == events.VALUE:
            for part in parts(event.text, ", "):
                if not part.startswith("@"):  # of pytest's rewritten assertions
                    _note(stack[-1], part)
        elif kind == events.RAISED:
            self.raised.append(((event.path, event.line), len(self.lines)))
        elif kind != events.CAUGHT and len(stack) > 1:
            stack.pop()
            if kind == events.RETURN:
                _note_result(stack[-1], event)


def _note(line: Line | None, text: str) -> None:
    if line is not None and len(line.values) < _MOST_NOTES:
        line.values.append(_cut(_ADDRESS.sub("", text)))


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _note_result(line: Line | None, event: events.Event) -> None:
    """Put it behind the call."""
    for number, text in enumerate([] if line is None else line.values):
        if text.startswith(f"{event.name}(") and " → " not in text:
            if event.text != "None":
                result = _cut(_ADDRESS.sub("", event.text))
                line.values[number] = f"{text} → {result}"  # type: ignore[union-attr]
            return


def _events(text: str) -> Iterator[events.Event]:
    for line in text.split("\n"):
        fields = line.split(events.SEPARATOR, len(events.FIELDS) - 1)
        if len(fields) == len(events.FIELDS) and fields[2].isdigit():
            yield events.Event(fields)
