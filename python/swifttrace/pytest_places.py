"""Where lines of a test are: what an exception, doctest and hypothesis know of it."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType
    from typing import Any

    import pytest

    from .pytest_lines import Line, Place

DOCTEST = "<doctest *>"
_DOCTEST_FILE = re.compile(r"<doctest (.*)\[(\d+)\]>")


def raised_at(error: Any) -> Iterator[Place]:
    """Yield the places of an exception's traceback, the innermost first."""
    error = (getattr(error, "failures", None) or [error])[-1]  # pytest's of doctests
    if hasattr(error, "example") and hasattr(error, "test"):
        if not hasattr(error, "exc_info"):
            yield from _example_lines(error.test, error.example)
            return
        error = error.exc_info[1]
    places = []
    traceback = error.__traceback__
    while traceback is not None:
        places.append((traceback.tb_frame.f_code.co_filename, traceback.tb_lineno))
        traceback = traceback.tb_next
    yield from reversed(places)


def _example_lines(test: Any, example: Any) -> Iterator[Place]:
    """Yield those of a doctest's example, the last first: what they print is wrong."""
    file = f"<doctest {test.name}[{test.examples.index(example)}]>"
    for number in range(example.source.count("\n"), 0, -1):
        yield file, number


def shown_place(item: pytest.Item, line: Line) -> Place:
    """Return where people find a line: those of a doctest have files of their own."""
    test = getattr(item, "dtest", None)
    match = _DOCTEST_FILE.fullmatch(line.file)
    if test is None or match is None or match[1] != test.name or test.filename is None:
        return line.file, line.number
    example = test.examples[int(match[2])]
    return test.filename, (test.lineno or 0) + example.lineno + line.number


def last_example(item: pytest.Item, lines: list[Line]) -> list[Line]:
    """Return the lines of the last example, where hypothesis has run several.

    They begin with the first line of the function it calls, where that is no line which
    an example may run twice.
    """
    code = _code_of_examples(item)
    first = None if code is None else _first_line(code)
    if code is None or first is None:
        return lines
    for index in reversed(range(len(lines))):
        if (lines[index].file, lines[index].number) == (code.co_filename, first):
            return lines[index:]
    return lines


def _code_of_examples(item: pytest.Item) -> CodeType | None:
    handle = getattr(getattr(item, "obj", None), "hypothesis", None)
    function: Any = getattr(handle, "inner_test", None)
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return getattr(function, "__code__", None)


def _first_line(code: CodeType) -> int | None:
    """Return the first line that runs in a function; None where it may run again."""
    import dis

    instructions = list(dis.get_instructions(code))
    lines = [each.positions.lineno if each.positions else None for each in instructions]
    inside = [line is not None and line != code.co_firstlineno for line in lines]
    if True not in inside:
        return None
    start = inside.index(True)
    end = start
    while end < len(lines) and lines[end] in (lines[start], None):
        end += 1
    if lines[start] in lines[end:]:
        return None
    targets = {each.argval for each in instructions[end:] if "JUMP" in each.opname}
    repeats = targets & {each.offset for each in instructions[start:end]}
    return None if repeats else lines[start]
