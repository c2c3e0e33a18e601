"""Where a value that decided something came from: back along the names that lines read."""

from __future__ import annotations

import re

from ..runtime.builtins import __builtins__ as __builtins__
from .differences import Difference
from .mutators import mutators

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .differences import Differences, Pair

_MOST = 12
_CONSTANT = ("<module ", "<class ", "<function ")
_BINDING = ("value", "argument", "order")
"""The kinds of differences that are those of a name."""


class Origins:
    """Follows differing values back to the first of them."""

    def __init__(self, differences: Differences) -> None:
        self._sources = differences.one.sources
        self._modules: dict[str, Difference] = {}
        for found in differences.all:
            if found.kind == "value" and found.pair.one.name == "<module>":
                self._modules.setdefault(found.name, found)

    def of(self, found: Difference) -> list[Difference]:
        """Return the differences that led to this one, the nearest first."""
        chain: list[Difference] = []
        current: Difference | None = found
        while current is not None and len(chain) < _MOST:
            current = self._before(current)
            if current is None or current is found or current in chain:
                break
            chain.append(current)
            if current.kind == "opaque":
                break
        return chain

    def _before(self, found: Difference) -> Difference | None:
        pair = found.pair
        if found.kind == "argument":
            if pair.parent is None:
                return None
            return self._in(pair.parent, found.line, found)
        return self._in(pair, found.line, found)

    def _in(self, pair: Pair, line: int, found: Difference) -> Difference | None:
        """Return what differs of that which a line of a call reads."""
        called = [child for child in pair.children if child.site == line]
        for child in called:
            for each in child.found:
                if each.kind == "result" and each is not found:
                    return each
        text = self._sources.text(pair.one.path, line)
        return (
            self._read(pair, text, found)
            or self._changed(pair, text, found)
            or self._stored(self._sources.read(text), found)
            or self._opaque(pair, text, found)
        )

    def _read(self, pair: Pair, text: str, found: Difference) -> Difference | None:
        for name in self._sources.read(text):
            first, *attributes = name.split(".")
            own = self._own(pair, first, found)
            if own is not None:
                return own
            for word in (*reversed(attributes), first):
                if word in self._modules and self._modules[word] is not found:
                    return self._modules[word]
        return None

    def _changed(self, pair: Pair, text: str, found: Difference) -> Difference | None:
        """Return what the lines read that change in place what a line reads."""
        path = pair.one.path
        texts = {(path, line): self._sources.text(path, line) for line in pair.one.lines}
        for place in mutators(texts, texts, text):
            read = self._read(pair, texts[place], found)
            if read is not None:
                return read
        return None

    def _opaque(self, pair: Pair, text: str, found: Difference) -> Difference | None:
        """Return where a name was bound to an object whose text says nothing of its value."""
        for name in self._sources.read(text):
            first = name.partition(".")[0]
            for (line, bound), values in pair.one.values.items():
                is_opaque = values[0][:1] == "<" and not values[0].startswith(_CONSTANT)
                if bound == first and is_opaque and line != found.line:
                    opaque = Difference("opaque", pair, line, found.time)
                    opaque.name, opaque.one = first, values[0]
                    return opaque
        return None

    def _stored(self, names: list[str], found: Difference) -> Difference | None:
        """Return what a line reads that sets an attribute of these names."""
        words = {word for name in names for word in name.split(".")[1:]}
        for word in words:
            sets = re.compile(rf"\.{word}\s*(?::[^=]+)?=(?!=)(.*)")
            for lines in self._sources.files.values():
                for text in lines.values():
                    if stored := sets.search(text):
                        for name in self._sources.read(stored[1]):
                            known = self._modules.get(name.rpartition(".")[2])
                            if known is not None and known is not found:
                                return known
        return None

    def _own(self, pair: Pair, name: str, found: Difference) -> Difference | None:
        for each in pair.found:
            is_named = each.name.lstrip("*") == name and each.kind in _BINDING
            if is_named and each is not found and each.time <= found.time:
                return each
        return None
