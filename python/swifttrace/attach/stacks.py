"""The Python stack of each thread, as the process itself sees it."""

from __future__ import annotations

import sys
from _thread import RLock, allocate_lock, get_ident

from ..runtime.builtins import __builtins__ as __builtins__
from ..swifttrace import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

MOST_FRAMES = 200
_LOCKS = {id(type(allocate_lock())), id(RLock)}
"""By identity: the classes of the program's objects may compare by code of their own."""
_NO_OBJECT = "\x1f\x1f"
_OURS = ("/swifttrace/attach/loading.py", "/swifttrace/launch/armed.py")
_SCRIPT = ("exec", "compile")
"""The names in the script that the process is told to run."""


def stacks(request: dict[str, Any]) -> str:
    """Return a line for each thread and each of its frames, the innermost first.

    `T` begins a thread: its number for the system, its name, its number for the interpreter. `F`
    is a frame: its file, its line, its function. Fields have U+001F between them.
    """
    threading = sys.modules.get("threading")
    known = dict(getattr(threading, "_active", {}))
    lines = []
    frames = sys._current_frames()
    del frames[get_ident()]  # Or our own frame would hold itself.
    for ident, frame in frames.items():
        thread = known.get(ident)
        number = getattr(thread, "_native_id", None) or 0
        lines.append(fields("T", number, getattr(thread, "_name", ""), ident))
        lines += _frames(frame)
    return "\n".join(lines)


def fields(*values: object) -> str:
    """Return a line of fields. A name may have what would end a field or the line."""
    return "\x1f".join(visible(f"{value}") for value in values)


def _without_ours(frame: FrameType | None) -> FrameType | None:
    """Return the innermost frame that is not of the script by which a thread was asked."""
    found = frame
    while frame is not None:
        is_ours = _is_ours(frame.f_code)
        frame = frame.f_back
        if is_ours:
            found = frame
    return found


def _is_ours(code: CodeType) -> bool:
    is_script = code.co_filename == "<string>" and code.co_names == _SCRIPT
    return is_script or code.co_filename.endswith(_OURS)


def _frames(frame: FrameType | None) -> list[str]:
    frame = _without_ours(frame)
    lines: list[str] = []
    while frame is not None and len(lines) < MOST_FRAMES:
        code = frame.f_code
        name = code.co_qualname
        lines.append(fields("F", code.co_filename, frame.f_lineno, name))
        frame = frame.f_back
    return lines


def objects(request: dict[str, Any]) -> str:
    """Return a line for each expression that is asked for: which object it is, what kind of lock,
    and whether that is taken. Fields have U+001F between them. No code of the program runs.
    """
    frames = sys._current_frames()
    del frames[get_ident()]
    return "\n".join(
        _object(frames.get(ident), depth, text)
        for ident, depth, text in request["asked"]["objects"]
    )


def _object(frame: FrameType | None, depth: int, text: str) -> str:
    from ..details.direct import Scope, attribute
    from ..details.watch_state import NO_VALUE

    frame = _without_ours(frame)
    for _ in range(depth):
        frame = frame.f_back if frame is not None else None
    if frame is None:
        return _NO_OBJECT
    name, *rest = text.split(".")
    found = Scope(frame, (name,)).value(name)
    for each in rest:
        found = NO_VALUE if found is NO_VALUE else attribute(found, each)
    if found is NO_VALUE or id(type(found)) not in _LOCKS:
        return _NO_OBJECT
    # What `repr` calls is the interpreter's own; an RLock has no `locked` before 3.14.
    is_taken = "unlocked" not in repr(found)
    return f"{id(found)}\x1f{type(found).__name__}\x1f{int(is_taken)}"
