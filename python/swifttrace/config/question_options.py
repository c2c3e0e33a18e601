"""The options that ask a run something: what it answers takes the place of its lines."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from . import checks
from .kinds import Choice, Number, Words
from .option import Flag, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_LINES = 40
GROUP = "questions"

QUESTIONS = (
    Option(
        *("on", GROUP),
        Flag(
            "--on",
            metavar="EVENT[:PATTERN]",
            help="say at the end where the program has done this, and who called: open, mkdir,"
            " remove, rename, putenv, chdir, import, connect, exec, exit, call:FUNC, raise:TYPE, or"
            " an audit event's name, such as os.listdir (may be given repeatedly)",
        ),
        kind=Words(),
        default=(),
        check=checks.audit_events,
    ),
    Option(
        *("who", GROUP),
        Flag(
            "--who",
            metavar="FUNC",
            help="say at the end who called the function, with arguments and results: open,"
            " random.seed, Store.close (may be given repeatedly)",
        ),
        kind=Words(),
        default=(),
        check=checks.functions,
    ),
    Option(
        *("unpaired", GROUP),
        Flag(
            "--unpaired",
            metavar="A,B",
            help="say at the end what function or event A has made and B has never undone, and in"
            " which test: tempfile.mkdtemp,shutil.rmtree or open,close (may be given repeatedly)",
        ),
        kind=Words(),
        default=(),
        check=checks.pairs,
    ),
    Option(
        *("exceptions", GROUP),
        Flag(
            "--exceptions",
            metavar="TYPE",
            value=True,
            help="say at the end which exceptions were raised (=TYPE: of this class), after which"
            " lines, and what became of each: not caught, lost, swallowed, replaced or caught",
        ),
        kind=Choice(),
        default=False,
        check=checks.exception_class,
    ),
    Option(
        *("lines", GROUP),
        Flag(
            "--lines", metavar="N", help="show at most N lines of the answers (the default is 40)"
        ),
        Flag("--all", value=0, help="show all of them"),
        kind=Number(),
        default=_LINES,
        check=checks.count_of_answers,
    ),
    Option(
        *("json", GROUP),
        Flag("--json", value=True, help="write the answers for programs: one JSON object a line"),
        kind=Choice(),
        default=False,
    ),
    Option(
        *("verbose", GROUP),
        Flag("-v", "--verbose", value=True, help="also show each thing as it happens"),
        kind=Choice(),
        default=False,
    ),
)

ASKED = ("on", "who", "unpaired", "exceptions")
"""Those that are questions. The others say how the answers are shown."""


def is_question(values: Mapping[str, Any]) -> bool:
    """Return whether the run is asked something, rather than that its lines are shown."""
    return _first(ASKED, values) is not None


def check_question(kept: dict[str, Any]) -> None:
    """Raise `ValueError` where lines are asked for beside answers."""
    question = _first(ASKED, kept)
    other = _first(("watch", "last", "calls", "values"), kept)
    if question and other:
        raise ValueError(f"{question} and {other} exclude each other")
    if kept["watch"] and kept["lines"] != _LINES:
        raise ValueError("lines is for answers: watch shows each change")


def _first(names: tuple[str, ...], values: Mapping[str, Any]) -> str | None:
    # No generator: 3.13 frees its code where there is no memory to make it.
    for name in names:
        if values[name]:
            return name
    return None
