"""Which options exclude each other, or need each other."""

from __future__ import annotations

from ..runtime.builtins import __builtins__ as __builtins__
from . import checks
from .question_options import is_question

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def imply_level(asked: dict[str, Any]) -> None:
    """Have the level follow from others, in what a command line has."""
    if "watch" in asked:
        asked.setdefault("level", 3)


def imply(asked: dict[str, Any]) -> None:
    """Have an option that nobody asked for follow from others."""
    if (asked["watch"] or is_question(asked)) and asked["scope"] is None:
        asked["scope"] = "project"
    if checks.is_standard_output(asked["output"]) and asked["fd"] is None:
        asked["output"], asked["fd"] = None, checks.STANDARD_OUTPUT


def check_append(kept: dict[str, Any]) -> None:
    """Raises `ValueError`."""
    if not kept["append"]:
        return
    is_file = kept["output"] is not None or kept["fd"] == checks.STANDARD_OUTPUT
    if not is_file and not kept["debug"]:
        raise ValueError("append needs output")
    if kept["last"]:
        raise ValueError("append and last exclude each other")
