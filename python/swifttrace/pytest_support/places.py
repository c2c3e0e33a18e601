"""Where lines of a test are: what an exception, doctest and hypothesis know of it."""

from __future__ import annotations

import re
from typing import NamedTuple

from _pytest.doctest import DoctestItem, MultipleDoctestFailures

from .. import swifttrace as native
from ..runtime.builtins import __builtins__ as __builtins__
from ..runtime.frames import code_of, frame_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import CodeType
    from typing import Any

    import pytest

    from ..reports.lines import Line, Place

DOCTEST = "<doctest *>"
_DOCTEST_FILE = re.compile(r"<doctest (.*)\[(\d+)\]>")


class Origin(NamedTuple):
    """An exception, and the places of its traceback, the innermost first."""

    error: BaseException | None
    places: list[Place]


def origins(item: pytest.Item, error: BaseException) -> list[Origin]:
    """Return what an exception came from, what counts most first.

    Of a group that is what is in it, the last that was raised, before the group itself. No
    code of the exception's own is run.
    """
    failure = _doctest_failure(item, error)
    if failure is not None and not hasattr(failure, "exc_info"):
        return [Origin(None, list(_example_lines(failure.test, failure.example)))]
    found: list[Origin] = []
    inner: BaseException | None = error if failure is None else failure.exc_info[1]
    while inner is not None:
        found.append(Origin(inner, list(_traceback_places(inner))[::-1]))
        inner = _last_raised(inner)
    return found[::-1]


def _last_raised(error: BaseException) -> BaseException | None:
    if not issubclass(type(error), BaseExceptionGroup):
        return None
    for inner in reversed(_EXCEPTIONS(error)):
        if _TRACEBACK(inner) is not None or _last_raised(inner) is not None:
            return inner  # type: ignore[no-any-return]
    return None


def marked_place(lines: Sequence[Line], origins: Iterable[Origin]) -> int | None:
    """Return the index of the line that an exception came from.

    That is the innermost one of its traceback in a file that is traced. None where it is not
    among the lines: those further out are where it went.
    """
    files = {line.file for line in lines}
    for origin in origins:
        for file, number in origin.places:
            if file in files:
                return _last_place(lines, file, number)
    return None


def _last_place(lines: Sequence[Line], file: str, number: int) -> int | None:
    for index in reversed(range(len(lines))):
        if (lines[index].number, lines[index].file) == (number, file):
            return index
    return None


_EXCEPTIONS: Any = BaseExceptionGroup.__dict__["exceptions"].__get__
_TRACEBACK: Any = BaseException.__dict__["__traceback__"].__get__


def _traceback_places(error: BaseException) -> Iterator[Place]:
    traceback = _TRACEBACK(error)
    while traceback is not None:
        yield native.code(frame_of(traceback)).co_filename, traceback.tb_lineno
        traceback = traceback.tb_next


def _doctest_failure(item: pytest.Item, error: BaseException) -> Any:
    """Return what doctest says of an example, the last one that failed."""
    if not issubclass(type(item), DoctestItem):
        return None
    from doctest import DocTestFailure, UnexpectedException

    last: Any = error
    if type(error) is MultipleDoctestFailures:
        last = error.failures[-1]
    return last if type(last) in (DocTestFailure, UnexpectedException) else None


def _example_lines(test: Any, example: Any) -> Iterator[Place]:
    """Yield those of a doctest's example, the last first: what they print is wrong."""
    file = f"<doctest {test.name}[{test.examples.index(example)}]>"
    for number in range(example.source.count("\n"), 0, -1):
        yield file, number


def shown_place(item: pytest.Item, line: Line) -> Place:
    """Return where people find a line: those of a doctest have files of their own."""
    test = item.dtest if isinstance(item, DoctestItem) else None
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
    return code_of(function) or getattr(function, "__code__", None)


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
