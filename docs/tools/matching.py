"""Compares what a command prints with what a page says that it prints."""

from __future__ import annotations

import re

MASKS = [
    (re.compile(r"0x[0-9a-f]+"), "0x0"),
    (re.compile(r"\b(process|child of|PID) \d+"), r"\1 0"),
    (re.compile(r"\{\d+(?=[ }])"), "{0"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d( \+\d{4})?"), "TIME"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "TIME"),
    (re.compile(r"\b\d+\.\d{2,}( ?s)?\b"), "SECONDS"),
    (re.compile(r"\.\d{4,}\b"), ".0"),
    (re.compile(r"[ \t]+$"), ""),
]
ELLIPSIS = "..."


def masked(line: str, directory: str) -> str:
    """Return a line without what differs from run to run."""
    line = line.replace(directory, "/srv")
    for pattern, text in MASKS:
        line = pattern.sub(text, line)
    return line


def matches(expected: list[str], printed: list[str], directory: str) -> bool:
    """Whether they are the same lines; an expected `...` stands for any number of them."""
    wanted = [masked(line, directory) for line in expected]
    found = [masked(line, directory) for line in printed]
    return _match(_trimmed(wanted), _trimmed(found))


def _trimmed(lines: list[str]) -> list[str]:
    while lines and not lines[-1]:
        lines = lines[:-1]
    return lines


def _match(wanted: list[str], found: list[str]) -> bool:
    """The pieces between the ellipses, each at its first place after the one before."""
    pieces: list[list[str]] = [[]]
    for line in wanted:
        if line.strip() == ELLIPSIS:
            pieces.append([])
        else:
            pieces[-1].append(line)
    first, *others = pieces
    if found[: len(first)] != first:
        return False
    if not others:
        return len(found) == len(first)
    found = found[len(first) :]
    *middle, last = others
    for piece in middle:
        place = _place(piece, found)
        if place is None:
            return False
        found = found[place + len(piece) :]
    return len(found) >= len(last) and (not last or found[-len(last) :] == last)


def _place(piece: list[str], lines: list[str]) -> int | None:
    places = range(len(lines) - len(piece) + 1)
    return next((place for place in places if lines[place : place + len(piece)] == piece), None)
