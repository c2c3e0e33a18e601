"""Reads the console blocks of a Markdown page, and the files that the page shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"^(?P<fence>`{3,}|:{3,})(?P<info>.*)$")
FILE = re.compile(r"(?:^:caption: |^<!-- file: )(?P<name>\S+)", re.MULTILINE)
SINCE = re.compile(r"^<!-- python: (?P<version>3\.\d+) -->$")


@dataclass
class Step:
    """One command of a console block, and what it is said to print."""

    command: str
    line: int
    expected: list[str] = field(default_factory=list)


@dataclass
class Block:
    """A console block, or a file that the reader is to write."""

    line: int
    since: tuple[int, int] = (3, 11)
    """The first Python that prints it so."""
    steps: list[Step] = field(default_factory=list)
    file: str = ""
    text: str = ""


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page in their order."""
    found: list[Block] = []
    lines = page.read_text(encoding="utf-8").splitlines()
    number, before = 0, ""
    while number < len(lines):
        match = FENCE.match(lines[number])
        if match is None:
            before = lines[number].strip() or before
            number += 1
            continue
        end = lines.index(match["fence"], number + 1)
        block = _block(match["info"], before, lines[number + 1 : end], number + 1)
        found += [block] if block else []
        number, before = end + 1, ""
    return found


def _block(info: str, before: str, lines: list[str], number: int) -> Block | None:
    since = SINCE.match(before)
    block = Block(number, tuple(map(int, since["version"].split("."))) if since else (3, 11))
    if info.strip() == "console":
        block.steps = _steps(lines, number)
        return block
    name = FILE.search("\n".join([before, *lines[:2]]))
    if name is None:
        return None
    block.file = name["name"]
    block.text = "\n".join(line for line in lines if not line.startswith(":")) + "\n"
    block.text = block.text.lstrip("\n")
    return block


def _steps(lines: list[str], number: int) -> list[Step]:
    steps: list[Step] = []
    goes_on = False
    for line in lines:
        number += 1
        if goes_on:
            steps[-1].command += "\n" + line
        elif line.startswith("$ "):
            steps.append(Step(line[2:], number))
        elif steps:
            steps[-1].expected.append(line)
        goes_on = bool(steps) and not steps[-1].expected and steps[-1].command.endswith("\\")
    return steps
