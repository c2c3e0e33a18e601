"""Values as text that two runs can be compared by.

Addresses, temporary names, process ids and times of the run are taken out; sets and
dictionaries are sorted.
"""

from __future__ import annotations

import calendar
import re
import time

from ..described.naming import NUMBER
from ..runtime.builtins import __builtins__ as __builtins__

_TOKEN = re.compile(
    r"""(?:\*\*\*\d+|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^'"\[\](){}<>, ]+|[ ](?!→[ ]))+"""
    r"""|,[ ]?|[ ]→[ ]|.""",
    re.VERBOSE,
)
_OPEN, _CLOSE = frozenset("([{<"), frozenset(")]}>")
_ADDRESS = re.compile(rf" at 0x[0-9a-f]+|\b0x[0-9a-f]{{8,16}}\b|{NUMBER}|(?<=<Task 'Task)-\d+")
"""Numbers in names of objects go by what was met before, and so do those of tasks."""
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_TEMPORARY = re.compile(r"/tmp/[^\s'\",)]*|\btmp[a-z0-9_]{8}\b|\bpytest-\d+\b")
_RANDOM_PART = re.compile(r"(?:(?<=^tmp)|(?=[a-z_]*\d))[a-z0-9_]{8}(?=$|[./])|(?<=-)\d+\b")
_ID = re.compile(r"(?<![\w.])(?:[57][0-9a-f]{11}|1[34]\d{13}|9[345]\d{12})(?![\w.])")
"""An address as `id` gives it, in decimal digits or in hexadecimal ones."""
_DATE = re.compile(r"\b\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?")
_MOMENT = re.compile(r"(?<=datetime\.)(date(?:time)?)\((\d+), (\d+), (\d+)(?:, \d+)*")
_NUMBER = re.compile(r"(?<![\w.])\d{10,19}(\.\d+)?(?![\w.])|(?<![\w.])\d{9,10}\.\d+")
_MOST_KNOWN = 200_000
DAY = 86_400


class Canonical:
    """Makes the text of one process comparable with that of another."""

    def __init__(self, process: str = "", began: str = "") -> None:
        self._known: dict[str, str] = {}
        self._number = process
        self._process = re.compile(rf"(?<![\w.]){process}(?![\w.])") if len(process) > 1 else None
        self._began = _seconds(began)

    def value(self, text: str, name: str = "") -> str:
        """Return what stands for a value, of a variable with this name."""
        if text == self._number:
            return "<pid>" if "pid" in name.lower() else text
        known = self._known.get(text)
        if known is None:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            known = self._known[text] = self._made(text)
        return known

    def _made(self, text: str) -> str:
        if text.isdigit() and len(text) < 4:
            return text
        text = _ADDRESS.sub("", text)
        if "/tmp/" in text or "tmp" in text or "pytest-" in text:
            text = _TEMPORARY.sub(_without_random_part, text)
        if "-" in text:
            text = _UUID.sub("<uuid>", text)
        if self._process is not None:
            text = self._process.sub("<pid>", text)
        if len(text) > 11:
            text = _ID.sub("<id>", text)
        if self._began:
            text = _NUMBER.sub(self._time, _DATE.sub(self._date, text))
            text = _MOMENT.sub(self._moment, text)
        return in_order(text) if "{" in text or "frozenset" in text else text

    def _date(self, found: re.Match[str]) -> str:
        return "<time>" if abs(_seconds(found[0]) - self._began) < 2 * DAY else found[0]

    def _moment(self, found: re.Match[str]) -> str:
        day = f"{found[2]:0>4}-{found[3]:0>2}-{found[4]:0>2}"
        is_now = abs(_seconds(day) - self._began) < 2 * DAY
        return f"{found[1]}(<time>" if is_now else found[0]

    def _time(self, found: re.Match[str]) -> str:
        value = float(found[0])
        for unit in (1, 1e3, 1e6, 1e9):
            if abs(value / unit - self._began) < DAY:
                return "<time>"
        return found[0]


def _without_random_part(found: re.Match[str]) -> str:
    name = found[0]
    if name.startswith("/tmp/"):
        return "/tmp/" + _RANDOM_PART.sub("<>", name[5:])
    return "<temporary>"


def _seconds(text: str) -> float:
    """Of a date, with or without a time; the zone does not matter, as a day is the measure."""
    for form, length in (("%Y-%m-%d %H:%M:%S", 19), ("%Y-%m-%d", 10)):
        try:
            moment = time.strptime(text[:length].replace("T", " "), form)
        except ValueError:
            continue
        return calendar.timegm(moment)
    return 0


def _in_brackets(tokens: list[str]) -> list[tuple[int, str]]:
    """The tokens with how many brackets are open before each."""
    depth, found = 0, []
    for token in tokens:
        if token in _CLOSE and depth:
            depth -= 1
        found.append((depth, token))
        if token in _OPEN:
            depth += 1
    return found


def in_order(text: str) -> str:
    """Return the text with what is in braces sorted; a set that was cut is one with another."""
    done: list[str] = []
    open_at: list[int] = []
    for token in _TOKEN.findall(text):
        done.append(token)
        if token == "{":
            open_at.append(len(done))
        elif token == "}" and open_at:
            start = open_at.pop()
            inside = _sorted_items("".join(done[start:-1]))
            done[start:] = [inside, "}"]
            done[start - 1 :] = ["".join(done[start - 1 :])]
    return "".join(done)


def _sorted_items(inside: str) -> str:
    items = parts(inside, ", ")
    is_set = not any(": " in item for item in items)
    return "…" if is_set and "…" in items else ", ".join(sorted(items))


def parts(text: str, between: str) -> list[str]:
    """Split at a text that stands in no brackets and no quotes."""
    if between not in text:
        return [text] if text else []
    found, current = [], ""
    for depth, token in _in_brackets(_TOKEN.findall(text)):
        if depth == 0 and token.strip(" ") == between.strip(" ") and token.strip(" "):
            found.append(current)
            current = ""
        else:
            current += token
    return [*found, current]


def changes(text: str) -> list[tuple[str, str]]:
    """Split the text of names that are bound: each with its new value, None if deleted."""
    found = []
    for part in parts(text, ", "):
        name, is_bound, value = part.partition(" = ")
        if is_bound:
            found.append((name.lstrip("*"), parts(value, " → ")[-1] if value else ""))
        elif name.startswith("del "):
            found.append((name[4:], "(deleted)"))
    return found
