"""The options of recordings, and of what is printed of them at a program's end."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from . import amounts, checks
from .kinds import Choice, Number
from .option import Flag, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

GROUP = "recordings"
PAGE = "html"
"""Stands for a page where the others are printed."""
LIVE = "live"
"""The value of ``--fold`` that prints while the program runs."""
NOT_FOLDED = (
    *("max_size", "max_age", "values", "calls", "watch", "time", "format", "show"),
    *("wrap", "cut"),
)
"""What a folded recording has not: something that differs each time a line runs."""

RECORDINGS = (
    Option(
        *("record", GROUP),
        Flag("--record", value=True, help="write FILE as a recording for `swifttrace show`"),
        kind=Choice(),
        default=False,
    ),
    Option(
        *("max_size", GROUP),
        Flag(
            "--max-size",
            metavar="SIZE",
            help="of a recording: keep the last lines alone, in a file of this size: 64M",
        ),
        check=amounts.size,
    ),
    Option(
        *("max_age", GROUP),
        Flag(
            "--max-age",
            metavar="AGE",
            help="of a recording: give up what is older: 90s, 10m, 2h or 7d",
        ),
        check=amounts.age,
    ),
    Option(
        *("keep", GROUP),
        Flag(
            "--keep",
            metavar="failed",
            help="of a recording: remove the file if the program ends with status 0",
        ),
        check=checks.one_of("failed"),
    ),
    Option(
        *("fold", GROUP),
        Flag(
            "--fold",
            metavar="live",
            value=True,
            help="at the end, print each way through a loop once; =live: print lines and ways while"
            " the program runs, each as it is new; with record: keep the ways in FILE, with their"
            " counts, in the place of all lines",
        ),
        kind=Choice(),
        default=False,
    ),
    Option(
        *("summary", GROUP),
        Flag(
            "--count",
            value="count",
            help="at the end, print the source with how often each line ran; with --time: and how"
            " long each line itself took",
        ),
        default="",
        in_api=False,
        in_variable=False,
    ),
    Option(
        *("html", GROUP),
        Flag(
            "--html",
            metavar="FILE",
            help="at the end, write a page for a browser, as `swifttrace report` makes it",
        ),
        in_api=False,
        in_variable=False,
    ),
    Option(
        *("rare", GROUP),
        Flag(
            "--rare",
            value=True,
            help="at the end, print the rare ways through loops alone, the rarest first",
        ),
        kind=Choice(),
        default=False,
        in_api=False,
        in_variable=False,
    ),
    Option(
        *("top", GROUP),
        Flag("--top", metavar="N", help="with --count: the N lines that ran most often alone"),
        kind=Number(),
        in_api=False,
        in_variable=False,
    ),
)


def check_record(kept: dict[str, Any]) -> None:
    """Raises `ValueError`."""
    if not kept["record"]:
        for name in ("max_size", "max_age", "keep", "fold"):
            if kept[name]:
                raise ValueError(f"{name} needs record")
        return
    if kept["output"] is None:
        raise ValueError("record needs output, the name of a file")
    _exclude("record", ("append", "last"), kept)
    if kept["fold"]:
        for name in NOT_FOLDED:
            if kept[name] not in (None, False, "", 0, ()):
                raise ValueError(f"fold and {name} exclude each other")


def _exclude(shown: str, names: tuple[str, ...], given: dict[str, Any]) -> None:
    """Raises `ValueError` for an option that a recording cannot have."""
    for name in names:
        if given.get(name):
            raise ValueError(f"{shown} and {name} exclude each other")
    # In a recording there is no place for what stands behind a line.
    if given.get("values") == "used":
        raise ValueError(f"{shown} and values=used exclude each other")


def settle_fold(asked: dict[str, Any]) -> None:
    """Have the option that prints at a program's end say so, in what a command line has.

    Raises `ValueError`.
    """
    is_rare = bool(asked.get("rare"))
    if not is_rare and (not asked.get("fold") or (asked.get("record") and asked["fold"] is True)):
        return
    fold = asked.pop("fold", True)
    if asked.get("summary"):
        raise ValueError(
            f"{asked['summary']} and {'rare' if is_rare else 'fold'} exclude each other"
        )
    asked["summary"] = "fold" if fold is True else fold


def check_summary(asked: dict[str, Any]) -> None:
    """Raises `ValueError` for what cannot be printed at a program's end."""
    summary = asked.get("summary", "")
    if summary not in ("", "fold", "count", LIVE, PAGE):
        raise ValueError(f"fold must be {LIVE} if it has a value, not {summary!r}")
    if asked.get("top") is not None and summary != "count":
        raise ValueError("top needs count")
    shown = f"fold={LIVE}" if summary == LIVE else summary
    if summary:
        _exclude(shown, ("last", "format", "append", "max_size", "max_age", "keep"), asked)
    if asked.get(PAGE) and (summary != PAGE or asked.get("fold")):
        raise ValueError(f"{shown if summary != PAGE else 'fold'} and html exclude each other")
    if summary == PAGE and asked.get("output") and not asked.get("record"):
        raise ValueError("output and html exclude each other, unless it is recorded")
    if asked.get(PAGE) and asked.get("output") == asked[PAGE]:
        raise ValueError(f"output and html must not both be {asked[PAGE]!r}")
    for name in ("record", "values", "watch", "rare"):
        if summary == LIVE and asked.get(name):
            raise ValueError(f"{shown} and {name} exclude each other")
    if asked.get("rare") and asked.get("record"):
        raise ValueError("record and rare exclude each other")
