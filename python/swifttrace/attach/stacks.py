"""The Python stack of each thread, as the process itself sees it."""

from __future__ import annotations

import sys
from _thread import get_ident

from ..runtime.builtins import __builtins__ as __builtins__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

MOST_FRAMES = 200


def stacks(request: dict[str, Any]) -> str:
    """Return a line for each thread and each of its frames, the innermost first.

    `T` begins a thread: its number for the system, and its name. `F` is a frame: its file, its
    line, its function. Fields have U+001F between them.
    """
    threading = sys.modules.get("threading")
    known = dict(getattr(threading, "_active", {}))
    lines = []
    frames = sys._current_frames()
    del frames[get_ident()]  # Or our own frame would hold itself.
    for ident, frame in frames.items():
        thread = known.get(ident)
        number = getattr(thread, "_native_id", None) or 0
        lines.append(f"T\x1f{number}\x1f{getattr(thread, '_name', '')}")
        lines += _frames(frame)
    return "\n".join(lines)


def _frames(frame: FrameType | None) -> list[str]:
    lines: list[str] = []
    while frame is not None and len(lines) < MOST_FRAMES:
        code = frame.f_code
        name = code.co_qualname
        lines.append(f"F\x1f{code.co_filename}\x1f{frame.f_lineno}\x1f{name}")
        frame = frame.f_back
    return lines
